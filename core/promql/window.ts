import type { Summary } from '../series/series.ts';

/**
 * One window of one series: samples `from` to `to` (exclusive) of the columns; never empty. One
 * object is used for all windows: read it, do not keep it.
 */
export interface Window {
  timestamps: Float64Array;
  values: Float64Array;
  /** Where samples stand for many. */
  summary: Summary | undefined;
  from: number;
  to: number;
  /** Where the selector's range begins and ends; samples beyond are there for `extended` ones. */
  startMs: number;
  endMs: number;
  /** The evaluation time, from which `endMs` differs by offset and `@`. */
  evalMs: number;
  step: number;
  /** How the ends of the range are treated, when not by extrapolation. */
  extended: 'anchored' | 'smoothed' | undefined;
}
