import type { HostState, StoredSighting } from './topology-state.ts';
import { type CrashKind, isAlive, isCrash, isOffOnPurpose, type VmKind } from './vm-kind.ts';

/**
 * What one host has said of one VM so far. Each time in it is that of the latest sample of its sort,
 * so samples may come in any order, late and twice, and the outcome is the same.
 */
export interface Sighting {
  readonly host: string;
  /** What the newest sample says, and since when without a break. */
  readonly kind: VmKind;
  readonly reason: string;
  readonly sinceMs: number;
  readonly lastMs: number;
  /** When this host last had it alive, as its own. */
  readonly aliveMs?: number;
  /** When it was last off on purpose here, or had moved away. */
  readonly offMs?: number;
  /** The last time it ended without being asked to, if nothing has undone that since. */
  readonly crash?: { readonly kind: CrashKind; readonly sinceMs: number; readonly lastMs: number };
  /** libvirt answered and had it no more: its series was ended then. */
  readonly goneMs?: number;
  /** libvirt answers again after a silence, and since then has it no more. */
  readonly missedMs?: number;
  /** The last libvirt job on it that was seen under way. */
  readonly job?: { readonly operation: string; readonly atMs: number };
}

/** Samples of one kind in a row. */
export interface Run {
  readonly kind: VmKind;
  readonly reason: string;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** What a tick sees of one VM on one host. */
export interface Observed {
  /** Samples as runs, in time order, no two neighbours of one kind. */
  readonly runs: readonly Run[];
  /** The last staleness marker. */
  readonly endedMs?: number;
  readonly job?: { readonly operation: string; readonly atMs: number };
}

/** Takes in what was observed; `undefined` if the VM was never seen there. */
export function foldSighting(
  host: string,
  before: Sighting | undefined,
  { runs, endedMs, job }: Observed,
): Sighting | undefined {
  const all = before === undefined ? runs : withKnown(runs, before);
  const newest = all.at(-1);
  if (newest === undefined) return undefined;
  const aliveMs = latest(before?.aliveMs, all, isAlive);
  const offMs = latest(before?.offMs, all, isOffOnPurpose);
  const crash = crashOf(before, all, Math.max(aliveMs ?? 0, offMs ?? 0));
  const goneMs = Math.max(endedMs ?? 0, before?.goneMs ?? 0);
  const missedMs = before?.missedMs ?? 0;
  const newestJob = (job?.atMs ?? 0) > (before?.job?.atMs ?? 0) ? job : before?.job;
  return {
    host,
    kind: newest.kind,
    reason: newest.reason,
    sinceMs: newest.firstMs,
    lastMs: newest.lastMs,
    ...(aliveMs === undefined ? {} : { aliveMs }),
    ...(offMs === undefined ? {} : { offMs }),
    ...(crash === undefined ? {} : { crash }),
    ...(goneMs > newest.lastMs ? { goneMs } : {}),
    ...(missedMs > newest.lastMs ? { missedMs } : {}),
    ...(newestJob === undefined ? {} : { job: newestJob }),
  };
}

/** Does the host still have the VM, as far as it has said? */
export function hasVm({ kind, goneMs, missedMs }: Sighting): boolean {
  return goneMs === undefined && missedMs === undefined && kind !== 'migrated';
}

/** When this host last gave proof that the VM is its own: had it alive, or saw it crash. */
export function ownedMs({ aliveMs, crash }: Sighting): number {
  return Math.max(aliveMs ?? Number.NEGATIVE_INFINITY, crash?.sinceMs ?? Number.NEGATIVE_INFINITY);
}

/** Was the VM alive here when it was last heard, as opposed to off on purpose before? */
export function wasAlive({ aliveMs, offMs }: Sighting): boolean {
  return aliveMs !== undefined && aliveMs > (offMs ?? Number.NEGATIVE_INFINITY);
}

/** The stored form: times that can be told from others are left out. */
export function packSighting(sighting: Sighting, host: HostState | undefined): StoredSighting {
  const { lastMs, aliveMs, offMs, crash, job, ...rest } = sighting;
  return {
    ...rest,
    ...(crash === undefined ? {} : { crash: packCrash(crash, lastMs) }),
    ...(job === undefined ? {} : { job: packJob(job, lastMs) }),
    ...(lastMs === host?.libvirtUpMs ? {} : { lastMs }),
    ...(aliveMs === undefined || aliveMs === lastMs ? {} : { aliveMs }),
    ...(offMs === undefined || offMs === lastMs ? {} : { offMs }),
  };
}

export function unpackSighting(stored: StoredSighting, host: HostState | undefined): Sighting {
  const lastMs = stored.lastMs ?? host?.libvirtUpMs ?? stored.sinceMs;
  const { crash, job, ...rest } = stored;
  return {
    ...rest,
    ...(crash === undefined ? {} : { crash: { ...crash, lastMs: crash.lastMs ?? lastMs } }),
    ...(job === undefined ? {} : { job: { ...job, atMs: job.atMs ?? lastMs } }),
    lastMs,
    ...(isAlive(stored.kind) ? { aliveMs: lastMs } : {}),
    ...(isOffOnPurpose(stored.kind) ? { offMs: lastMs } : {}),
  };
}

type Crash = NonNullable<Sighting['crash']>;
type Job = NonNullable<Sighting['job']>;
type Stored<K extends keyof StoredSighting> = NonNullable<StoredSighting[K]>;

function packCrash({ kind, sinceMs, lastMs }: Crash, seenMs: number): Stored<'crash'> {
  return lastMs === seenMs ? { kind, sinceMs } : { kind, sinceMs, lastMs };
}

function packJob({ operation, atMs }: Job, seenMs: number): Stored<'job'> {
  return atMs === seenMs ? { operation } : { operation, atMs };
}

/** The runs, with what is known from before put in its place. */
function withKnown(runs: readonly Run[], { kind, reason, sinceMs, lastMs }: Sighting): Run[] {
  // Split at its ends: late samples of another kind may lie between them.
  const known = [sinceMs, lastMs].map((at) => ({ kind, reason, firstMs: at, lastMs: at }));
  const ordered = [...runs, ...known].sort((a, b) => a.lastMs - b.lastMs || a.firstMs - b.firstMs);
  const merged: Run[] = [];
  for (const run of ordered) {
    const last = merged.at(-1);
    if (last?.kind === run.kind)
      merged[merged.length - 1] = { ...run, firstMs: Math.min(last.firstMs, run.firstMs) };
    else merged.push(run);
  }
  return merged;
}

function latest(
  knownMs: number | undefined,
  runs: readonly Run[],
  isWanted: (kind: VmKind) => boolean,
): number | undefined {
  const foundMs = runs.findLast(({ kind }) => isWanted(kind))?.lastMs;
  return foundMs === undefined ? knownMs : Math.max(foundMs, knownMs ?? foundMs);
}

/** The crash that nothing has undone since `undoneMs`. */
function crashOf(
  before: Sighting | undefined,
  runs: readonly Run[],
  undoneMs: number,
): Sighting['crash'] {
  const known = before?.crash;
  const crashes: NonNullable<Sighting['crash']>[] = known === undefined ? [] : [known];
  for (const { kind, firstMs, lastMs } of runs)
    if (isCrash(kind)) crashes.push({ kind, sinceMs: firstMs, lastMs });
  const open = crashes.filter(({ lastMs }) => lastMs > undoneMs);
  const newest = open.reduce<Sighting['crash']>(
    (best, one) => (best === undefined || one.lastMs >= best.lastMs ? one : best),
    undefined,
  );
  if (newest === undefined) return undefined;
  return { ...newest, sinceMs: Math.min(...open.map(({ sinceMs }) => sinceMs)) };
}
