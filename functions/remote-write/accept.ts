import { FUTURE_LIMIT_MS } from '../../core/host-minute.ts';
import { formatLabels, type Labels, labelsKey } from '../../core/series/labels.ts';
import { bitsOf, type Series } from '../../core/series/series.ts';
import type { KeyOwner } from '../store/host-keys.ts';
import { checkLabels } from './check-labels.ts';
import type { Protocol, SentSeries } from './message.ts';
import { Rejects } from './rejects.ts';

/** What may be stored of a request, and what not. */
export interface Accepted {
  /** Distinct; timestamps rise. */
  readonly series: readonly Series[];
  /** Samples that were sent and are in `series`; one sent twice counts twice. */
  readonly sampleCount: number;
  readonly rejects: Rejects;
}

/** Which samples are within the times we keep. */
export interface Bounds {
  readonly nowMs: number;
  readonly retentionMs: number;
}

interface Collected {
  readonly labels: Labels;
  readonly samples: [timestamp: number, bits: bigint][];
}

/**
 * Sorts a request into what can be stored and what can't, each series and sample for itself: good
 * ones are never lost to bad ones beside them. Samples may come in any order, and a series in parts.
 */
export function acceptSeries(
  sent: readonly SentSeries[],
  protocol: Protocol,
  owner: KeyOwner,
  bounds: Bounds,
): Accepted {
  const rejects = new Rejects();
  const collected = new Map<string, Collected>();
  for (const one of sent) {
    const example = () => formatLabels(one.labels);
    countUnsupported(one, protocol, rejects, example);
    const labels = checkLabels(one, owner);
    if (!labels.ok) {
      // A series of nothing but a bad label is refused as well.
      if (one.timestamps.length > 0)
        rejects.addSamples(labels.error, one.timestamps.length, example);
      else rejects.add(labels.error, 1, example);
      continue;
    }
    const key = labelsKey(labels.value);
    const series = collected.get(key) ?? { labels: labels.value, samples: [] };
    collected.set(key, series);
    collectSamples(one, series, bounds, rejects);
  }
  let sampleCount = 0;
  const series: Series[] = [];
  for (const one of collected.values()) {
    const sentCount = one.samples.length;
    const before = rejects.samples;
    if (sentCount > 0) series.push(orderSamples(one, rejects));
    sampleCount += sentCount - (rejects.samples - before);
  }
  return { series, sampleCount, rejects };
}

/**
 * The 2.0 specification wants no success for exemplars that are not kept; 1.0 knows none, and its
 * senders could do nothing about it. Histograms are samples lost in either.
 */
function countUnsupported(
  one: SentSeries,
  protocol: Protocol,
  rejects: Rejects,
  example: () => string,
): void {
  rejects.add('native histograms are not supported', one.histogramCount, example);
  if (protocol === 'prometheus.WriteRequest') return;
  rejects.add('exemplars are not kept', one.exemplarCount, example);
  if (one.timestamps.length + one.histogramCount === 0)
    rejects.add('a series without samples', 1, example);
}

function collectSamples(
  one: SentSeries,
  series: Collected,
  { nowMs, retentionMs }: Bounds,
  rejects: Rejects,
): void {
  one.timestamps.forEach((timestamp, i) => {
    const example = () => `${formatLabels(series.labels)} at ${timestamp}`;
    if (timestamp > nowMs + FUTURE_LIMIT_MS)
      rejects.addSamples('out of bounds: too far in the future', 1, example);
    else if (timestamp <= nowMs - retentionMs)
      rejects.addSamples('out of bounds: older than what is kept', 1, example);
    else series.samples.push([timestamp, one.bits[i] ?? 0n]);
  });
}

/** The samples in order of time. Of two at one instant the first stays, as Prometheus has it. */
function orderSamples({ labels, samples }: Collected, rejects: Rejects): Series {
  // The sort is stable: of one instant, the sample sent first comes first.
  samples.sort(([a], [b]) => a - b);
  const kept: [number, bigint][] = [];
  for (const [timestamp, bits] of samples) {
    const last = kept.at(-1);
    if (last === undefined || last[0] !== timestamp) kept.push([timestamp, bits]);
    else if (last[1] !== bits) {
      rejects.addSamples(
        'duplicate sample for timestamp',
        1,
        () => `${formatLabels(labels)} at ${timestamp}`,
      );
    }
  }
  const values = new Float64Array(kept.length);
  bitsOf(values).set(kept.map(([, bits]) => bits));
  return { labels, timestamps: Float64Array.from(kept, ([timestamp]) => timestamp), values };
}
