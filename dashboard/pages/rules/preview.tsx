import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { type ApiFailure, asFailure } from '../../api/failure.ts';
import { queryRange, type RangeSeries } from '../../api/prometheus.ts';
import { Chart } from '../../chart/chart.tsx';
import type { ChartBand, ChartSeries } from '../../chart/chart-types.ts';
import { gridEndMs, gridOf, gridTimes, stepsOf, type TimeSpan } from '../../chart/range.ts';
import { formatValue, unitOf } from '../../format/unit.ts';
import { t } from '../../i18n/language.ts';
import { Problem } from '../../ui/problem.tsx';
import { EDIT } from './messages.ts';
import { previewExpr } from './preview-expr.ts';

/** A pause in typing, after which the expression is drawn. */
const DRAW_AFTER_MS = 700;
const MOST_SERIES = 20;

interface PreviewProps {
  readonly expr: string;
  readonly alert: string;
  readonly severity: string;
  readonly span: TimeSpan;
  /** When the rule would have been pending and firing. */
  readonly bands: readonly ChartBand[];
}

interface Drawn {
  readonly span: TimeSpan;
  readonly timesMs: readonly number[];
  readonly series: readonly ChartSeries[];
  readonly all: number;
}

/** What a rule's expression gives over a time, with what it is compared with. */
export function Preview({ expr, alert, severity, span, bands }: PreviewProps): JSX.Element {
  const preview = useMemo(() => previewExpr(expr), [expr]);
  const [drawn, setDrawn] = useState<Drawn>();
  const [failure, setFailure] = useState<ApiFailure>();
  const [tries, setTries] = useState(0);
  const isFirst = drawn === undefined && failure === undefined;
  useEffect(() => {
    if (preview === undefined) return;
    const abort = new AbortController();
    const timer = setTimeout(
      () => {
        draw(preview.expr, span, abort.signal).then(
          (next) => {
            setDrawn(next);
            setFailure(undefined);
          },
          (error) => {
            if (!abort.signal.aborted) setFailure(asFailure(error));
          },
        );
      },
      isFirst ? 0 : DRAW_AFTER_MS,
    );
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [preview?.expr, span.fromMs, span.toMs, tries]);
  const unit = preview?.metric === undefined ? '' : unitOf(preview.metric);
  const thresholds = useMemo(() => {
    const { threshold: value, op } = preview ?? {};
    if (value === undefined) return [];
    const label = `${alert} ${op} ${formatValue(value, unit)}`;
    return [{ value, label, tone: toneOf(severity) }];
  }, [preview?.threshold, preview?.op, unit, alert, severity]);
  return (
    <div class="rules-preview">
      {failure !== undefined && (
        <Problem failure={failure} retry={() => setTries((before) => before + 1)} />
      )}
      <Chart
        title={t(EDIT.preview)}
        unit={unit}
        timesMs={drawn?.timesMs ?? NO_TIMES}
        series={drawn?.series ?? NO_SERIES}
        thresholds={thresholds}
        bands={bands}
        range={span}
        height={220}
        isLoading={drawn === undefined && failure === undefined && preview !== undefined}
        emptyText={t(EDIT.previewNone)}
        note={
          drawn !== undefined && drawn.all > MOST_SERIES
            ? t(EDIT.previewFirst, MOST_SERIES, drawn.all)
            : undefined
        }
      />
      {preview !== undefined && preview.expr !== expr && (
        <p class="rules-note">{t(EDIT.previewOf, preview.expr)}</p>
      )}
    </div>
  );
}

const NO_TIMES: readonly number[] = [];
const NO_SERIES: readonly ChartSeries[] = [];

export function toneOf(severity: string): 'info' | 'warning' | 'critical' {
  return severity === 'critical' || severity === 'info' ? severity : 'warning';
}

async function draw(expr: string, span: TimeSpan, signal: AbortSignal): Promise<Drawn> {
  const { stepMs } = stepsOf(span);
  const grid = gridOf(span, stepMs);
  const asked = { expr, startMs: grid.startMs, endMs: gridEndMs(grid), stepMs };
  const found = await queryRange(asked, signal);
  const timesMs = gridTimes(grid);
  const series = found.slice(0, MOST_SERIES).map((one) => ({
    label: labelOf(one),
    values: aligned(one, grid.startMs, stepMs, timesMs.length),
  }));
  return { span, timesMs, series, all: found.length };
}

function aligned(
  { points }: RangeSeries,
  startMs: number,
  stepMs: number,
  count: number,
): readonly (number | null)[] {
  const values = new Array<number | null>(count).fill(null);
  for (const [atMs, value] of points) {
    const i = Math.round((atMs - startMs) / stepMs);
    if (i >= 0 && i < count && Number.isFinite(value)) values[i] = value;
  }
  return values;
}

/** The VM first: of what it is, its number says least. */
function labelOf({ labels }: RangeSeries): string {
  const { __name__: name, uuid, vm, ...others } = labels;
  const first = vm === undefined ? { uuid } : { vm };
  const said = Object.entries({ ...first, ...others }).flatMap(([label, value]) =>
    value === undefined ? [] : [`${label}=${value}`],
  );
  return said.join(', ') || name || '–';
}
