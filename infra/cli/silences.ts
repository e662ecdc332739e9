import type { LabelMatcher } from '../../core/alertmanager/matcher.ts';
import { ok } from '../../core/result.ts';
import { Nothing, type Silence, SilenceMade, Silences } from './alert-schemas.ts';
import type { Answer, ApiClient } from './client.ts';
import { type Outcome, trouble } from './failure.ts';
import { matcherJson, matchersText, readMatcherArguments } from './matcher-arguments.ts';
import { printTable, styleOf } from './table.ts';
import type { Terminal } from './terminal.ts';
import { formatTime, readSpan } from './time-text.ts';

const PATH = '/api/v2/silences';

export interface SilenceFlags {
  readonly for: string;
  readonly comment: string;
  readonly by: string;
}

/** `hypervigil silence add`: prints the new silence's id, as amtool does. */
export async function addSilence(
  texts: readonly string[],
  flags: SilenceFlags,
  client: ApiClient,
  terminal: Terminal,
  nowMs: number,
): Promise<Outcome<undefined>> {
  const matchers = readMatcherArguments(texts);
  if (!matchers.ok) return matchers;
  const endsAtMs = readEnd(flags, nowMs);
  if (!endsAtMs.ok) return endsAtMs;
  const id = await makeSilence(matchers.value, flags, client, [nowMs, endsAtMs.value]);
  if (!id.ok) return id;
  terminal.print(id.value);
  return ok(undefined);
}

/** When a silence of these flags ends. */
export function readEnd(flags: Pick<SilenceFlags, 'for'>, nowMs: number): Outcome<number> {
  const span = readSpan('--for', flags.for);
  return span.ok ? ok(nowMs + span.value) : span;
}

/** Makes a silence and gives its id. */
export async function makeSilence(
  matchers: readonly LabelMatcher[],
  { comment, by }: SilenceFlags,
  client: ApiClient,
  [startsAtMs, endsAtMs]: readonly [number, number],
): Promise<Answer<string>> {
  const made = await client.send('POST', PATH, SilenceMade, {
    matchers: matchers.map(matcherJson),
    startsAt: new Date(startsAtMs).toISOString(),
    endsAt: new Date(endsAtMs).toISOString(),
    createdBy: by,
    comment,
  });
  return made.ok ? ok(made.value.silenceID) : made;
}

/** Silences that are not over, or all that are still kept. */
export async function readSilences(
  client: ApiClient,
  withExpired: boolean,
): Promise<Answer<readonly Silence[]>> {
  return client.get(PATH, Silences, withExpired ? {} : { expired: 'false' });
}

/** `hypervigil silence list`. */
export function printSilences(silences: readonly Silence[], terminal: Terminal): void {
  if (silences.length === 0) {
    terminal.print('There is no silence.');
    return;
  }
  printTable(
    terminal,
    ['ID', 'STATE', 'FROM', 'UNTIL', 'BY', 'MATCHERS', 'COMMENT'].map((title) => ({ title })),
    silences.map((silence) => [
      silence.id,
      { text: silence.status.state, style: styleOf(silence.status.state) },
      formatTime(silence.startsAt),
      formatTime(silence.endsAt),
      silence.createdBy,
      matchersText(writtenMatchers(silence)),
      silence.comment,
    ]),
  );
}

/** The matchers of a silence, with operators. */
export function writtenMatchers({
  matchers,
}: Silence): Pick<LabelMatcher, 'name' | 'op' | 'value'>[] {
  return matchers.map(({ name, value, isRegex, isEqual }) => ({
    name,
    value,
    op: isEqual ? (isRegex ? '=~' : '=') : isRegex ? '!~' : '!=',
  }));
}

/** `hypervigil silence expire ID...`: ends each, and says which it could not end. */
export async function expireSilences(
  ids: readonly string[],
  client: ApiClient,
): Promise<Outcome<undefined>> {
  for (const id of ids) {
    const path = `/api/v2/silence/${encodeURIComponent(id)}`;
    const ended = await client.send('DELETE', path, Nothing);
    if (ended.ok) continue;
    return ended.error.status === 404 ? trouble(`there is no silence ${id}`) : ended;
  }
  return ok(undefined);
}
