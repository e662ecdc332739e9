import type { GroupWritten } from '../../core/alerting/evaluate-groups.ts';
import { encodeInParts } from '../../core/chunk/encode-in-parts.ts';
import { countSamples } from '../../core/chunk/merge.ts';
import { minuteOf } from '../../core/host-minute.ts';
import { type Labels, labelsKey } from '../../core/series/labels.ts';
import { type Series, setStaleAt } from '../../core/series/series.ts';
import type { StoredChunk } from '../store/chunks.ts';
import { EVALUATOR_SENDER, senderSortKey } from '../store/item-keys.ts';

/**
 * What the rules of a tick wrote, as chunks of the sender `evaluator`: one, unless groups look back
 * by different offsets or there is more than an item can hold.
 */
export function writtenChunks(written: readonly GroupWritten[], tickMs: number): StoredChunk[] {
  const byMinute = new Map<number, GroupWritten[]>();
  for (const group of written) {
    const minute = minuteOf(EVALUATOR_SENDER, group.atMs);
    byMinute.set(minute, [...(byMinute.get(minute) ?? []), group]);
  }
  const chunks: StoredChunk[] = [];
  for (const [minute, groups] of byMinute) {
    for (const { bytes, series } of encodeInParts(seriesOf(groups))) {
      chunks.push({
        writer: senderSortKey(EVALUATOR_SENDER, `${tickMs}-${chunks.length}`),
        minute,
        bytes,
        firstMs: Math.min(...groups.map(({ atMs }) => atMs)),
        sampleCount: countSamples(series),
      });
    }
  }
  return chunks;
}

/** One series a label set. Of two rules that write one series at one time the first wins. */
function seriesOf(groups: readonly GroupWritten[]): Series[] {
  const points = new Map<string, { labels: Labels; at: Map<number, number | 'stale'> }>();
  for (const { atMs, samples } of groups) {
    for (const { labels, value } of samples) {
      const key = labelsKey(labels);
      const known = points.get(key) ?? { labels, at: new Map<number, number | 'stale'>() };
      points.set(key, known);
      if (!known.at.has(atMs)) known.at.set(atMs, value);
    }
  }
  return [...points.values()].map(({ labels, at }) => {
    const sorted = [...at].sort(([a], [b]) => a - b);
    const values = new Float64Array(sorted.length);
    sorted.forEach(([, value], i) => {
      if (value === 'stale') setStaleAt(values, i);
      else values[i] = value;
    });
    return { labels, timestamps: Float64Array.from(sorted, ([atMs]) => atMs), values };
  });
}
