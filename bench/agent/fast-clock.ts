import { writeFileSync } from 'node:fs';
import timers from 'node:timers/promises';

/*
 * Built into an agent that lives a day in minutes: whenever it would wait for its next sample, both its
 * clocks jump to the end of that wait. Time limits of what is under way stay real ones.
 */

/** How much shorter such a wait is. */
const SPEED = Number(process.env['HYPERVIGIL_SOAK_SPEED'] ?? 1);
/** Gets the bytes of JavaScript's heap in use, the least since the last time. */
const HEAP_FILE = process.env['HYPERVIGIL_SOAK_HEAP'];
const HEAP_EVERY_MS = 15 * 60_000;

const realNow = Date.now.bind(Date);
const realMonotonic = performance.now.bind(performance);
const realSleep = timers.setTimeout;
let aheadMs = 0;
let leastHeapBytes = Number.POSITIVE_INFINITY;
let heapDueMs = 0;

Date.now = () => realNow() + Math.trunc(aheadMs);
Object.defineProperty(performance, 'now', { value: () => realMonotonic() + aheadMs });
Object.defineProperty(timers, 'setTimeout', {
  value: async <T>(ms = 0, value?: T, options?: Parameters<typeof realSleep>[2]) => {
    const untilMs = performance.now() + ms;
    const slept = await realSleep(ms / SPEED, value, options);
    // Samples go on meanwhile: only their waiting makes time pass.
    while (performance.now() < untilMs) await realSleep(1, value, options);
    return slept;
  },
});

/** In place of `setTimeout` where the agent waits for its next sample. */
export function pacedTimeout(end: () => void, ms: number): NodeJS.Timeout {
  const untilMs = performance.now() + ms;
  return setTimeout(() => {
    aheadMs = Math.max(aheadMs, untilMs - realMonotonic());
    noteHeap();
    end();
  }, ms / SPEED);
}

function noteHeap(): void {
  if (HEAP_FILE === undefined) return;
  leastHeapBytes = Math.min(leastHeapBytes, process.memoryUsage().heapUsed);
  if (performance.now() < heapDueMs) return;
  heapDueMs = performance.now() + HEAP_EVERY_MS;
  writeFileSync(HEAP_FILE, String(leastHeapBytes));
  leastHeapBytes = Number.POSITIVE_INFINITY;
}
