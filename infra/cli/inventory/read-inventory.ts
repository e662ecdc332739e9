import { ok } from '../../../core/result.ts';
import { isoTime } from '../../../core/time.ts';
import type { Answer, ApiClient, Params } from '../client.ts';
import { type Outcome, usage } from '../failure.ts';
import { readInstant } from '../time-text.ts';
import { HostPage, type ListedHost, type ListedVm, VmPage } from './inventory-schemas.ts';

/** What is listed, and by which tick it is so: ms since 1970, `null` if there was none yet. */
export interface Listed<T> {
  readonly asOfMs: number | null;
  readonly all: readonly T[];
}

/** As commander hands them over. */
export interface InventoryFlags {
  readonly state?: readonly string[];
  readonly tag?: readonly string[];
  readonly host?: readonly string[];
  readonly at?: string;
  readonly history?: true;
}

/** Parameters of both lists, from the command line. */
export function listParams(
  names: readonly string[],
  flags: InventoryFlags,
  nowMs: number,
): Outcome<Params> {
  const { state = [], tag = [], host = [], at, history } = flags;
  if (at !== undefined && state.length > 0)
    return usage('--at with --state: states are known of now only; leave one of them out');
  const atMs = at === undefined ? undefined : readInstant('--at', at, nowMs);
  if (atMs?.ok === false) return atMs;
  if (atMs !== undefined && atMs.value > nowMs) return usage(`--at ${at}: that is yet to come`);
  return ok({
    name: names,
    state,
    tag,
    host,
    ...(atMs === undefined ? {} : { at: isoTime(atMs.value) }),
    ...(history === true ? { history: 'true' } : {}),
  });
}

export async function readHosts(
  client: ApiClient,
  params: Params,
): Promise<Answer<Listed<ListedHost>>> {
  return readPages(
    (next) => client.get('/api/v1/hosts', HostPage, { ...params, ...next }),
    'hosts',
  );
}

export async function readVms(
  client: ApiClient,
  params: Params,
): Promise<Answer<Listed<ListedVm>>> {
  return readPages((next) => client.get('/api/v1/vms', VmPage, { ...params, ...next }), 'vms');
}

type Page<K extends string, T> = {
  readonly data: { readonly asOf: number | null; readonly next?: string } & Readonly<
    Record<K, readonly T[]>
  >;
};

async function readPages<K extends string, T>(
  read: (next: Params) => Promise<Answer<Page<K, T>>>,
  what: K,
): Promise<Answer<Listed<T>>> {
  const all: T[] = [];
  let next: string | undefined;
  for (;;) {
    const page = await read(next === undefined ? {} : { next });
    if (!page.ok) return page;
    const { data } = page.value;
    all.push(...data[what]);
    next = data.next;
    if (next === undefined) return ok({ asOfMs: data.asOf, all });
  }
}
