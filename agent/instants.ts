import { FUTURE_LIMIT_MS } from '../core/host-minute.ts';

/**
 * How late a sample may be and still bear the instant it was planned for. Regular timestamps are
 * shared by all series and cost nothing in a chunk (Prometheus aligns its scrapes for the same
 * reason); a timer of a busy machine is late by some tens of ms; and no number is off by it, since
 * rates are divided by the time that really passed.
 */
const ALIGN_TOLERANCE_MS = 100;

/** When the next sample is due. */
export interface Plan {
  /** The instant, ms since 1970. */
  readonly atMs: number;
  /** From now, ms. */
  readonly waitMs: number;
  /**
   * What the clock did since the sample before. `held`: it was set back, and samples wait until it
   * passes the one before, for these instants are already measured. `restarted`: it was set back so
   * far that what was measured lay in a future no server takes; begin anew.
   */
  readonly clock: 'steady' | 'held' | 'restarted';
}

/**
 * The next instant after `lastMs` (the sample before, `undefined` at first). Instants lie at the
 * host's phase modulo the interval: then the last one of a host-minute lies one interval before its
 * end on every host, and the posts of a fleet spread over the minute.
 */
export function planNext(
  nowMs: number,
  lastMs: number | undefined,
  intervalMs: number,
  phaseMs: number,
): Plan {
  const fresh = alignedAfter(nowMs, intervalMs, phaseMs);
  if (lastMs === undefined || lastMs < fresh) {
    return { atMs: fresh, waitMs: fresh - nowMs, clock: 'steady' };
  }
  if (lastMs - nowMs > FUTURE_LIMIT_MS) {
    return { atMs: fresh, waitMs: fresh - nowMs, clock: 'restarted' };
  }
  const atMs = alignedAfter(lastMs, intervalMs, phaseMs);
  // A timer may fire a little early: one interval ahead is not yet a clock that was set back.
  const clock = atMs - nowMs > 2 * intervalMs ? 'held' : 'steady';
  return { atMs, waitMs: atMs - nowMs, clock };
}

/** A sample out of turn keeps so far from the ones before and after: a rate needs some time to be of. */
const EXTRA_GAP_MS = 1000;

/**
 * The instant of a sample out of turn that is wanted in `inMs`; `undefined` where the planned one comes
 * about as soon, or the clock was set. `lastMs` as for `planNext`.
 */
export function planExtra(
  plan: Plan,
  nowMs: number,
  lastMs: number | undefined,
  inMs: number | undefined,
): number | undefined {
  if (inMs === undefined || plan.clock !== 'steady') return undefined;
  const atMs = Math.ceil(Math.max(nowMs + inMs, (lastMs ?? 0) + EXTRA_GAP_MS));
  return atMs + EXTRA_GAP_MS <= plan.atMs ? atMs : undefined;
}

/** The timestamp of a sample planned for `plannedMs` and begun at `nowMs`, both ms since 1970. */
export function timestampFor(plannedMs: number, nowMs: number): number {
  return Math.abs(nowMs - plannedMs) <= ALIGN_TOLERANCE_MS ? plannedMs : Math.trunc(nowMs);
}

/** Does a window of `windowMs` end between two instants? Windows begin at the phase. */
export function windowEndsBetween(
  atMs: number,
  nextMs: number,
  windowMs: number,
  phaseMs: number,
): boolean {
  return Math.floor((atMs - phaseMs) / windowMs) !== Math.floor((nextMs - phaseMs) / windowMs);
}

function alignedAfter(afterMs: number, intervalMs: number, phaseMs: number): number {
  return (Math.floor((afterMs - phaseMs) / intervalMs) + 1) * intervalMs + phaseMs;
}
