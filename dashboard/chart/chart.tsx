import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { formatShortTime, formatTime } from '../format/time.ts';
import { formatValue, type Unit } from '../format/unit.ts';
import { t } from '../i18n/language.ts';
import './chart.css';
import { Canvas } from './canvas.tsx';
import type { ChartBand, ChartSeries, ChartThreshold } from './chart-types.ts';
import { sharedCursor } from './cursor.ts';
import type { Drawn } from './draw.ts';
import { useKeys } from './keys.ts';
import { Legend } from './legend.tsx';
import { CHART } from './messages.ts';
import type { TimeSpan } from './range.ts';
import { extremesOf, nearestIndex, scaleOf, stacked } from './scale.ts';
import { colorOf, dashOf } from './swatch.tsx';
import { ChartTable } from './table.tsx';
import { tickTexts } from './tick-texts.ts';

export interface ChartProps {
  readonly title: string;
  /** Shown as heading; `false` where the page has one. */
  readonly isTitled?: boolean;
  readonly unit: Unit;
  /** ms since 1970, ascending. */
  readonly timesMs: readonly number[];
  /** Those that are stacked lie on one another in this order, the first at the bottom. */
  readonly series: readonly ChartSeries[];
  readonly thresholds?: readonly ChartThreshold[];
  readonly bands?: readonly ChartBand[];
  readonly range: TimeSpan;
  /** A time was chosen: by dragging, with two fingers, with `+` and `-`. */
  readonly onZoom?: (span: TimeSpan) => void;
  /** Asked back: a double click, Escape, Backspace. */
  readonly onZoomOut?: () => void;
  /** Charts with the same key have one cursor. */
  readonly syncKey?: string;
  /** CSS pixels, of the drawing alone. */
  readonly height?: number;
  /** Nothing is known yet: its place is kept. */
  readonly isLoading?: boolean;
  /** What is said where there is nothing to show. */
  readonly emptyText?: string;
  /** A line below: what is special about it. */
  readonly note?: JSX.Element | string | undefined;
}

const HEIGHT = 200;
/** Drawn at once; the others can be switched on. */
const SHOWN_MOST = 60;

/**
 * A chart of values over time: lines, or areas on one another. Values are read by mouse, by finger and with arrow keys
 * (a screen reader hears them), times are chosen by dragging, and all of it is there as a table, too.
 */
export function Chart(props: ChartProps): JSX.Element {
  const { title, unit, timesMs, series, range, thresholds = [], bands = [] } = props;
  const own = useSignal<number | undefined>(undefined);
  const cursor = props.syncKey === undefined ? own : sharedCursor(props.syncKey);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [isTable, setTable] = useState(false);
  const drawn = useMemo(
    () => drawnOf(props, hidden),
    [timesMs, series, thresholds, bands, range.fromMs, range.toMs, unit, hidden],
  );
  const isEmpty = series.every(({ values }) => values.every((value) => value == null));
  const keys = useKeys({ ...props, cursor });
  const atMs = cursor.value;
  const index = atMs === undefined ? -1 : nearestIndex(timesMs, atMs);
  return (
    <figure class="chart">
      <figcaption class={props.isTitled === false ? 'visually-hidden' : 'chart-head'}>
        <span class="chart-title">{title}</span>
      </figcaption>
      <div
        class="chart-plot"
        role="slider"
        tabIndex={0}
        aria-label={t(CHART.name, title, series.length, spanText(range))}
        aria-roledescription={t(CHART.chart)}
        aria-valuemin={0}
        aria-valuemax={Math.max(timesMs.length - 1, 0)}
        aria-valuenow={Math.max(index, 0)}
        aria-valuetext={isEmpty ? t(CHART.noData) : valuesText(props, hidden, index)}
        onKeyDown={keys}
      >
        <Canvas
          drawn={drawn}
          cursor={cursor}
          height={props.height ?? HEIGHT}
          {...(props.onZoom === undefined ? {} : { onZoom: props.onZoom })}
          {...(props.onZoomOut === undefined ? {} : { onZoomOut: props.onZoomOut })}
        />
        {isEmpty && (
          <p class="chart-empty">
            {props.isLoading === true ? t(CHART.loading) : (props.emptyText ?? t(CHART.noData))}
          </p>
        )}
      </div>
      <Legend
        {...{ series, unit, timesMs, index, hidden, bands, thresholds }}
        scale={drawn.scale}
        onToggle={(label) => setHidden(toggled(hidden, label))}
      />
      <div class="chart-foot">
        {props.note !== undefined && <div class="chart-note">{props.note}</div>}
        {!isEmpty && (
          <button
            type="button"
            class="chart-link"
            aria-expanded={isTable}
            onClick={() => setTable(!isTable)}
          >
            {t(isTable ? CHART.hideTable : CHART.showTable)}
          </button>
        )}
      </div>
      {isTable && <ChartTable {...{ title, series, unit, timesMs, bands }} />}
    </figure>
  );
}

function toggled(hidden: ReadonlySet<string>, label: string): ReadonlySet<string> {
  const next = new Set(hidden);
  if (!next.delete(label)) next.add(label);
  return next;
}

function drawnOf(props: ChartProps, hidden: ReadonlySet<string>): Drawn {
  const { unit, timesMs, range, thresholds = [], bands = [] } = props;
  const shown = props.series
    .map((series, i) => ({ series, color: series.color ?? i }))
    .filter(({ series }) => !hidden.has(series.label))
    .slice(0, SHOWN_MOST);
  // Areas first: a line across them stays seen.
  const areas = shown.filter(({ series }) => series.stacked === true);
  const tops = stacked(
    areas.map(({ series }) => series.values),
    timesMs.length,
  );
  const series = [...areas, ...shown.filter(({ series }) => series.stacked !== true)].map(
    ({ series, color }, i) => ({
      label: series.label,
      values: tops[i] ?? series.values.map((value) => value ?? null),
      color: colorOf(color),
      dash: dashOf(series, color),
      isStacked: series.stacked === true,
      isFaint: series.dashed === true,
    }),
  );
  const { low, high } = extremesOf(series);
  return {
    ...{ timesMs, series, thresholds, bands, unit, fromMs: range.fromMs, toMs: range.toMs },
    scale: scaleOf(
      low,
      high,
      thresholds.map(({ value }) => value),
      unit,
    ),
    formatValue: (value) => formatValue(value, unit),
    formatTicks: tickTexts,
  };
}

function spanText({ fromMs, toMs }: TimeSpan): string {
  return `${formatShortTime(fromMs, toMs)} – ${formatShortTime(toMs, toMs)}`;
}

/** So many are read out; a table has them all. */
const READ_MOST = 6;

/** What a screen reader says of where the cursor is. */
function valuesText(props: ChartProps, hidden: ReadonlySet<string>, index: number): string {
  const { series, timesMs, unit } = props;
  const atMs = timesMs[index];
  if (atMs === undefined) return t(CHART.noCursor);
  const values = series
    .filter(({ label }) => !hidden.has(label))
    .slice(0, READ_MOST)
    .map(({ label, values }) => {
      const value = values[index] ?? undefined;
      return `${label} ${value === undefined ? t(CHART.noData) : formatValue(value, unit)}`;
    });
  return `${formatTime(atMs)}: ${values.join(', ')}`;
}
