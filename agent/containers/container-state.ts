import type { InspectedContainer, WasStopped } from './runtime-api.ts';

/** As the label `state` of `container_state`. */
export type ContainerState = 'created' | 'running' | 'paused' | 'restarting' | 'exited' | 'crashed';

const STATES: Readonly<Record<string, ContainerState>> = {
  created: 'created',
  configured: 'created',
  initialized: 'created',
  running: 'running',
  stopping: 'running',
  paused: 'paused',
  restarting: 'restarting',
};

/** What `docker stop` and a shutdown leave behind: 128 + SIGKILL, 128 + SIGTERM. */
const STOP_CODES = new Set([137, 143]);

/** An end that nobody saw is news for a day; older ones were left lying on purpose. */
const NEWS_MS = 24 * 3_600_000;

/** The state a runtime tells, in one word of ours; how one ended is another question. */
export function stateOf(told: string): ContainerState {
  return STATES[told] ?? 'exited';
}

/** Can it only have been a crash if nobody asked it to end? An exit code of 0 says that all is well. */
export function needsReason({ exitCode, startedAtMs }: InspectedContainer): boolean {
  return exitCode !== 0 && startedAtMs > 0;
}

/**
 * How a container ended that `needsReason`. What its runtime remembers of a stop comes first. An end
 * that this agent did not see (`seenRunning`) and that is old is nobody's news. Where nobody knows, the
 * exit code of a stop is believed to be one.
 */
export function howItEnded(
  { exitCode, oomKilled, finishedAtMs }: InspectedContainer,
  wasStopped: WasStopped,
  seenRunning: boolean,
  nowMs: number,
): 'exited' | 'crashed' {
  if (wasStopped === 'yes') return 'exited';
  if (!seenRunning && nowMs - finishedAtMs > NEWS_MS) return 'exited';
  if (oomKilled || wasStopped === 'no') return 'crashed';
  return STOP_CODES.has(exitCode) ? 'exited' : 'crashed';
}
