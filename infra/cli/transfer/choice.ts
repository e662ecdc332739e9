import { parseMetricSelector } from '../../../core/promql/parse.ts';
import type { Matcher } from '../../../core/promql/source.ts';
import { ok } from '../../../core/result.ts';
import { type Outcome, usage } from '../failure.ts';
import { readInstant } from '../time-text.ts';

/** Of which time, as commander hands it over. */
export interface ChoiceFlags {
  readonly from?: string;
  readonly to?: string;
  readonly match?: readonly string[];
}

/** Which samples are meant: `fromMs` is the first instant that is, `toMs` the first after them that is not. */
export interface Choice {
  readonly fromMs: number;
  readonly toMs: number;
  /** Any of these; none: all series. */
  readonly selectors: readonly (readonly Matcher[])[];
}

export function readChoice({ from, to, match = [] }: ChoiceFlags, nowMs: number): Outcome<Choice> {
  const fromMs = from === undefined ? ok(-Infinity) : readInstant('--from', from, nowMs);
  if (!fromMs.ok) return fromMs;
  const toMs = to === undefined ? ok(Infinity) : readInstant('--to', to, nowMs);
  if (!toMs.ok) return toMs;
  if (fromMs.value >= toMs.value) return usage('--from must lie before --to');
  const selectors: (readonly Matcher[])[] = [];
  for (const text of match) {
    const selector = parseMetricSelector(text);
    if (!selector.ok)
      return usage(`--match ${text}: ${selector.error.message}; give one as '{job="node"}'`);
    selectors.push(selector.value);
  }
  return ok({ fromMs: fromMs.value, toMs: toMs.value, selectors });
}
