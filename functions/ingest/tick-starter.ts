import { invoke } from './invoke.ts';

/** Asks for a tick that sees all that is stored by now. May reject. */
export type StartTick = () => Promise<void>;

/** Between two ticks that one warm function asks for. */
const TICK_GAP_MS = 5000;

/** A post must not fail because Lambda is slow: the next scheduled tick will see it. */
const INVOKE_WITHIN_MS = 2000;

/**
 * At most one start each 5 s. What comes within them waits for the next one, all of it for the same: the
 * answer to its post is late by that, but nothing that was stored is left for the schedule.
 */
export function paced(
  start: StartTick,
  sleep: (ms: number) => Promise<void>,
  monotonicMs: () => number,
): StartTick {
  let startedMs = Number.NEGATIVE_INFINITY;
  let waiting: Promise<void> | undefined;
  const startNow = (): Promise<void> => {
    // Who comes from here on may have stored too late for this one.
    waiting = undefined;
    startedMs = monotonicMs();
    return start();
  };
  return () => {
    if (waiting !== undefined) return waiting;
    const waitMs = startedMs + TICK_GAP_MS - monotonicMs();
    if (waitMs <= 0) return startNow();
    waiting = sleep(waitMs).then(startNow);
    return waiting;
  };
}

/** Starts the evaluator's function, and does not wait for its end. */
export function lambdaTicks(functionName: string, nowMs: () => number): StartTick {
  return async () => {
    const event = { storedTime: new Date(nowMs()).toISOString() };
    const Payload = JSON.stringify(event);
    const call = { FunctionName: functionName, InvocationType: 'Event', Payload } as const;
    await invoke(call, INVOKE_WITHIN_MS);
  };
}
