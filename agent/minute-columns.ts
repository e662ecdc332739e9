import { encodeChunk } from '../core/chunk/encode.ts';
import type { Labels } from '../core/series/labels.ts';
import { type Series, setStaleAt } from '../core/series/series.ts';
import type { Sample } from './sample.ts';

interface Column {
  readonly labels: Labels;
  readonly timestamps: number[];
  /** `NaN` at the places in `endings`. */
  readonly values: number[];
  readonly endings: number[];
}

/** The samples of one host-minute by series, as a chunk wants them. */
export class MinuteColumns {
  readonly #columns = new Map<string, Column>();
  #lastMs = 0;
  #sampleCount = 0;

  /** Takes a sample; throws if it is not after the one before. */
  add({ timestampMs, points }: Sample): void {
    if (timestampMs <= this.#lastMs) {
      throw new Error(`sample at ${timestampMs} is not after the one at ${this.#lastMs}`);
    }
    this.#lastMs = timestampMs;
    for (const { key, labels, value } of points) {
      let column = this.#columns.get(key);
      if (column === undefined) {
        column = { labels, timestamps: [], values: [], endings: [] };
        this.#columns.set(key, column);
      }
      if (value === 'ended') column.endings.push(column.values.length);
      column.timestamps.push(timestampMs);
      column.values.push(value === 'ended' ? Number.NaN : value);
    }
    this.#sampleCount += points.length;
  }

  toChunk(): Uint8Array {
    return encodeChunk([...this.#columns.values()].map(seriesOf));
  }

  /** The last instant, ms since 1970; 0 where there is none. */
  get lastMs(): number {
    return this.#lastMs;
  }

  /** Values in it. */
  get sampleCount(): number {
    return this.#sampleCount;
  }
}

function seriesOf({ labels, timestamps, values, endings }: Column): Series {
  const typed = Float64Array.from(values);
  for (const index of endings) setStaleAt(typed, index);
  return { labels, timestamps: Float64Array.from(timestamps), values: typed };
}
