import { type ChartGrid, gridEndMs, gridOf, type TimeSpan, tailMs } from './range.ts';

/** A series over the instants of a grid: `null` where there is no sample. */
export interface Line {
  readonly labels: Readonly<Record<string, string>>;
  readonly values: readonly (number | null)[];
}

/** One series of a matrix as Prometheus' API writes it: seconds since 1970, and the value as text. */
export interface MatrixSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly values?: readonly (readonly [number, string])[];
}

/** Lines over one grid. */
export interface Lines {
  readonly grid: ChartGrid;
  readonly lines: readonly Line[];
}

/** A matrix, aligned. What is no finite number (`NaN`, `+Inf`) has no place in a chart: it is missing. */
export function alignMatrix(matrix: readonly MatrixSeries[], grid: ChartGrid): Line[] {
  return matrix.map(({ metric, values = [] }) => {
    const aligned = new Array<number | null>(grid.count).fill(null);
    for (const [seconds, text] of values) {
      const i = Math.round((seconds * 1000 - grid.startMs) / grid.stepMs);
      const value = Number(text);
      if (i >= 0 && i < grid.count && Number.isFinite(value)) aligned[i] = value;
    }
    return { labels: metric, values: withWholeHours(aligned, grid.stepMs) };
  });
}

const HOUR_MS = 3_600_000;

/**
 * Where points of a minute are not kept any more, averages of some minutes find the points of an hour: one value, then
 * nothing up to the next. Such a value is that of its whole hour, and no gap is in it.
 */
function withWholeHours(values: readonly (number | null)[], stepMs: number): (number | null)[] {
  const every = HOUR_MS / stepMs;
  // Finer steps are answered from samples, wider ones from hours.
  if (!Number.isInteger(every) || every < 2 || every > 30) return [...values];
  const filled = [...values];
  let before: number | undefined;
  for (const [i, value] of values.entries()) {
    if (value === null) continue;
    // Hours begin with the host's own phase: by a step more or less.
    if (before !== undefined && Math.abs(i - before - every) <= 1)
      filled.fill(value, before + 1, i);
    before = i;
  }
  return filled;
}

/**
 * What was known, moved on: of the times that `tail` covers its word counts, before them what was known. Both have
 * the same step.
 */
export function withTail(known: Lines, tail: Lines, grid: ChartGrid): Lines {
  const keys = new Map<string, { labels: Line['labels']; old?: Line; fresh?: Line }>();
  for (const old of known.lines) keys.set(labelsKey(old.labels), { labels: old.labels, old });
  for (const fresh of tail.lines) {
    const key = labelsKey(fresh.labels);
    keys.set(key, { ...keys.get(key), labels: fresh.labels, fresh });
  }
  const tailFrom = Math.round((tail.grid.startMs - grid.startMs) / grid.stepMs);
  const knownFrom = Math.round((known.grid.startMs - grid.startMs) / grid.stepMs);
  const lines = [...keys.values()].flatMap(({ labels, old, fresh }): Line[] => {
    const values = Array.from({ length: grid.count }, (_, i) =>
      i >= tailFrom ? (fresh?.values[i - tailFrom] ?? null) : (old?.values[i - knownFrom] ?? null),
    );
    // What has moved out of sight wholly is gone.
    return values.every((value) => value === null) ? [] : [{ labels, values }];
  });
  return { grid, lines };
}

/** May `tail` be put behind what is known without a hole between them? */
export function reachesTo(known: Lines, tail: ChartGrid): boolean {
  return (
    known.grid.stepMs === tail.stepMs && tail.startMs <= gridEndMs(known.grid) + known.grid.stepMs
  );
}

/** What is known, up to the end of a range: only what is new is asked for. */
export async function movedOn(
  known: Lines,
  span: TimeSpan,
  askFor: (grid: ChartGrid) => Promise<Lines>,
): Promise<Lines> {
  const { stepMs } = known.grid;
  const grid = gridOf(span, stepMs);
  const fromMs = gridEndMs(known.grid) - tailMs(stepMs);
  if (fromMs <= grid.startMs) return askFor(grid);
  const tail = gridOf({ fromMs, toMs: span.toMs }, stepMs);
  return reachesTo(known, tail) ? withTail(known, await askFor(tail), grid) : askFor(grid);
}

/** The same labels give the same key, whatever their order. */
function labelsKey(labels: Line['labels']): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The last value there is; `undefined`: there is none. */
export function lastValue(values: readonly (number | null | undefined)[]): number | undefined {
  return values.findLast((value) => value !== null && value !== undefined) ?? undefined;
}

/** What comes later than this is not of now: a batch holds a minute and takes some seconds. */
const NEWEST_MS = 150_000;

/** The value of now: the last one, unless it is older than what agents may be late. */
export function newestValue(
  timesMs: readonly number[],
  values: readonly (number | null | undefined)[],
): number | undefined {
  const last = timesMs.length - 1;
  const stepMs = (timesMs[last] ?? 0) - (timesMs[last - 1] ?? 0);
  const sinceMs = (timesMs[last] ?? 0) - Math.max(NEWEST_MS, 2 * stepMs);
  const at = values.findLastIndex((value) => value !== null && value !== undefined);
  return at >= 0 && (timesMs[at] ?? 0) >= sinceMs ? (values[at] ?? undefined) : undefined;
}

/** Those of a metric. A query of several metrics names them `metric` where a function took their names. */
export function linesOf({ lines }: Lines, metric: string): Line[] {
  return lines.filter(({ labels }) => metricOf(labels) === metric);
}

function metricOf(labels: Line['labels']): string | undefined {
  return labels['__name__'] ?? labels['metric'];
}

/** At each instant the sum of what there is; `null` where there is nothing. */
export function sumOf(
  lines: readonly (readonly (number | null)[])[],
  count: number,
): (number | null)[] {
  return Array.from({ length: count }, (_, i) => {
    let sum: number | null = null;
    for (const values of lines) {
      const value = values[i] ?? null;
      if (value !== null) sum = (sum ?? 0) + value;
    }
    return sum;
  });
}
