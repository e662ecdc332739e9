import type { Matcher } from '../../core/promql/source.ts';

/** What one selector of a query wants: series of these labels, with their samples of this time. */
export interface Selection {
  readonly matchers: readonly Matcher[];
  readonly fromMs: number;
  readonly toMs: number;
  /** Of a range vector; absent for an instant vector. */
  readonly rangeMs?: number;
  /** Between the instants it is evaluated at; absent where there is one only. */
  readonly stepMs?: number;
  /** Are samples asked for as they came, and points only where these are not kept? */
  readonly asItCame?: boolean;
  /** The coarsest tier that may answer, also where nothing finer is kept. */
  readonly coarsest?: 'raw' | 'minute';
  /** Is of each series only the newest sample looked at, and that at `toMs`? */
  readonly newestOnly?: true;
  /** Where the samples lie that are looked at, if that is not all of the time. */
  readonly windows?: Windows;
}

/** Windows of one length, one for each step; the first begins where the selection does. */
interface Windows {
  readonly firstFromMs: number;
  readonly lengthMs: number;
  readonly everyMs: number;
}

/** A span of time, both ends included. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The spans of time within `[fromMs, toMs]` that a selection looks at. */
export function spansOf(selection: Selection, fromMs: number, toMs: number): Span[] {
  const first = Math.max(selection.fromMs, fromMs);
  const last = Math.min(selection.toMs, toMs);
  if (last < first) return [];
  if (selection.windows === undefined) return [{ fromMs: first, toMs: last }];
  const { firstFromMs, lengthMs, everyMs } = selection.windows;
  const spans: Span[] = [];
  const skipped = Math.max(0, Math.ceil((first - firstFromMs - lengthMs) / everyMs));
  for (let startMs = firstFromMs + skipped * everyMs; startMs <= last; startMs += everyMs) {
    spans.push({ fromMs: Math.max(startMs, first), toMs: Math.min(startMs + lengthMs, last) });
  }
  return spans;
}
