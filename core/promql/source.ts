import type { Series } from '../series/series.ts';

/** One condition of a selector: `host=~"web.*"`. Patterns are anchored at both ends. */
export interface Matcher {
  readonly name: string;
  readonly op: '=' | '!=' | '=~' | '!~';
  readonly value: string;
  /** Does a label value satisfy it? An absent label counts as `''`. Never hangs, on any pattern. */
  readonly matches: (value: string) => boolean;
}

/**
 * Where the engine reads samples from. `select` gives every series that satisfies all matchers
 * (the metric name is the label `__name__`) with at least its samples in `[fromMs, toMs]`; samples
 * outside are allowed, staleness markers included and left for the engine to heed.
 */
export interface SampleSource {
  readonly select: (
    matchers: readonly Matcher[],
    fromMs: number,
    toMs: number,
  ) => readonly Series[];
}
