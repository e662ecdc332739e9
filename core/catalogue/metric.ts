/** What a metric is: the one place its name, unit, meaning and source are written down. */
export interface Metric {
  /** Prometheus name; the unit comes last in it. */
  readonly name: string;
  readonly unit:
    | 'percent'
    | 'bytes'
    | 'bytes_per_second'
    | 'per_second'
    | 'seconds'
    | 'count'
    | 'celsius'
    | 'state'
    | 'info';
  /** One sentence, for help texts and docs. */
  readonly help: string;
  /** Labels beside `host` (and, for a VM, `vm` and `uuid`). */
  readonly labels: readonly string[];
  /** Where the number comes from, and by which formula. */
  readonly source: string;
  /**
   * The step the agent rounds to, in the metric's unit: no finer than the number means anything.
   * A sample costs bytes by its digits, and bytes are the running cost.
   */
  readonly resolution: number;
}

/** A value rounded to a metric's resolution. Halves go up; `undefined` stays: missing is not zero. */
export function roundTo(resolution: number, value: number): number {
  // Division by a whole number is exact to the last bit where multiplication by 0.01 is not.
  if (resolution >= 1) return Math.round(value / resolution) * resolution;
  const perUnit = Math.round(1 / resolution);
  return Math.round(value * perUnit) / perUnit;
}
