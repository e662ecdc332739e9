import type { Labels } from '../series/labels.ts';
import { type Series, setStaleAt } from '../series/series.ts';

/** Gathers the points of one series, oldest first; one at the instant of the last replaces nothing. */
export class PointBuilder {
  readonly #timestamps: number[] = [];
  readonly #values: number[] = [];
  readonly #stale: number[] = [];

  add(timestampMs: number, value: number): void {
    if (timestampMs === this.#timestamps.at(-1)) return;
    this.#timestamps.push(timestampMs);
    this.#values.push(value);
  }

  /** A staleness marker: a number that may not survive being handed around as one. */
  addStale(timestampMs: number): void {
    if (timestampMs === this.#timestamps.at(-1)) return;
    this.#stale.push(this.#timestamps.length);
    this.#timestamps.push(timestampMs);
    this.#values.push(Number.NaN);
  }

  finish(labels: Labels): Series {
    const values = Float64Array.from(this.#values);
    for (const index of this.#stale) setStaleAt(values, index);
    return { labels, timestamps: Float64Array.from(this.#timestamps), values };
  }
}
