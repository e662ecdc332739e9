import type { Cursor } from './cursor.ts';
import { bounded, type TimeSpan } from './range.ts';
import { nearestIndex } from './scale.ts';

interface Keyed {
  readonly timesMs: readonly number[];
  readonly range: TimeSpan;
  readonly cursor: Cursor;
  readonly onZoom?: (span: TimeSpan) => void;
  readonly onZoomOut?: () => void;
}

const STRIDE = 10;

/**
 * Keys of a chart that has the focus: arrows move the cursor (with Shift ten points), Home and End go to either end,
 * `+` and `-` zoom about it, Escape takes it away, Backspace goes back a zoom.
 */
export function useKeys(keyed: Keyed): (event: KeyboardEvent) => void {
  return (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { cursor, timesMs } = keyed;
    const moved = movedIndex(event, timesMs, cursor.peek());
    if (moved !== undefined) cursor.value = timesMs[moved];
    else if (event.key === 'Escape') cursor.value = undefined;
    else if (event.key === '+' || event.key === '=') keyed.onZoom?.(zoomed(keyed, 0.5));
    else if (event.key === '-') keyed.onZoom?.(zoomed(keyed, 2));
    else if (event.key === 'Backspace') keyed.onZoomOut?.();
    else return;
    event.preventDefault();
  };
}

function movedIndex(
  { key, shiftKey }: KeyboardEvent,
  timesMs: readonly number[],
  atMs: number | undefined,
): number | undefined {
  const last = timesMs.length - 1;
  if (last < 0) return undefined;
  if (key === 'Home') return 0;
  if (key === 'End') return last;
  const way = key === 'ArrowRight' || key === 'ArrowUp' ? 1 : key.startsWith('Arrow') ? -1 : 0;
  if (way === 0) return undefined;
  // The first key puts it where the newest is.
  if (atMs === undefined) return last;
  const to = nearestIndex(timesMs, atMs) + way * (shiftKey ? STRIDE : 1);
  return Math.min(Math.max(to, 0), last);
}

/** About the cursor, which stays where it is; about the middle where there is none. */
function zoomed({ range, cursor }: Keyed, factor: number): TimeSpan {
  const lengthMs = range.toMs - range.fromMs;
  const aboutMs = cursor.peek() ?? range.fromMs + lengthMs / 2;
  const share = Math.min(Math.max((aboutMs - range.fromMs) / lengthMs, 0), 1);
  const fromMs = aboutMs - share * lengthMs * factor;
  return bounded({ fromMs, toMs: fromMs + lengthMs * factor });
}
