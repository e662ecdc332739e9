import {
  type ApiToken,
  hasTokenEnded,
  listApiTokens,
  revokeApiToken,
} from '../../functions/store/api-tokens.ts';
import type { Table } from '../../functions/store/dynamo.ts';
import {
  type EnrolmentToken,
  revokeEnrolmentToken,
} from '../../functions/store/enrolment-tokens.ts';
import { type HostKey, hasEnded } from '../../functions/store/host-keys.ts';
import {
  listEnrolmentTokens,
  listHostKeys,
  revokeHostKeys,
} from '../../functions/store/key-list.ts';
import { printTable } from '../cli/table.ts';
import type { Terminal } from '../cli/terminal.ts';
import { formatSpan } from '../cli/time-text.ts';

/** How long a warm function may go on with a key that was taken away, as `functions/ingest/key-cache.ts` has it. */
const DIES_WITHIN = 'a minute';

/** All keys by name, then all API tokens and all enrolment tokens; what has ended, too. */
export async function printKeys(table: Table, terminal: Terminal, nowMs: number): Promise<void> {
  const [keys, apiTokens, tokens] = await Promise.all([
    listHostKeys(table),
    listApiTokens(table),
    listEnrolmentTokens(table),
  ]);
  const byName = (a: HostKey | ApiToken, b: HostKey | ApiToken) =>
    a.name < b.name ? -1 : a.name > b.name ? 1 : a.createdAtMs - b.createdAtMs;
  const columns = ['KIND', 'NAME', 'MADE', 'BY', 'STATE'].map((title) => ({ title }));
  printTable(terminal, columns, [
    ...[...keys]
      .sort(byName)
      .map((key) => [
        key.kind,
        key.name,
        isoMinute(key.createdAtMs),
        key.by ?? '-',
        stateOfKey(key, nowMs),
      ]),
    ...[...apiTokens]
      .sort(byName)
      .map((token) => [
        'API token',
        token.name,
        isoMinute(token.createdAtMs),
        'operator',
        stateOfApiToken(token, nowMs),
      ]),
    ...[...tokens]
      .sort((a, b) => a.createdAtMs - b.createdAtMs)
      .map((token) => [
        'enrolment token',
        token.id,
        isoMinute(token.createdAtMs),
        'operator',
        stateOfToken(token, nowMs),
      ]),
  ]);
}

/**
 * Ends an enrolment token by its id, or else all keys and API tokens of a name; says what was done. Done again
 * after it failed, it does the rest, though there may be nothing left to end.
 */
export async function revoke(table: Table, name: string, nowMs: number): Promise<string> {
  const token = (await listEnrolmentTokens(table)).find(({ id }) => id === name);
  if (token !== undefined) {
    await revokeEnrolmentToken(table, token);
    const enrolled = token.uses - token.usesLeft;
    return `${name} enrols nobody any more; the keys that it gave (${enrolled}) go on`;
  }
  const keys = await revokeHostKeys(table, name, nowMs);
  const apiTokens = (await listApiTokens(table)).filter(
    (each) => each.name === name && !hasTokenEnded(each, nowMs),
  );
  for (const each of apiTokens) await revokeApiToken(table, each, nowMs);
  if (keys + apiTokens.length === 0)
    throw new Error(
      `"${name}" has no key or API token that is good, and no enrolment token has that id`,
    );
  const ended = [counted(keys, 'key'), counted(apiTokens.length, 'API token')].filter(
    (text) => text !== '',
  );
  return `${ended.join(' and ')} of ${name} ended; within ${DIES_WITHIN} nothing takes them any more`;
}

function counted(count: number, what: string): string {
  return count === 0 ? '' : `${count} ${what}${count === 1 ? '' : 's'}`;
}

function stateOfApiToken(token: ApiToken, nowMs: number): string {
  const { endsAtMs, role } = token;
  if (endsAtMs === undefined) return `good, ${role}`;
  return hasTokenEnded(token, nowMs)
    ? `ended ${isoMinute(endsAtMs)}`
    : `good for ${formatSpan(endsAtMs - nowMs)}, ${role}`;
}

function stateOfKey(key: HostKey, nowMs: number): string {
  const { endsAtMs } = key;
  if (endsAtMs === undefined) return 'good';
  return hasEnded(key, nowMs)
    ? `ended ${isoMinute(endsAtMs)}`
    : `replaced, good for ${formatSpan(endsAtMs - nowMs)}`;
}

function stateOfToken(token: EnrolmentToken, nowMs: number): string {
  const { uses, usesLeft, expiresAtMs, isRevoked, mayReEnrol, hosts } = token;
  if (isRevoked) return 'revoked';
  if (expiresAtMs <= nowMs) return `expired ${isoMinute(expiresAtMs)}`;
  if (usesLeft < 1) return `used up (${uses})`;
  const more = mayReEnrol ? ', may re-enrol' : '';
  const named = hosts === undefined ? '' : ` named "${hosts}"`;
  return `good for ${formatSpan(expiresAtMs - nowMs)} and ${usesLeft} of ${uses} hosts${named}${more}`;
}

/** `2026-03-01 14:03Z` */
function isoMinute(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')}Z`;
}
