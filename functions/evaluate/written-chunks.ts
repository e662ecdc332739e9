import type { GroupWritten } from '../../core/alerting/evaluate-groups.ts';
import { encodeChunk } from '../../core/chunk/encode.ts';
import { MAX_CHUNK_BYTES, MAX_SERIES } from '../../core/chunk/format.ts';
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
    for (const series of encodable(seriesOf(groups))) {
      chunks.push({
        writer: senderSortKey(EVALUATOR_SENDER, `${tickMs}-${chunks.length}`),
        minute,
        bytes: series.bytes,
        firstMs: Math.min(...groups.map(({ atMs }) => atMs)),
        sampleCount: series.sampleCount,
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

/** The series in as few chunks as an item's size allows. */
function encodable(series: readonly Series[]): { bytes: Uint8Array; sampleCount: number }[] {
  if (series.length === 0) return [];
  if (series.length <= MAX_SERIES) {
    const bytes = encodeChunk(series);
    const fits = bytes.length <= MAX_CHUNK_BYTES && decodedFits(series);
    if (fits || series.length === 1) return [{ bytes, sampleCount: countSamples(series) }];
  }
  const half = series.length >> 1;
  return [...encodable(series.slice(0, half)), ...encodable(series.slice(half))];
}

/** Label texts alone: a chunk deflates so well that its body may be too large where its bytes are few. */
const MAX_TEXT_CHARS = 1 << 20;

function decodedFits(series: readonly Series[]): boolean {
  let chars = 0;
  for (const { labels } of series) for (const text of labels) chars += text.length;
  return chars <= MAX_TEXT_CHARS;
}
