import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { DAY_MS } from '../../core/time.ts';
import type { Polled } from '../api/poll.ts';
import { Link } from '../app/link.tsx';
import type { AlertBand } from '../chart/bands.ts';
import { Chart } from '../chart/chart.tsx';
import type { ChartThreshold } from '../chart/chart-types.ts';
import { matchersOf, metricsExpr, type Selector } from '../chart/expressions.ts';
import type { Lines } from '../chart/lines.ts';
import { gridTimes, type Steps } from '../chart/range.ts';
import type { AlertRule } from '../chart/thresholds.ts';
import { useLines } from '../chart/use-lines.ts';
import type { TimeRange } from '../chart/use-time-range.ts';
import { formatDuration } from '../format/duration.ts';
import { t } from '../i18n/language.ts';
import { Card } from '../ui/card.tsx';
import { Problem } from '../ui/problem.tsx';
import { type ChartSpec, comparedSeries, metricsOf, seriesOf } from './chart-specs.ts';
import { hasValues, marksOf } from './marks.ts';
import './machine.css';
import { MACHINE } from './messages.ts';

const WEEK_MS = 7 * DAY_MS;

/** What a machine measured: one question for all its charts, and one more for a week ago. */
export interface Measured {
  readonly now: Polled<Lines>;
  readonly weekAgo: Polled<Lines>;
}

/**
 * Asks for all metrics of a machine's charts at once: they lie in the same items. The last hour of one host is 31 read
 * units for all of them, and as many again for a week ago.
 *
 * @param more metrics that are no chart's
 */
export function useMeasured(
  specs: readonly ChartSpec[],
  more: readonly string[],
  selector: Selector,
  range: TimeRange,
  isCompared: boolean,
): Measured {
  const isAsked = Object.values(selector).every((value) => value !== '');
  const metrics = metricsOf(specs);
  const expr = isAsked ? metricsExpr([...metrics, ...more], selector, range.steps) : '';
  const then = isAsked && isCompared ? metricsExpr(metrics, selector, range.steps) : '';
  return {
    now: useLines(expr, range, range.steps),
    weekAgo: useLines(then, range, range.steps, WEEK_MS),
  };
}

interface MachineChartsProps {
  readonly specs: readonly ChartSpec[];
  /** Whose they are. */
  readonly selector: Selector;
  readonly measured: Measured;
  readonly range: TimeRange;
  readonly rules: readonly AlertRule[];
  readonly bands: readonly AlertBand[];
  /** Beside those of rules, by the chart's id. */
  readonly marks?: Readonly<Record<string, readonly ChartThreshold[]>>;
}

/** All charts of a machine, with what rules say of them drawn in. */
export function MachineCharts(props: MachineChartsProps): JSX.Element {
  const { now, weekAgo } = props.measured;
  const { data, failure, refresh, atMs } = now;
  const shown = props.specs.filter(
    (spec) => spec.isOptional !== true || data === undefined || hasAny(spec, data),
  );
  return (
    <Card
      title={t(MACHINE.charts)}
      actions={
        <>
          <StepsNote steps={props.range.steps} />
          <Link to="graph" query={{ 'g0.expr': `{${matchersOf(props.selector)}}`, 'g0.tab': '1' }}>
            {t(MACHINE.explore)}
          </Link>
        </>
      }
    >
      {failure !== undefined && <Problem failure={failure} staleMs={atMs} retry={refresh} />}
      {weekAgo.failure !== undefined && (
        <Problem failure={weekAgo.failure} retry={weekAgo.refresh} />
      )}
      <div class="machine-charts">
        {shown.map((spec) => (
          <MachineChart key={spec.id} {...props} spec={spec} />
        ))}
      </div>
    </Card>
  );
}

function hasAny(spec: ChartSpec, lines: Lines): boolean {
  return hasValues(seriesOf(spec, lines, String));
}

function MachineChart(props: MachineChartsProps & { readonly spec: ChartSpec }): JSX.Element {
  const { spec, measured, range, rules, bands } = props;
  const { data } = measured.now;
  const then = measured.weekAgo.data;
  const timesMs = useMemo(() => (data === undefined ? [] : gridTimes(data.grid)), [data]);
  const series = useMemo(() => {
    if (data === undefined) return [];
    const others = (count: number) => t(MACHINE.others, count);
    const now = seriesOf(spec, data, others);
    if (then === undefined || then.grid.stepMs !== data.grid.stepMs) return now;
    const compared = comparedSeries(now, seriesOf(spec, then, others), (label) =>
      t(MACHINE.weekAgo, label),
    );
    return [...now, ...compared.map((one) => ({ ...one, values: laid(one.values, then, data) }))];
  }, [spec, data, then]);
  const marks = useMemo(
    () => marksOf([...metricsOf([spec]), ...(spec.alertsOf ?? [])], spec.unit, rules, bands, data),
    [spec, rules, bands, data],
  );
  const thresholds = useMemo(
    () => [...marks.thresholds, ...(props.marks?.[spec.id] ?? [])],
    [marks, props.marks, spec.id],
  );
  return (
    <Chart
      title={t(spec.title)}
      unit={spec.unit}
      timesMs={timesMs}
      series={series}
      thresholds={thresholds}
      bands={marks.bands}
      range={range.span}
      onZoom={range.zoom}
      onZoomOut={range.zoomOut}
      syncKey="machine"
      isLoading={measured.now.isLoading && data === undefined}
    />
  );
}

/** Both have been asked for at their own times: values of one grid, on another of the same step. */
export function laid(
  values: readonly (number | null | undefined)[],
  from: Lines,
  to: Lines,
): (number | null)[] {
  const moved = Math.round((to.grid.startMs - from.grid.startMs) / to.grid.stepMs);
  return Array.from({ length: to.grid.count }, (_, i) => values[i + moved] ?? null);
}

/** How fine the charts are. */
function StepsNote({ steps }: { readonly steps: Steps }): JSX.Element {
  const step = formatDuration(steps.stepMs);
  return (
    <span class="machine-quiet">
      {t(steps.isAveraged ? MACHINE.averages : MACHINE.resolution, step)}
    </span>
  );
}
