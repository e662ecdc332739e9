import type { HostEntry, Stay } from './entry.ts';

/** What the topology says of where a VM was and is, the present place last. */
export interface PlacedVm {
  readonly uuid: string;
  readonly places: readonly { readonly host: string; readonly fromMs: number }[];
}

/** A stay, and whose it is. */
export interface HostStay extends Stay {
  readonly host: string;
}

/** A VM the topology has let go was not heard for longer than this. */
const LET_GO_AFTER_MS = 2 * 3_600_000;

/**
 * Who has had which VM, as of now: what was known, gone on with by what the topology says. The topology is
 * right about the time since its first place, what was known about the time before; so of each VM no two
 * stays overlap, whatever was known.
 *
 * `heardMs`: when a host last told of a VM. `keptFromMs`: what ended before it is not added any more, for it
 * has been put apart already.
 */
export function stepStays(
  known: Iterable<HostEntry>,
  placed: Iterable<PlacedVm>,
  heardMs: (host: string, uuid: string) => number | undefined,
  keptFromMs: number,
  nowMs: number,
): Map<string, Stay[]> {
  const before = new Map<string, HostStay[]>();
  for (const { host, stays = [] } of known) {
    for (const stay of stays) push(before, stay.uuid, { ...stay, host });
  }
  const after = new Map<string, Stay[]>();
  for (const vm of placed) {
    const had = before.get(vm.uuid) ?? [];
    before.delete(vm.uuid);
    for (const { host, ...stay } of goneOn(had, vm)) {
      const isNews = had.some((one) => one.host === host && one.fromMs === stay.fromMs);
      if (isNews || stay.toMs === undefined || stay.toMs > keptFromMs) push(after, host, stay);
    }
  }
  for (const stays of before.values()) {
    for (const { host, ...stay } of inTurn(stays)) {
      const lastMs = heardMs(host, stay.uuid) ?? stay.fromMs;
      const isOver = stay.toMs === undefined && nowMs - lastMs >= LET_GO_AFTER_MS;
      push(after, host, isOver ? { ...stay, toMs: Math.max(lastMs, stay.fromMs) } : stay);
    }
  }
  return after;
}

function goneOn(had: readonly HostStay[], { uuid, places }: PlacedVm): HostStay[] {
  const [first] = places;
  if (first === undefined) return inTurn(had);
  const told: HostStay[] = places.map((place) => ({ uuid, ...place }));
  const older = had.filter(({ fromMs }) => fromMs < first.fromMs).sort(byTime);
  const last = older.at(-1);
  const isSame =
    last?.host === first.host && (last.toMs === undefined || last.toMs >= first.fromMs);
  // It has been there all the time: the topology only remembers less.
  if (last !== undefined && isSame) told[0] = { ...told[0], ...last, toMs: undefined };
  return inTurn([...(isSame ? older.slice(0, -1) : older), ...told]);
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
