import { silentAfterMs } from '../alerting/up.ts';
import { MINUTE_MS } from '../host-minute.ts';
import { isLibvirtDown, isSilent } from './hosts.ts';
import { hasVm, type Sighting, wasAlive } from './sighting.ts';
import type { HostState } from './topology-state.ts';
import { isAlive } from './vm-kind.ts';

/** What may be the matter with a VM. Running, and off on purpose, are none. */
export type VmCondition =
  | 'crashed'
  | 'panicked'
  | 'failed'
  /** It ran, and now nobody has it, though its host is well. */
  | 'vanished'
  /** It ran before its host or libvirt went, and is off since they are back. */
  | 'lost'
  | 'hung'
  | 'ioerror'
  | 'paused'
  /** Paused for a job, or silent during one. */
  | 'busy'
  | 'host_dark'
  /** The host is up and its libvirt does not answer. */
  | 'no_data'
  /** Two hosts run the same UUID. */
  | 'duplicate';

/** The other end of a migration may be heard later by so much. */
const VANISHED_AFTER_MS = 2 * MINUTE_MS;
/** Hosts that may have it and are late are waited for, but not longer. */
const AWAIT_MS = 10 * MINUTE_MS;
/** A host that is back starts its VMs one after another. */
const LOST_AFTER_MS = 5 * MINUTE_MS;
/** A job may be over before the VM answers again. */
const JOB_MS = MINUTE_MS;
/** A VM that hung while a job ran on it; longer than this no job holds it up. */
const JOB_HANG_MS = 10 * MINUTE_MS;
/** After a VM was last heard, it is looked for so long before nothing is held for it. */
const LIMBO_MS = AWAIT_MS;

/** A VM that is gone after one of these has been moved, saved or shut down. */
const DEPARTING_REASONS: ReadonlySet<string> = new Set([
  'migrating',
  'post_copy',
  'saving',
  'dumping',
  'shutting_down',
  'starting_up',
]);
const DEPARTING_JOBS: ReadonlySet<string> = new Set(['migration_out', 'save', 'dump']);

/** What a VM is judged by: its placement's sighting, that host, and the hosts that may have it. */
export interface JudgedVm {
  readonly here: Sighting;
  readonly host: HostState | undefined;
  readonly isDuplicate: boolean;
  /** Hosts with a libvirt that has not answered for a while, with when it last did. */
  readonly lateHosts: readonly HostState[];
  readonly nowMs: number;
}

/**
 * The conditions of a VM. What it ended by stays true while nothing is heard of its host; what it
 * merely looked like (hung, paused ...) is not known then.
 */
export function vmConditions(vm: JudgedVm): VmCondition[] {
  const { here, host, nowMs } = vm;
  const down = downCondition(vm);
  const conditions: VmCondition[] = down === undefined ? [] : [down];
  const matters = down !== undefined || (hasVm(here) && isUp(here));
  if (host !== undefined && isSilent(host, nowMs)) {
    if (matters && host.condition === 'dark') conditions.push('host_dark');
    return conditions;
  }
  if (host !== undefined && isLibvirtDown(host)) {
    if (matters) conditions.push('no_data');
    return conditions;
  }
  const stall = down === undefined && hasVm(here) ? stallCondition(here) : undefined;
  if (stall !== undefined) conditions.push(stall);
  if (vm.isDuplicate) conditions.push('duplicate');
  return conditions;
}

/**
 * Is it where nobody reports it, or off for a reason nobody knows, and may yet be back? As during a
 * migration, or while a host starts its VMs.
 */
export function isInLimbo(here: Sighting, nowMs: number): boolean {
  if (!hasVm(here)) return here.kind !== 'off' && nowMs - here.lastMs < LIMBO_MS;
  return (
    here.kind === 'off_unknown' && wasAlive(here) && here.lastMs - here.sinceMs < LOST_AFTER_MS
  );
}

/** Why it is not there though it should be; `undefined` if it is, or is off on purpose. */
function downCondition(vm: JudgedVm): VmCondition | undefined {
  const { here, host } = vm;
  // Time passes as its host's libvirt tells it: a host that is not heard proves nothing.
  const toldMs = Math.max(host?.libvirtUpMs ?? 0, here.lastMs);
  const goneForMs = here.goneMs === undefined ? undefined : toldMs - here.goneMs;
  const missedForMs = here.missedMs === undefined ? undefined : toldMs - here.missedMs;
  if (here.crash !== undefined) {
    const isUndefined =
      !isUp(here) && ((goneForMs ?? 0) >= VANISHED_AFTER_MS || (missedForMs ?? 0) >= LOST_AFTER_MS);
    const isDown = here.crash.kind !== 'failed' || wasAlive(here);
    return isDown && !isUndefined ? here.crash.kind : undefined;
  }
  if (!wasAlive(here)) return undefined;
  if (here.goneMs !== undefined && goneForMs !== undefined) {
    if (isDeparting(here) || goneForMs < VANISHED_AFTER_MS) return undefined;
    return isAwaited(vm, here.goneMs) ? undefined : 'vanished';
  }
  if (here.missedMs !== undefined && missedForMs !== undefined) {
    const wasAway = here.missedMs - here.lastMs > silentAfterMs(host?.batchIntervalMs);
    if (missedForMs < LOST_AFTER_MS || isAwaited(vm, here.missedMs)) return undefined;
    if (wasAway) return 'lost';
    return isDeparting(here) ? undefined : 'vanished';
  }
  if (here.kind !== 'off_unknown') return undefined;
  return here.lastMs - here.sinceMs >= LOST_AFTER_MS ? 'lost' : undefined;
}

function stallCondition(here: Sighting): VmCondition | undefined {
  switch (here.kind) {
    case 'hung':
      return isHeldByJob(here) ? 'busy' : 'hung';
    case 'ioerror':
    case 'paused':
    case 'busy':
      return here.kind;
    default:
      return undefined;
  }
}

/** A VM under a snapshot or backup on slow storage may not answer; nor can its job be asked for then. */
function isHeldByJob({ job, sinceMs, lastMs }: Sighting): boolean {
  if (job === undefined) return false;
  if (job.atMs >= lastMs - JOB_MS) return true;
  return job.atMs >= sinceMs - JOB_MS && lastMs - sinceMs < JOB_HANG_MS;
}

function isDeparting({ kind, reason, job, lastMs }: Sighting): boolean {
  if (kind === 'leaving') return true;
  if (kind === 'busy' && DEPARTING_REASONS.has(reason)) return true;
  return job !== undefined && DEPARTING_JOBS.has(job.operation) && job.atMs >= lastMs - JOB_MS;
}

/**
 * Is there a host that was heard around the time it went and has not told of the time after? It may
 * have the VM by now.
 */
function isAwaited({ here, lateHosts, nowMs }: JudgedVm, goneMs: number): boolean {
  if (nowMs - goneMs >= AWAIT_MS) return false;
  return lateHosts.some(
    ({ host, libvirtUpMs, lastMs }) =>
      host !== here.host &&
      (libvirtUpMs ?? 0) < goneMs + MINUTE_MS &&
      lastMs >= goneMs - LOST_AFTER_MS,
  );
}

/** Has it a process, whatever state that is in? */
function isUp({ kind }: Sighting): boolean {
  return isAlive(kind) || kind === 'busy';
}
