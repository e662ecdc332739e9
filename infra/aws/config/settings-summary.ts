import { createHash } from 'node:crypto';

/** Enough to see that it is another value, too little to guess an address by. */
const DIGEST_CHARS = 12;

/**
 * What the audit log says of settings: those that are a number or a yes or no, as they are, the others as a digest, as
 * they name people. It is an environment variable of the evaluator, where all of them share 4 KB.
 */
export function settingsSummary(settings: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(settings)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(Object.fromEntries(entries.map(([name, value]) => [name, brief(value)])));
}

function brief(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const digest = createHash('sha256').update(JSON.stringify(value)).digest('hex');
  return `#${digest.slice(0, DIGEST_CHARS)}`;
}
