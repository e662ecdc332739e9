import type { HostEntry, Stay } from './entry.ts';

/** What the topology says of where a VM was and is, the present place last. */
export interface PlacedVm {
  readonly uuid: string;
  readonly places: readonly { readonly host: string; readonly fromMs: number }[];
  /** When the present place last told of it, if it has it no more. */
  readonly leftMs?: number | undefined;
}

/** A stay, and whose it is. */
export interface HostStay extends Stay {
  readonly host: string;
}

/** What hosts told of VMs. */
export interface ToldByHosts {
  /** When a host last told of a VM. */
  readonly lastMs: (host: string, uuid: string) => number | undefined;
  /** Is the host known, and the VM there not? */
  readonly isNews: (host: string, uuid: string) => boolean;
}

/** A VM that nobody has for so long is gone; until then it may be on its way, or be started anew. */
const GONE_AFTER_MS = 30 * 60_000;

/**
 * Who has had which VM, as of now: what was known, gone on with by what the topology says. The topology is
 * right about the time since its first place, what was known about the time before; so of each VM no two
 * stays overlap, whatever was known.
 *
 * `keptFromMs`: what ended before it has been put apart already, and is not added again.
 */
export function stepStays(
  known: Iterable<HostEntry>,
  placed: Iterable<PlacedVm>,
  told: ToldByHosts,
  keptFromMs: number,
  nowMs: number,
): Map<string, Stay[]> {
  const before = new Map<string, HostStay[]>();
  for (const { host, stays = [] } of known) {
    // A clock that was set back had written of what is to come.
    for (const stay of stays) if (stay.fromMs <= nowMs) push(before, stay.uuid, { ...stay, host });
  }
  const after = new Map<string, Stay[]>();
  for (const vm of placed) {
    const had = before.get(vm.uuid) ?? [];
    before.delete(vm.uuid);
    for (const { host, ...stay } of goneOn(had, vm, told, keptFromMs, nowMs)) {
      const isKnown = had.some((one) => one.host === host && one.fromMs === stay.fromMs);
      if (isKnown || (stay.toMs ?? Infinity) > keptFromMs) push(after, host, stay);
    }
  }
  // What the topology has let go of.
  for (const stays of before.values()) {
    for (const { host, ...stay } of inTurn(stays)) {
      const leftMs = told.lastMs(host, stay.uuid) ?? stay.fromMs;
      push(after, host, endedIfLeft(stay, leftMs, nowMs));
    }
  }
  return after;
}

function goneOn(
  had: readonly HostStay[],
  { uuid, places, leftMs }: PlacedVm,
  { lastMs, isNews }: ToldByHosts,
  keptFromMs: number,
  nowMs: number,
): HostStay[] {
  const [first] = places;
  if (first === undefined) return inTurn(had);
  const ordered = had.toSorted(byTime);
  const used = new Set<HostStay>();
  const now = places.flatMap((place, i): HostStay[] => {
    const { host } = place;
    const endMs = places[i + 1]?.fromMs ?? Infinity;
    const here = ordered.filter(
      (stay) =>
        stay.host === host &&
        stay.fromMs < endMs &&
        // It has been there since before, where the topology remembers less; or left and came again.
        (i === 0 ? (stay.toMs ?? Infinity) > place.fromMs : stay.fromMs >= place.fromMs),
    );
    for (const stay of here) used.add(stay);
    const last = here.at(-1) ?? { uuid, ...place };
    const older = here.slice(0, -1);
    if (endMs !== Infinity) return [...older, last];
    if (leftMs !== undefined) return [...older, endedIfLeft(last, leftMs, nowMs)];
    const wasApart = here.length === 0 && place.fromMs <= keptFromMs && isNews(host, uuid);
    if (last.toMs === undefined && !wasApart) return [...older, last];
    // It is back where it had been, and the topology has not noticed that it was gone.
    const backMs = Math.max(lastMs(host, uuid) ?? nowMs, (last.toMs ?? 0) + 1);
    const back = { uuid, host, fromMs: backMs };
    return wasApart ? [back] : [...older, last, back];
  });
  const older = ordered.filter((stay) => stay.fromMs < first.fromMs && !used.has(stay));
  return inTurn([...older, ...now]);
}

function endedIfLeft<T extends Stay>(stay: T, leftMs: number, nowMs: number): T {
  if (stay.toMs !== undefined || nowMs - leftMs < GONE_AFTER_MS) return stay;
  // It was there at that time still.
  return { ...stay, toMs: Math.max(leftMs, stay.fromMs) + 1 };
}

/** In time order, each ended where the next one begins; what is left of none is dropped. */
function inTurn(stays: readonly HostStay[]): HostStay[] {
  const ordered = stays.toSorted(byTime);
  return ordered.flatMap(({ host, uuid, fromMs, toMs: endMs }, i) => {
    const toMs = earlier(endMs, ordered[i + 1]?.fromMs);
    if (toMs !== undefined && toMs <= fromMs) return [];
    return [{ host, uuid, fromMs, ...(toMs === undefined ? {} : { toMs }) }];
  });
}

/**
 * One VM's stays, from whichever entries of hosts, as its history: in time order, none that overlaps
 * another, and those of one host that touch as one.
 */
export function historyOf(stays: readonly HostStay[]): HostStay[] {
  const joined: HostStay[] = [];
  for (const stay of stays.toSorted(byTime)) {
    const last = joined.at(-1);
    const touches =
      last?.host === stay.host && (last.toMs === undefined || last.toMs >= stay.fromMs);
    if (last !== undefined && touches) joined[joined.length - 1] = union(last, stay);
    else joined.push(stay);
  }
  return inTurn(joined);
}

function union(a: HostStay, b: HostStay): HostStay {
  const { host, uuid, fromMs } = a;
  if (a.toMs === undefined || b.toMs === undefined) return { host, uuid, fromMs };
  return { host, uuid, fromMs, toMs: Math.max(a.toMs, b.toMs) };
}

/** One that has ended before one that has not: what follows it is the newer word. */
function byTime(a: HostStay, b: HostStay): number {
  return a.fromMs - b.fromMs || (a.toMs ?? Infinity) - (b.toMs ?? Infinity);
}

function earlier(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : Math.min(a, b ?? a);
}

function push<K, T>(lists: Map<K, T[]>, key: K, value: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
