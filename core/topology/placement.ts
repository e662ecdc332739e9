import { silentAfterMs } from '../alerting/up.ts';
import { hasVm, ownedMs, type Sighting } from './sighting.ts';
import type { HostState, VmState } from './topology-state.ts';
import { isAlive, isCrash } from './vm-kind.ts';

/** Clocks of two hosts of one site may differ by so much. */
const SKEW_MS = 60_000;
/** Both ends of a migration may say "running" for some samples; two VMs do so for longer. */
const DUPLICATE_AFTER_MS = 60_000;
/** What a silent host said before counts no more beside what another says now. */
const HEARD_TOGETHER_MS = 5 * 60_000;
const MAX_PLACES = 8;

type Places = VmState['places'];

/**
 * Where a VM is, with where it was before. It stays where it is known to be until that host no
 * longer runs it, or is silent while another host runs it. So it does not matter in which order the
 * two ends of a migration are heard, and two hosts that run one UUID do not pull it to and fro.
 */
export function stepPlaces(
  before: Places | undefined,
  seen: ReadonlyMap<string, Sighting>,
  hosts: ReadonlyMap<string, HostState>,
): Places | undefined {
  const current = before?.at(-1);
  if (before === undefined || current === undefined) {
    const first = best([...seen.values()]);
    return first && [{ host: first.host, fromMs: first.sinceMs }];
  }
  const here = seen.get(current.host);
  const host = hosts.get(current.host);
  const others = [...seen.values()].filter((one) => one.host !== current.host);
  const next = best(others.filter((other) => hasMoved(here, host, other)));
  if (next === undefined) return before;
  // One that is off on both was here for as long as it was told of here.
  const toldMs = isAlive(next.kind) || isCrash(next.kind) ? 0 : (here?.lastMs ?? 0);
  const aliveMs = here?.aliveMs ?? 0;
  const fromMs = Math.max(next.sinceMs, aliveMs + 1, toldMs, current.fromMs + 1);
  return [...before, { host: next.host, fromMs }].slice(-MAX_PLACES);
}

/** Do two hosts really run it, for longer than a migration may look like that? */
export function isDuplicate(here: Sighting, others: Iterable<Sighting>): boolean {
  if (here.kind !== 'running' || !hasVm(here)) return false;
  for (const other of others) {
    if (other.host === here.host || other.kind !== 'running' || !hasVm(other)) continue;
    if (here.lastMs - other.lastMs > HEARD_TOGETHER_MS) continue;
    const bothMs = Math.min(here.lastMs, other.lastMs) - Math.max(here.sinceMs, other.sinceMs);
    if (bothMs > DUPLICATE_AFTER_MS) return true;
  }
  return false;
}

/** Of several hosts: one that runs it before one that does not, then the one that was its last home. */
function best(candidates: readonly Sighting[]): Sighting | undefined {
  const rank = (one: Sighting) => (one.kind === 'running' && hasVm(one) ? 1 : 0);
  const [first] = [...candidates].sort(
    (a, b) =>
      rank(b) - rank(a) ||
      compareMs(ownedMs(b), ownedMs(a)) ||
      b.lastMs - a.lastMs ||
      (a.host < b.host ? -1 : 1),
  );
  return first;
}

/** Never-owned counts as minus infinity, of which no difference can be taken. */
function compareMs(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function hasMoved(
  here: Sighting | undefined,
  host: HostState | undefined,
  there: Sighting,
): boolean {
  if (!hasVm(there)) return false;
  if (here === undefined) return true;
  const runsThere = isAlive(there.kind) || isCrash(there.kind);
  if (!hasVm(here)) {
    if (runsThere) return ownedMs(there) > ownedMs(here) - SKEW_MS;
    // On its way: the far end holds it paused.
    if (there.kind === 'busy') return there.lastMs > here.lastMs - SKEW_MS;
    // Off: either it was so when it left, or it ended soon after it came.
    return (isAlive(here.kind) ? there.sinceMs + SKEW_MS : there.lastMs) > here.lastMs;
  }
  if (isHeardAfterSilence(here, host, there) && runsThere) return true;
  if (there.kind === 'running') return here.kind !== 'running' && there.lastMs > ownedMs(here);
  return !isAlive(here.kind) && here.kind !== 'busy' && ownedMs(there) > ownedMs(here);
}

/** Has the other host run it since this one fell silent? As when it is restarted after a failure. */
function isHeardAfterSilence(
  here: Sighting,
  host: HostState | undefined,
  there: Sighting,
): boolean {
  const heardMs = Math.max(here.lastMs, host?.libvirtUpMs ?? 0);
  return ownedMs(there) > heardMs + silentAfterMs(host?.batchIntervalMs);
}
