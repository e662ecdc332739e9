import { createHandler } from '../../functions/evaluate/handler.ts';

/*
 * The evaluator in a process of its own, as a Lambda has it: the parent says for which time to tick, and hears what it
 * took. Its clock stands at that time, so that an hour of ticks takes minutes.
 */

/** What a tick took, of this process alone. */
export interface TickTook {
  /** CPU time of all threads: where a function has one vCPU it is the least time there is. */
  readonly cpuMs: number;
  readonly wallMs: number;
  /** Held after a full collection of garbage: heap and buffers. */
  readonly liveBytes: number;
  /** The most memory the process ever had. */
  readonly peakBytes: number;
  readonly firing: number;
  /** A line each. */
  readonly errors: readonly string[];
  /** Why there was no tick; what it had read by then it keeps, as in a Lambda whose call failed. */
  readonly failed?: string;
}

const handler = createHandler(process.env);

process.on('message', async (tickMs: number) => {
  Date.now = () => tickMs;
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  const report = await tick(tickMs);
  const { user, system } = process.cpuUsage(cpu);
  const wallMs = performance.now() - startedMs;
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  const took: TickTook = {
    ...report,
    cpuMs: (user + system) / 1000,
    wallMs,
    liveBytes: heapUsed + external,
    peakBytes: process.resourceUsage().maxRSS * 1024,
  };
  process.send?.(took);
});

async function tick(tickMs: number): Promise<Pick<TickTook, 'firing' | 'errors' | 'failed'>> {
  try {
    const { firing, errors } = await handler(tickMs);
    return { firing: firing.length, errors };
  } catch (error) {
    return {
      firing: 0,
      errors: [],
      failed: error instanceof Error ? error.message : String(error),
    };
  }
}
