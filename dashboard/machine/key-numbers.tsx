import type { JSX } from 'preact';
import { metricsExpr, type Selector } from '../chart/expressions.ts';
import { type Lines, linesOf, newestValue } from '../chart/lines.ts';
import { gridTimes, PRESETS, stepsOf } from '../chart/range.ts';
import { useLines } from '../chart/use-lines.ts';
import type { TimeRange } from '../chart/use-time-range.ts';
import { formatValue, type Unit } from '../format/unit.ts';

/** A number of now: of all series of some metrics the sum, or of the greatest alone. */
export interface KeyNumber {
  readonly title: string;
  readonly unit: Unit;
  readonly metrics: readonly string[];
  readonly of: 'sum' | 'greatest';
}

interface KeyNumbersProps {
  readonly numbers: readonly KeyNumber[];
  readonly selector: Selector;
  readonly range: TimeRange;
  /** What its charts show: of a range that ends now, and is fine enough, no more is asked for. */
  readonly lines: Lines | undefined;
}

/** What a machine does now, whatever time is looked at, in one row: what is read first. */
export function KeyNumbers({ numbers, selector, range, lines }: KeyNumbersProps): JSX.Element {
  const isNow = range.isLive && range.steps.stepMs <= FINE_MS;
  const recent = useRecent(isNow ? [] : numbers.flatMap(({ metrics }) => metrics), selector, range);
  const known = isNow ? lines : recent;
  return (
    <dl class="key-numbers">
      {numbers.map(({ title, unit, ...number }) => (
        <div key={title}>
          <dt>{title}</dt>
          <dd>{known === undefined ? '\u00a0' : formatValue(keyNumberOf(number, known), unit)}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Of coarser steps the last one tells of what was long ago: of a machine that is down, that it works. */
const FINE_MS = 60_000;

/** The last quarter of an hour, 9 read units: shared with whoever looks at it. */
function useRecent(
  metrics: readonly string[],
  selector: Selector,
  range: TimeRange,
): Lines | undefined {
  const toMs = Date.now();
  const span = { fromMs: toMs - PRESETS['15m'], toMs };
  const steps = stepsOf(span);
  const expr = metrics.length === 0 ? '' : metricsExpr(metrics, selector, steps);
  return useLines(expr, { ...range, span, steps, isLive: true, preset: '15m' }, steps).data;
}

/** `undefined`: nothing of it is new enough to be of now. */
export function keyNumberOf(
  { metrics, of }: Pick<KeyNumber, 'metrics' | 'of'>,
  lines: Lines,
): number | undefined {
  const timesMs = gridTimes(lines.grid);
  const values = metrics
    .flatMap((metric) => linesOf(lines, metric))
    .flatMap((line) => newestValue(timesMs, line.values) ?? []);
  if (values.length === 0) return undefined;
  return of === 'sum' ? values.reduce((sum, value) => sum + value, 0) : Math.max(...values);
}
