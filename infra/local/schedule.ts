/** A running schedule. */
export interface Schedule {
  /** No further run begins; resolves when the one under way is done. */
  readonly stop: () => Promise<void>;
}

/**
 * Runs a job at each multiple of the interval (60 s: each minute on the minute), never two at once:
 * a run that takes longer skips the instants it runs over. The job is told when it was due and
 * must not reject.
 */
export function startSchedule(
  intervalMs: number,
  job: (dueMs: number) => Promise<void>,
  nowMs: () => number = Date.now,
): Schedule {
  let running: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const plan = () => {
    if (stopped) return;
    const dueMs = (Math.floor(nowMs() / intervalMs) + 1) * intervalMs;
    timer = setTimeout(() => wake(dueMs), dueMs - nowMs());
  };
  const wake = (dueMs: number) => {
    // Timers may fire a moment early by the wall clock, and the clock may have been set.
    if (nowMs() < dueMs) {
      timer = setTimeout(() => wake(dueMs), Math.min(dueMs - nowMs(), intervalMs));
      return;
    }
    running = job(dueMs).finally(plan);
  };
  plan();
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
