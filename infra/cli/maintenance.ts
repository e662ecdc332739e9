import * as v from 'valibot';
import { createMatcher } from '../../core/alertmanager/parse-matcher.ts';
import { ok } from '../../core/result.ts';
import type { Silence } from './alert-schemas.ts';
import type { ApiClient } from './client.ts';
import { type Outcome, trouble, usage } from './failure.ts';
import {
  expireSilences,
  makeSilence,
  readEnd,
  readSilences,
  type SilenceFlags,
} from './silences.ts';
import { printTable } from './table.ts';
import type { Terminal } from './terminal.ts';
import { formatTime } from './time-text.ts';

/** Vectors are looked at for whether there is anything in them. */
const VectorAnswer = v.object({ data: v.object({ result: v.array(v.unknown()) }) });

/**
 * `hypervigil maintenance HOST`: a silence of exactly this host, which Hypervigil takes for
 * maintenance: the host and its VMs are quiet, and the host is not called dark.
 */
export async function startMaintenance(
  host: string,
  flags: SilenceFlags,
  client: ApiClient,
  terminal: Terminal,
  nowMs: number,
): Promise<Outcome<undefined>> {
  const matcher = createMatcher('host', '=', host);
  if (!matcher.ok || host === '') return usage('give the name of a host');
  const endsAtMs = readEnd(flags, nowMs);
  if (!endsAtMs.ok) return endsAtMs;
  const known = await client.get('/api/v1/query', VectorAnswer, {
    query: `up{host=${JSON.stringify(host)}}`,
  });
  if (!known.ok) return known;
  const id = await makeSilence([matcher.value], flags, client, [nowMs, endsAtMs.value]);
  if (!id.ok) return id;
  if (known.value.data.result.length === 0)
    terminal.note(`hypervigil: no host is known as ${host}; is the name right?`);
  terminal.print(`${host} is under maintenance until ${formatTime(endsAtMs.value)} (${id.value})`);
  return ok(undefined);
}

/** `hypervigil maintenance end HOST`. */
export async function endMaintenance(
  host: string,
  client: ApiClient,
  terminal: Terminal,
): Promise<Outcome<undefined>> {
  const silences = await readSilences(client, false);
  if (!silences.ok) return silences;
  const ofHost = silences.value.filter((silence) => maintainedHost(silence) === host);
  if (ofHost.length === 0) return trouble(`${host} is not under maintenance`);
  const ended = await expireSilences(
    ofHost.map(({ id }) => id),
    client,
  );
  if (!ended.ok) return ended;
  terminal.print(`${host} is no more under maintenance`);
  return ok(undefined);
}

/** `hypervigil maintenance list`. */
export async function listMaintenance(
  client: ApiClient,
  terminal: Terminal,
): Promise<Outcome<undefined>> {
  const silences = await readSilences(client, false);
  if (!silences.ok) return silences;
  const rows = silences.value.flatMap((silence) => {
    const host = maintainedHost(silence);
    if (host === undefined) return [];
    const { startsAt, endsAt, createdBy, comment } = silence;
    return [[host, formatTime(startsAt), formatTime(endsAt), createdBy, comment]];
  });
  if (rows.length === 0) terminal.print('No host is under maintenance.');
  else
    printTable(
      terminal,
      ['HOST', 'FROM', 'UNTIL', 'BY', 'COMMENT'].map((title) => ({ title })),
      rows,
    );
  return ok(undefined);
}

/** The host that a silence is about and nothing else; `undefined` for other silences. */
function maintainedHost({ matchers }: Silence): string | undefined {
  const [matcher] = matchers;
  if (matcher === undefined || matchers.length > 1) return undefined;
  const { name, value, isRegex, isEqual } = matcher;
  return name === 'host' && isEqual && !isRegex ? value : undefined;
}
