import type { Series } from '../series/series.ts';
import { encodeChunk } from './encode.ts';
import { MAX_BODY_BYTES, MAX_CHUNK_BYTES } from './format.ts';

/** A chunk, and the series it holds. */
export interface ChunkPart {
  readonly bytes: Uint8Array;
  readonly series: readonly Series[];
}

/**
 * Series as few chunks that each fit an item, in order. A series stays whole unless it is too large
 * alone: then it is cut in time.
 */
export function encodeInParts(series: readonly Series[]): ChunkPart[] {
  return [...runs(series)].flatMap(encodeRun);
}

/**
 * Half of what a body may be: the estimate leaves out a few bytes a series. A series of a minute has
 * 60,000 samples at most, some 1.1 MB by the estimate, so any one series is within it.
 */
const MAX_RUN_BYTES = MAX_BODY_BYTES / 2;

/** Runs of series whose chunk bodies are surely within bounds. */
function* runs(series: readonly Series[]): Generator<Series[]> {
  let run: Series[] = [];
  let bytes = 0;
  for (const one of series) {
    const more = bodyBytesAtMost(one);
    if (run.length > 0 && bytes + more > MAX_RUN_BYTES) {
      yield run;
      run = [];
      bytes = 0;
    }
    run.push(one);
    bytes += more;
  }
  if (run.length > 0) yield run;
}

/** A UTF-16 unit takes up to 3 bytes; a sample up to 9 for the value and 9 for the time. */
function bodyBytesAtMost({ labels, timestamps }: Series): number {
  const characters = labels.reduce((sum, text) => sum + text.length + 1, 0);
  return 3 * characters + 18 * timestamps.length + 32;
}

/** One chunk, or the chunks of both halves when it would not fit into an item. */
function encodeRun(series: readonly Series[]): ChunkPart[] {
  const bytes = encodeChunk(series);
  if (bytes.length <= MAX_CHUNK_BYTES) return [{ bytes, series }];
  const [first, second] = halves(series);
  return [...encodeRun(first), ...encodeRun(second)];
}

function halves(series: readonly Series[]): [Series[], Series[]] {
  const [only] = series;
  if (only !== undefined && series.length === 1) {
    const middle = only.timestamps.length >> 1;
    return [[cut(only, 0, middle)], [cut(only, middle, only.timestamps.length)]];
  }
  const middle = series.length >> 1;
  return [series.slice(0, middle), series.slice(middle)];
}

/** The samples `[from, to)` of a series; the memory is shared. */
export function cut(series: Series, from: number, to: number): Series {
  if (from === 0 && to === series.timestamps.length) return series;
  return {
    labels: series.labels,
    timestamps: series.timestamps.subarray(from, to),
    values: series.values.subarray(from, to),
  };
}
