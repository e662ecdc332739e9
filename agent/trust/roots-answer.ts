import type { Result } from '../../core/result.ts';
import type { Roots } from './learn-roots.ts';

/** Which certificates vouch for a server, or why it is not trusted; `code` as of the error, or ''. */
export type RootsAnswer = Result<Roots, { readonly code: string; readonly message: string }>;

export function encodeRootsAnswer(answer: RootsAnswer): string {
  return JSON.stringify(answer);
}

/** What `encodeRootsAnswer` made. Throws where it did not. */
export function decodeRootsAnswer(text: string): RootsAnswer {
  const answer: unknown = JSON.parse(text);
  if (!isRootsAnswer(answer)) throw new Error(`no certificates: ${text.slice(0, 100)}`);
  return answer;
}

function isRootsAnswer(value: unknown): value is RootsAnswer {
  if (typeof value !== 'object' || value === null || !('ok' in value)) return false;
  if (value.ok === false) return 'error' in value;
  if (value.ok !== true || !('value' in value)) return false;
  const { value: roots } = value;
  return (
    roots === 'default' || (Array.isArray(roots) && roots.every((one) => typeof one === 'string'))
  );
}
