/** Jobs one after the other, at most one of them waiting. */
export interface Queue {
  /** What comes while another waits is that one's: it is told the later time. */
  readonly add: (atMs: number) => void;
  /** No further job begins; resolves when the one under way is done. */
  readonly idle: () => Promise<void>;
}

/** `job` must not reject. */
export function createQueue(job: (atMs: number) => Promise<void>): Queue {
  let running: Promise<void> | undefined;
  let waitingMs: number | undefined;
  const run = async (): Promise<void> => {
    while (waitingMs !== undefined) {
      const atMs = waitingMs;
      waitingMs = undefined;
      await job(atMs);
    }
    running = undefined;
  };
  return {
    add(atMs) {
      waitingMs = atMs;
      running ??= run();
    },
    async idle() {
      waitingMs = undefined;
      await running;
    },
  };
}
