import { phaseMs } from '../../../core/host-minute.ts';
import type { Series } from '../../../core/series/series.ts';

/**
 * When the samples of a host were there to be seen. An agent posts once a batch interval, at the
 * batch's last sample; an evaluator sees none of them before. A replay that saw each sample at its
 * own time would fire up to a minute earlier than Hypervigil does.
 */
export interface Arrival {
  /** Samples before this instant had arrived by `nowMs`. */
  readonly arrivedBefore: (nowMs: number) => number;
}

/** A post takes some 100 ms, and an evaluation begins at its instant. */
const POST_MS = 500;

/** `heard` is the host's batch interval, in seconds, at each of its samples. */
export function arrivalOf(host: string, heard: () => Series): Arrival {
  const phase = phaseMs(host);
  return {
    arrivedBefore: (nowMs) => {
      const { timestamps, values } = heard();
      const at = indexAfter(timestamps, nowMs) - 1;
      const batchMs = (values[at] ?? 0) * 1000;
      if (!(batchMs > 0)) return nowMs + 1;
      const startMs = Math.floor((nowMs - phase) / batchMs) * batchMs + phase;
      const lastOfBatch = timestamps[indexAfter(timestamps, startMs + batchMs - 1) - 1] ?? 0;
      const isPosted = lastOfBatch >= startMs && lastOfBatch + POST_MS <= nowMs;
      return isPosted ? startMs + batchMs : startMs;
    },
  };
}

/** The index of the first timestamp later than an instant. */
export function indexAfter(timestamps: Float64Array, atMs: number): number {
  let low = 0;
  let high = timestamps.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((timestamps[middle] ?? 0) <= atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
