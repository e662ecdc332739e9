import type { Result } from '../result.ts';
import { type Labels, labelsKey, labelValue, withLabels, withoutLabels } from '../series/labels.ts';
import type { MonotonicityFix } from './annotations.ts';
import type { PromqlError } from './ast.ts';
import { type Block, BlockBuilder, dropMetricName, mergeEqualRows } from './block.ts';
import { formatGeneral, parseFloatText } from './literals.ts';

/** One bucket of a classic histogram: how many observations were at most `upperBound`. */
interface Bucket {
  readonly upperBound: number;
  count: number;
}

/** Rows that are the buckets of one histogram. */
interface Histogram {
  readonly labels: Labels;
  readonly rows: { readonly row: number; readonly upperBound: number }[];
}

/**
 * A number from every classic histogram of a vector (series that differ in the label `le` alone),
 * at every step. `extraLabels` are set on the result. A series whose `le` is no number is left out.
 */
export function ofHistograms(
  block: Block,
  of: (buckets: Bucket[], step: number, labels: Labels) => number,
  onBadBound: (bound: string, labels: Labels) => void,
  extraLabels: Readonly<Record<string, string>> = {},
): Result<Block, PromqlError> {
  const { steps } = block;
  const histograms = groupBuckets(block, onBadBound);
  const out = new BlockBuilder(histograms.length, steps);
  for (const { labels, rows } of histograms) {
    for (let step = 0; step < steps; step++) {
      const buckets: Bucket[] = [];
      for (const { row, upperBound } of rows) {
        const cell = row * steps + step;
        if (block.present[cell] === 1)
          buckets.push({ upperBound, count: block.values[cell] ?? Number.NaN });
      }
      if (buckets.length === 0) continue;
      out.values[out.base + step] = of(buckets, step, labels);
      out.present[out.base + step] = 1;
    }
    out.commit(withLabels(dropMetricName(labels), extraLabels));
  }
  return mergeEqualRows(out.finish(false));
}

function groupBuckets(
  block: Block,
  onBadBound: (bound: string, labels: Labels) => void,
): Histogram[] {
  const byKey = new Map<string, Histogram>();
  for (const [row, rowLabels] of block.labels.entries()) {
    const bound = labelValue(rowLabels, 'le');
    const upperBound = parseFloatText(bound) ?? Number.NaN;
    if (Number.isNaN(upperBound)) {
      onBadBound(bound, rowLabels);
      continue;
    }
    const labels = withoutLabels(rowLabels, (name) => name === 'le');
    const key = labelsKey(labels);
    const histogram = byKey.get(key) ?? { labels, rows: [] };
    histogram.rows.push({ row, upperBound });
    byKey.set(key, histogram);
  }
  return [...byKey.values()];
}

/**
 * The q-quantile, interpolated linearly inside its bucket. NaN without a +Inf bucket, with fewer
 * than two buckets or no observations. Source: prometheus/promql/quantile.go, `BucketQuantile`.
 */
export function bucketQuantile(
  q: number,
  buckets: Bucket[],
  onFix?: (fix: MonotonicityFix) => void,
): number {
  if (Number.isNaN(q)) return Number.NaN;
  if (q < 0) return Number.NEGATIVE_INFINITY;
  if (q > 1) return Number.POSITIVE_INFINITY;
  const merged = ordered(buckets);
  if (merged === undefined) return Number.NaN;
  const fix = makeMonotonic(merged);
  if (fix !== undefined) onFix?.(fix);
  const last = merged.length - 1;
  const observations = merged[last]?.count ?? 0;
  if (last < 1 || observations === 0) return Number.NaN;
  let rank = q * observations;
  const place = searchRank(merged, rank);
  const bucket = merged[place];
  const below = merged[place - 1];
  if (place === last) return below?.upperBound ?? Number.NaN;
  if (bucket === undefined) return Number.NaN;
  if (below === undefined && bucket.upperBound <= 0) return bucket.upperBound;
  const start = below?.upperBound ?? 0;
  const countBelow = below?.count ?? 0;
  rank -= countBelow;
  return start + (bucket.upperBound - start) * (rank / (bucket.count - countBelow));
}

