import type { Result } from '../../core/result.ts';
import type { Accepted } from './accepted.ts';
import { type Advisory, SEVERITIES, type Severity } from './advisories.ts';

/** From which severity on an advisory fails the audit. */
const FAILS_FROM = { production: 'high', development: 'critical' } as const;

/** What comes of the answers: a line for each thing to say, and whether all is well. */
export interface Verdict {
  readonly kind: 'none' | 'found' | 'unasked';
  readonly lines: readonly string[];
}

/** Advisories of what goes out, those of everything, and whether the registry knows any at all. */
export type Answers = readonly [
  production: Result<readonly Advisory[], string>,
  all: Result<readonly Advisory[], string>,
  registry: Result<undefined, string>,
];

/** What was found counts even where something else could not be asked. */
export function verdictOn(
  [production, all, registry]: Answers,
  accepted: readonly Accepted[],
  nowMs: number,
): Verdict {
  const lines: string[] = [];
  let found = 0;
  const seen = new Set<string>();
  for (const [where, answer] of [
    ['production', production],
    ['development', all],
  ] as const) {
    for (const advisory of answer.ok ? answer.value : []) {
      const key = `${advisory.packageName} ${advisory.url}`;
      if (seen.has(key)) continue;
      seen.add(key);
      const fate = fateOf(advisory, FAILS_FROM[where], accepted, nowMs);
      if (fate === 'fails') found++;
      lines.push(describe(advisory, where, fate));
    }
  }
  const unasked = [production, all, registry].find((answer) => !answer.ok);
  if (unasked?.ok === false)
    lines.push(`NOT CHECKED: nobody could be asked for advisories: ${unasked.error}`);
  else lines.push(`advisories: ${found === 0 ? 'none that fail the audit' : `${found} to mend`}`);
  if (found > 0) return { kind: 'found', lines };
  return { kind: unasked === undefined ? 'none' : 'unasked', lines };
}

type Fate = 'fails' | 'too low' | 'accepted';

function fateOf(
  { url, severity }: Advisory,
  from: Severity,
  accepted: readonly Accepted[],
  nowMs: number,
): Fate {
  if (SEVERITIES.indexOf(severity) < SEVERITIES.indexOf(from)) return 'too low';
  const known = accepted.find(({ id }) => url.endsWith(`/${id}`));
  return known !== undefined && nowMs < Date.parse(`${known.until}T23:59:59Z`)
    ? 'accepted'
    : 'fails';
}

function describe(
  { packageName, severity, title, url, range }: Advisory,
  where: string,
  fate: Fate,
): string {
  const said = { fails: 'FAILS', 'too low': 'noted', accepted: 'accepted for a while' }[fate];
  return `${said}: ${severity} in ${packageName} ${range} (${where}): ${title} ${url}`;
}
