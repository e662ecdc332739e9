import { useRef } from 'preact/hooks';
import { ask } from '../api/client.ts';
import { type Polled, usePolled } from '../api/poll.ts';
import { alignMatrix, type Lines, type MatrixSeries, movedOn } from './lines.ts';
import { type ChartGrid, followEveryMs, gridEndMs, gridOf, type Steps } from './range.ts';
import type { TimeRange } from './use-time-range.ts';

/** What a batch brings that came late is seen after this time at the latest: then all is asked for anew. */
const WHOLE_EVERY_MS = 10 * 60_000;

interface Known {
  readonly key: string;
  readonly lines: Lines;
  readonly wholeAtMs: number;
}

/**
 * What an expression gives over a range, each series aligned to the range's steps. Where the range follows, only its end
 * is asked for again, every 30 s or each step: of one host some 3 to 5 read units.
 *
 * @param expr `''`: nothing is asked (yet)
 * @param offsetMs asks for the same range so much earlier, and has it at the times of now
 */
export function useLines(
  expr: string,
  { span, isLive, preset }: TimeRange,
  steps: Steps,
  offsetMs = 0,
): Polled<Lines> {
  const known = useRef<Known>();
  const times = isLive ? preset : `${span.fromMs}-${span.toMs}`;
  const key = expr === '' ? '' : `lines ${times} ${steps.stepMs} ${offsetMs} ${expr}`;
  const lengthMs = span.toMs - span.fromMs;
  const load = async (signal: AbortSignal): Promise<Lines> => {
    const nowMs = Date.now();
    const shown = isLive ? { fromMs: nowMs - lengthMs, toMs: nowMs } : span;
    const before = known.current?.key === key ? known.current : undefined;
    const isWhole = before === undefined || nowMs - before.wholeAtMs > WHOLE_EVERY_MS;
    const lines = isWhole
      ? await askLines(expr, gridOf(shown, steps.stepMs), steps, offsetMs, signal)
      : await movedOn(before.lines, shown, (grid) => askLines(expr, grid, steps, offsetMs, signal));
    known.current = { key, lines, wholeAtMs: isWhole ? nowMs : before.wholeAtMs };
    return lines;
  };
  return usePolled(key, load, isLive ? followEveryMs(steps) : undefined);
}

/** Asks once for what an expression gives at the instants of a grid. */
export async function askLines(
  expr: string,
  grid: ChartGrid,
  steps: Steps,
  offsetMs: number,
  signal: AbortSignal,
): Promise<Lines> {
  const form = {
    query: expr,
    start: String((grid.startMs - offsetMs) / 1000),
    end: String((gridEndMs(grid) - offsetMs) / 1000),
    step: String(grid.stepMs / 1000),
    ...(steps.lookbackMs === undefined ? {} : { lookback_delta: `${steps.lookbackMs / 1000}s` }),
  };
  const { result } = await ask<{ readonly result: readonly MatrixSeries[] }>('api/v1/query_range', {
    form,
    signal,
  });
  const then = { ...grid, startMs: grid.startMs - offsetMs };
  return { grid, lines: alignMatrix(result, then) };
}