/** The first bucket but the last that reaches a rank, else the last: a binary search, as Go's. */
function searchRank(buckets: readonly Bucket[], rank: number): number {
  let low = 0;
  let high = buckets.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    // Counts may be NaN: what is found then depends on searching the same way.
    if ((buckets[middle]?.count ?? Number.NaN) >= rank) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * The fraction of observations between two values, interpolated as for quantiles.
 * Source: the same file, `BucketFraction`.
 */
export function bucketFraction(lower: number, upper: number, buckets: Bucket[]): number {
  const merged = ordered(buckets);
  const total = merged?.at(-1)?.count ?? 0;
  if (merged === undefined || total === 0 || Number.isNaN(lower) || Number.isNaN(upper))
    return Number.NaN;
  if (lower >= upper) return 0;
  return (rankOf(upper, merged, total) - rankOf(lower, merged, total)) / total;
}

/** How many observations lie below a value. */
function rankOf(value: number, buckets: readonly Bucket[], total: number): number {
  let rank = 0;
  let start = (buckets[0]?.upperBound ?? 0) <= 0 ? Number.NEGATIVE_INFINITY : 0;
  for (const { upperBound, count } of buckets) {
    if (start >= value) return Math.min(rank, total);
    if (upperBound > value) {
      // A bucket without a lower end cannot be cut: all of it counts.
      const inside =
        start === Number.NEGATIVE_INFINITY
          ? count
          : rank + ((count - rank) * (value - start)) / (upperBound - start);
      return Math.min(inside, total);
    }
    rank = count;
    start = upperBound;
  }
  return total;
}

/** Buckets by rising bound, equal bounds added up; undefined when the +Inf bucket is missing. */
function ordered(buckets: Bucket[]): Bucket[] | undefined {
  buckets.sort((a, b) => (a.upperBound < b.upperBound ? -1 : a.upperBound > b.upperBound ? 1 : 0));
  if (buckets.at(-1)?.upperBound !== Number.POSITIVE_INFINITY) return undefined;
  const merged: Bucket[] = [];
  for (const bucket of buckets) {
    const last = merged.at(-1);
    if (last?.upperBound === bucket.upperBound) last.count += bucket.count;
    else merged.push({ ...bucket });
  }
  return merged;
}

const DELTA_TOLERANCE = 1e-12; // rounding in sums and rates stays well below

/** Counts that fall from one bucket to the next (scrapes are not atomic) are lifted; says which. */
function makeMonotonic(buckets: Bucket[]): MonotonicityFix | undefined {
  let fix: MonotonicityFix | undefined;
  let previous = buckets[0]?.count ?? 0;
  for (const bucket of buckets) {
    const { count, upperBound } = bucket;
    if (almostEqual(previous, count)) {
      bucket.count = previous;
    } else if (count < previous) {
      bucket.count = previous;
      fix = {
        minBound: fix?.minBound ?? upperBound,
        maxBound: upperBound,
        maxFall: Math.max(fix?.maxFall ?? 0, previous - count),
      };
    } else previous = count;
  }
  return fix;
}

const MIN_NORMAL = 2.2250738585072014e-308;

function almostEqual(a: number, b: number): boolean {
  if (a === b) return true;
  const sum = Math.abs(a) + Math.abs(b);
  const difference = Math.abs(a - b);
  if (a === 0 || b === 0 || sum < MIN_NORMAL) return difference < DELTA_TOLERANCE * MIN_NORMAL;
  return difference / Math.min(sum, Number.MAX_VALUE) < DELTA_TOLERANCE;
}

/** A float as OpenMetrics writes it: always with a fraction or an exponent. */
export function formatOpenMetrics(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const text = formatGeneral(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}
