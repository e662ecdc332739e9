import { MINUTE_MS } from '../host-minute.ts';
import { labelsFrom } from '../series/labels.ts';
import type { Series } from '../series/series.ts';

/**
 * `up{host}`: what arrived, as a series. A host is up at an instant if it had a sample in the
 * `silentAfterMs` before it; a host not yet seen has no sample at all; one that fell silent has 0.
 */

/** What is known of a host's samples: when it had some, as far back as the window reaches. */
export interface HostSamples {
  readonly host: string;
  /** ms since 1970, rising, at least one. */
  readonly timestamps: readonly number[];
  /** Time between two posts, as the agent reports it; absent if it does not. */
  readonly batchIntervalMs: number | undefined;
}

/** A batch takes up to the post's 10 s timeout to arrive, and is retried once at least before we judge. */
const ARRIVAL_MS = 30_000;
const DEFAULT_BATCH_MS = MINUTE_MS;

/**
 * How long a host may be silent before it is not up: two batches missed, and time to arrive. With
 * the default batch of a minute, 150 s.
 */
export function silentAfterMs(batchIntervalMs: number | undefined): number {
  return 2 * batchMs(batchIntervalMs) + ARRIVAL_MS;
}

/** How long until it has missed one batch. With the default batch of a minute, 90 s. */
export function lateAfterMs(batchIntervalMs: number | undefined): number {
  return batchMs(batchIntervalMs) + ARRIVAL_MS;
}

function batchMs(batchIntervalMs = DEFAULT_BATCH_MS): number {
  return Math.max(batchIntervalMs, 10_000);
}

/** One host's `up`, a sample a minute from `fromMs` to `toMs`, the last one just at `toMs`. */
export function upSeries(samples: HostSamples, fromMs: number, toMs: number): Series {
  const silent = silentAfterMs(samples.batchIntervalMs);
  const first = samples.timestamps[0] ?? Number.POSITIVE_INFINITY;
  const timestamps: number[] = [];
  const values: number[] = [];
  const count = Math.floor((toMs - fromMs) / MINUTE_MS);
  let seen = 0;
  for (let minutesAgo = count; minutesAgo >= 0; minutesAgo--) {
    const at = toMs - minutesAgo * MINUTE_MS;
    if (at < first) continue;
    while ((samples.timestamps[seen + 1] ?? Number.POSITIVE_INFINITY) <= at) seen++;
    timestamps.push(at);
    values.push(at - (samples.timestamps[seen] ?? 0) < silent ? 1 : 0);
  }
  return {
    labels: labelsFrom({ __name__: 'up', host: samples.host }),
    timestamps: Float64Array.from(timestamps),
    values: Float64Array.from(values),
  };
}
