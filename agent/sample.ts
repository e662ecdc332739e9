import type { Labels } from '../core/series/labels.ts';

/** What one series has at one instant; `ended` becomes Prometheus' staleness marker. */
export interface Point {
  /** Equal for equal labels; for maps. */
  readonly key: string;
  /** All labels, `__name__` and `host` included. */
  readonly labels: Labels;
  readonly value: number | 'ended';
}

/** Everything measured at one instant. No series is in it twice. */
export interface Sample {
  /** Milliseconds since 1970, whole. */
  readonly timestampMs: number;
  readonly points: readonly Point[];
}
