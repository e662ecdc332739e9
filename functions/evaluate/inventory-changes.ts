import {
  APART_AFTER_MS,
  type HostEntry,
  type HostFacts,
  INVENTORY_LAG_MS,
  type Stay,
  type VmEntry,
} from '../../core/inventory/entry.ts';

/** A host as the window shows it. */
export interface SeenHost {
  readonly host: string;
  readonly lastSeenMs: number;
  readonly chunkBytes: number;
  readonly facts: HostFacts;
  /** Each UUID and name pair with the newest time it was in a chunk. */
  readonly vms: readonly VmEntry[];
}

/**
 * What a host or VM is rarely changes. Two machines under one name would have it change at every tick: a
 * change is written no sooner than so long after the last one.
 */
const FACTS_AFTER_MS = 5 * 60_000;

/** What is known of VMs, by their UUIDs, on whichever host. */
export interface KnownVms {
  /** When a VM was first heard of. */
  readonly firstSeenMs: (uuid: string) => number | undefined;
  /** Does any host have it now? */
  readonly isPlaced: (uuid: string) => boolean;
}

/**
 * The entry the inventory should have of a host, or `undefined` if the one it has will do: nothing new but
 * times, and that written within `INVENTORY_LAG_MS`. `stays` are all of the host's; that one ended as the VM
 * moved is worth no write, for that can be told from where the next one begins.
 */
export function changedEntry(
  known: HostEntry | undefined,
  seen: SeenHost,
  stays: readonly Stay[],
  { firstSeenMs, isPlaced }: KnownVms,
): HostEntry | undefined {
  const { host, lastSeenMs, chunkBytes } = seen;
  const vms = new Map((known?.vms ?? []).map((vm) => [vmKey(vm), vm]));
  let isNew = known === undefined || hasNews(known.stays ?? [], stays, isPlaced);
  let isOther = !sameFacts(known?.facts ?? {}, seen.facts);
  for (const vm of seen.vms) {
    const before = vms.get(vmKey(vm));
    if (before === undefined) isNew = true;
    else if (vm.vcpus !== undefined && vm.vcpus !== before.vcpus) isOther = true;
    // A VM that left is read from here only as far as its last time tells.
    if (before === undefined || before.lastSeenMs < vm.lastSeenMs) {
      const first = before?.firstSeenMs ?? firstSeenMs(vm.uuid) ?? vm.lastSeenMs;
      vms.set(vmKey(vm), { ...before, ...vm, firstSeenMs: Math.min(first, vm.lastSeenMs) });
    }
  }
  const ageMs = lastSeenMs - (known?.lastSeenMs ?? 0);
  if (!isNew && ageMs < (isOther ? FACTS_AFTER_MS : INVENTORY_LAG_MS)) return undefined;
  const facts = { ...known?.facts, ...seen.facts };
  return {
    host,
    firstSeenMs: Math.min(known?.firstSeenMs ?? lastSeenMs, lastSeenMs),
    lastSeenMs: Math.max(known?.lastSeenMs ?? lastSeenMs, lastSeenMs),
    chunkBytes,
    ...(Object.keys(facts).length === 0 ? {} : { facts }),
    vms: [...vms.values()],
    ...(stays.length === 0 ? {} : { stays }),
  };
}

/** The entry of a host that is not heard, if it is known now that a VM is there, or is not. */
export function restayedEntry(
  known: HostEntry,
  stays: readonly Stay[],
  { isPlaced }: KnownVms,
): HostEntry | undefined {
  return hasNews(known.stays ?? [], stays, isPlaced) ? { ...known, stays } : undefined;
}

/** Has a VM come, or gone without coming anywhere else? */
function hasNews(
  known: readonly Stay[],
  now: readonly Stay[],
  isPlaced: KnownVms['isPlaced'],
): boolean {
  const open = new Set(known.filter(lasts).map(keyOf));
  return now.some((stay) =>
    lasts(stay) ? !open.has(keyOf(stay)) : open.has(keyOf(stay)) && !isPlaced(stay.uuid),
  );
}

function lasts({ toMs }: Stay): boolean {
  return toMs === undefined;
}

function keyOf({ uuid, fromMs }: Stay): string {
  return `${uuid} ${fromMs}`;
}

/** Memory comes and goes with a balloon. What is not told is not changed. */
function sameFacts(known: HostFacts, { memoryBytes: _, tags, ...seen }: HostFacts): boolean {
  const before = new Map(Object.entries(known));
  if (tags !== undefined && !sameTags(known.tags ?? {}, tags)) return false;
  return Object.entries(seen).every(([name, value]) => before.get(name) === value);
}

function sameTags(a: NonNullable<HostFacts['tags']>, b: NonNullable<HostFacts['tags']>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

/** An entry in two: what a question about now may want, and what is put apart, if it is time for that. */
export interface PartedEntry {
  readonly kept: HostEntry;
  readonly ended?: HostEntry;
}

/** Many that ended are put apart together, a day's at a time. */
const TOGETHER_MS = 24 * 3_600_000;

/** Parts what ended before `APART_AFTER_MS` from an entry of a host that goes on. */
export function partEntry(entry: HostEntry, nowMs: number): PartedEntry {
  const { vms, stays = [], facts: _, ...host } = entry;
  const staying = new Set(stays.filter(({ toMs }) => toMs === undefined).map(({ uuid }) => uuid));
  // One that is here, though long unheard, is listed by its name.
  const endOfVm = ({ uuid, lastSeenMs }: VmEntry) => (staying.has(uuid) ? Infinity : lastSeenMs);
  const endOfStay = ({ toMs = Infinity }: Stay) => toMs;
  const untilMs = nowMs - APART_AFTER_MS;
  const oldest = Math.min(...vms.map(endOfVm), ...stays.map(endOfStay));
  if (oldest > untilMs - TOGETHER_MS) return { kept: entry };
  const endedVms = vms.filter((vm) => endOfVm(vm) <= untilMs);
  const endedStays = stays.filter((stay) => endOfStay(stay) <= untilMs);
  const lastSeenMs = Math.max(...endedVms.map(endOfVm), ...endedStays.map(endOfStay));
  return {
    kept: {
      ...entry,
      vms: vms.filter((vm) => endOfVm(vm) > untilMs),
      stays: stays.filter((stay) => endOfStay(stay) > untilMs),
    },
    ended: {
      ...host,
      firstSeenMs: Math.min(host.firstSeenMs, lastSeenMs),
      lastSeenMs,
      vms: endedVms,
      stays: endedStays,
    },
  };
}

function vmKey({ uuid, name }: VmEntry): string {
  return `${uuid} ${name}`;
}
