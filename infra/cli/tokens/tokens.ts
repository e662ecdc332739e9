import { ok } from '../../../core/result.ts';
import type { ApiClient } from '../client.ts';
import type { Outcome } from '../failure.ts';
import { toJson } from '../json-text.ts';
import { printTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { formatTime } from '../time-text.ts';
import {
  type ApiToken,
  ApiTokens,
  Ended,
  type EnrolmentToken,
  EnrolmentTokens,
  Made,
} from './token-schemas.ts';

const API_TOKENS = '/api/v1/tokens';
const ENROLMENT_TOKENS = '/api/v1/enrolment-tokens';

export interface AddFlags {
  readonly service?: true;
  readonly role: string;
  readonly expires?: string;
  readonly area?: readonly string[];
}

export interface EnrolFlags {
  readonly uses: string;
  readonly expires: string;
  readonly hosts?: string;
  readonly reEnrol?: true;
}

/** `hypervigil tokens list`: one's own, or all for an admin; `--enrolment`: those that enrol hosts. */
export async function listTokens(
  { enrolment, json }: { readonly enrolment?: true; readonly json?: true },
  client: ApiClient,
  terminal: Terminal,
): Promise<Outcome<undefined>> {
  if (enrolment === true) {
    const found = await client.get(ENROLMENT_TOKENS, EnrolmentTokens);
    if (!found.ok) return found;
    if (json === true) terminal.print(toJson(found.value.data));
    else printEnrolmentTokens(found.value.data, terminal);
    return ok(undefined);
  }
  const found = await client.get(API_TOKENS, ApiTokens);
  if (!found.ok) return found;
  if (json === true) terminal.print(toJson(found.value.data));
  else printApiTokens(found.value.data, terminal);
  return ok(undefined);
}

function printApiTokens(tokens: readonly ApiToken[], terminal: Terminal): void {
  const titles = ['ID', 'NAME', 'WHOSE', 'ROLE', 'FOR', 'MADE', 'ENDS', 'STATE'];
  printTable(
    terminal,
    titles.map((title) => ({ title })),
    tokens.map(({ id, name, owner, role, areas, createdAt, endsAt, state }) => [
      id,
      name,
      owner ?? 'a service',
      role,
      areas?.join(' ') ?? 'all',
      formatTime(Date.parse(createdAt)),
      endsAt === undefined ? 'never' : formatTime(Date.parse(endsAt)),
      state,
    ]),
  );
}

function printEnrolmentTokens(tokens: readonly EnrolmentToken[], terminal: Terminal): void {
  const titles = ['ID', 'HOSTS', 'LEFT', 'RE-ENROLS', 'ENDS', 'STATE'];
  printTable(
    terminal,
    titles.map((title) => ({ title })),
    tokens.map(({ id, hosts, uses, usesLeft, reEnrol, endsAt, state }) => [
      id,
      hosts ?? 'any',
      `${usesLeft} of ${uses}`,
      reEnrol ? 'yes' : 'no',
      formatTime(Date.parse(endsAt)),
      state,
    ]),
  );
}

/** `hypervigil tokens add`: prints the token, and nothing else, on standard output. */
export async function addToken(
  name: string,
  { service, role, expires, area }: AddFlags,
  client: ApiClient,
  terminal: Terminal,
): Promise<Outcome<undefined>> {
  return make(client, terminal, API_TOKENS, {
    name,
    kind: service === true ? 'service' : 'personal',
    role,
    ...(expires === undefined ? {} : { expires }),
    ...(area === undefined ? {} : { areas: area }),
  });
}

/** `hypervigil tokens enrol`: the same for a token that enrols hosts. */
export async function addEnrolmentToken(
  { uses, expires, hosts, reEnrol }: EnrolFlags,
  client: ApiClient,
  terminal: Terminal,
): Promise<Outcome<undefined>> {
  return make(client, terminal, ENROLMENT_TOKENS, {
    uses: Number(uses),
    expires,
    reEnrol: reEnrol === true,
    ...(hosts === undefined ? {} : { hosts }),
  });
}

async function make(
  client: ApiClient,
  terminal: Terminal,
  path: string,
  wish: object,
): Promise<Outcome<undefined>> {
  const made = await client.send('POST', path, Made, wish);
  if (!made.ok) return made;
  const { id, token, endsAt } = made.value.data;
  terminal.note(`${id}, until ${formatTime(Date.parse(endsAt))}; it is shown this once:`);
  terminal.print(token);
  return ok(undefined);
}

/** `hypervigil tokens revoke ID...`: API tokens and those that enrol, by what their ids begin with. */
export async function revokeTokens(
  ids: readonly string[],
  client: ApiClient,
  terminal: Terminal,
): Promise<Outcome<undefined>> {
  for (const id of ids) {
    const list = id.startsWith('enrol-') ? ENROLMENT_TOKENS : API_TOKENS;
    const ended = await client.send('DELETE', `${list}/${encodeURIComponent(id)}`, Ended);
    if (!ended.ok) return ended;
    terminal.note(`${id} ended; within a minute nothing takes it any more`);
  }
  return ok(undefined);
}
