import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * How long all calls of the table together may take of a function's run, in ms, whatever they retry. Below
 * the function's own timeout, by what it does beside, so that it is never cut off but says what it lacks:
 *
 * | function     | timeout | beside the table                                                            |
 * |--------------|---------|-----------------------------------------------------------------------------|
 * | ingest       |    10 s | until 9 s the start of a tick for an urgent batch; agents wait 10 s          |
 * | remote write |    20 s | 5 s of decoding and packing                                                 |
 * | enrol        |    20 s | nothing; agents wait 20 s                                                   |
 * | install      |     8 s | reading files; whoever calls it waits 8.5 s                                 |
 * | query API    |    30 s | arithmetic ends with the query's own 25 s                                   |
 * | evaluate     |    55 s | delivering ends `SETTLE_MS` before the run does                             |
 * | compact      |   900 s | decoding and encoding; a run takes nothing new in its last minute           |
 */
export const PATIENCE_MS = {
  ingest: 4000,
  /** Where ticks run in the same process, and may keep it busy for seconds; agents wait 10 s there too. */
  ingestEmbedded: 8000,
  remoteWrite: 12_000,
  enrol: 12_000,
  install: 5000,
  api: 25_000,
  /** Of all a run does: two ticks, where the first leaves something for seconds. */
  evaluate: 50_000,
  /** Of that: reading what one tick decides on. */
  evaluateRead: 30_000,
  /** Of that: what is left, however long delivering takes, to note what was delivered. */
  evaluateSettle: 8000,
  /** Beyond a run's own end, which it looks at before each hour it takes. */
  compactExtra: 15_000,
} as const;

const ends = new AsyncLocalStorage<number>();

/**
 * Does work whose calls of the table must all be over within a time: from then on those under way fail, and
 * further ones at once. Within work that has less time it has that.
 */
export function withPatience<T>(withinMs: number, work: () => Promise<T>): Promise<T> {
  const endMs = performance.now() + Math.min(withinMs, patienceLeftMs());
  return ends.run(endMs, work);
}

/** Time that calls of the table have left here, 0 or less if none; `Infinity` where nobody set any. */
export function patienceLeftMs(): number {
  const endMs = ends.getStore();
  return endMs === undefined ? Number.POSITIVE_INFINITY : endMs - performance.now();
}
