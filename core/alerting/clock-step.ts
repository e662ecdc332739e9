import { topologySetBack } from '../topology/set-back.ts';
import type { AlertInstance } from './alert-state.ts';
import { CLAIM_MS } from './outbox.ts';
import type { TickState } from './tick-state.ts';

/** A tick this much before the last one is no retry of it: the clock was ahead and has been set right. */
const CLOCK_STEP_MS = 5 * 60_000;

/**
 * The state as a clock that was set back can go on with it; the very same where it was not. Without
 * this, ticks would do nothing until the clock reaches the time it once had, and nobody would be
 * told of anything. Times yet to come become now: timers begin anew, and nothing is forgotten. Only
 * what another tick may just be delivering stays claimed for as long as that may take.
 *
 * `nowMs` is what the tick is for, `clockMs` what the clock says: a tick that was long delayed is for a
 * time before the last one's though no clock was set.
 */
export function heedClockSetBack(state: TickState, nowMs: number, clockMs: number): TickState {
  if (state.lastTickMs - Math.max(nowMs, clockMs) < CLOCK_STEP_MS) return state;
  const notLater = (timeMs: number): number => Math.min(timeMs, nowMs);
  const alerts = Object.entries(state.alerts).map(
    ([id, instances]): [string, readonly AlertInstance[]] => [
      id,
      instances.map((alert) => clamped(alert, notLater)),
    ],
  );
  return {
    ...state,
    lastTickMs: nowMs - 1,
    clockSetBacks: state.clockSetBacks + 1,
    alerts: Object.fromEntries(alerts),
    missing: Object.fromEntries(
      Object.entries(state.missing).map(([host, missing]) => [
        host,
        { ...missing, lastSeenMs: notLater(missing.lastSeenMs) },
      ]),
    ),
    groups: Object.fromEntries(
      Object.entries(state.groups).map(([key, group]) => [
        key,
        {
          ...group,
          nextFlushMs: notLater(group.nextFlushMs),
          told: Object.fromEntries(
            Object.entries(group.told).map(([who, told]) => [
              who,
              { atMs: notLater(told.atMs), firing: clampedTimes(told.firing, notLater) },
            ]),
          ),
        },
      ]),
    ),
    flapping: Object.fromEntries(
      Object.entries(state.flapping).map(([id, history]) => [
        id,
        {
          ...history,
          firedAtMs: history.firedAtMs.map(notLater),
          ...(history.quietSinceMs === undefined
            ? {}
            : { quietSinceMs: notLater(history.quietSinceMs) }),
        },
      ]),
    ),
    topology: topologySetBack(state.topology, nowMs),
    outbox: state.outbox.map((entry) => ({
      ...entry,
      notBeforeMs: Math.min(entry.notBeforeMs, clockMs + CLAIM_MS),
    })),
  };
}

function clampedTimes(
  times: Readonly<Record<string, number>>,
  notLater: (timeMs: number) => number,
): Record<string, number> {
  return Object.fromEntries(Object.entries(times).map(([id, atMs]) => [id, notLater(atMs)]));
}

function clamped(alert: AlertInstance, notLater: (timeMs: number) => number): AlertInstance {
  const { firedAtMs, resolvedAtMs, keepFiringSinceMs, lastSentMs } = alert;
  return {
    ...alert,
    activeAtMs: notLater(alert.activeAtMs),
    ...(firedAtMs === undefined ? {} : { firedAtMs: notLater(firedAtMs) }),
    ...(resolvedAtMs === undefined ? {} : { resolvedAtMs: notLater(resolvedAtMs) }),
    ...(keepFiringSinceMs === undefined ? {} : { keepFiringSinceMs: notLater(keepFiringSinceMs) }),
    ...(lastSentMs === undefined ? {} : { lastSentMs: notLater(lastSentMs) }),
  };
}
