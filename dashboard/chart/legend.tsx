import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { formatTime } from '../format/time.ts';
import { formatValue, type Unit } from '../format/unit.ts';
import { t } from '../i18n/language.ts';
import { ToneShape } from '../ui/state.tsx';
import type { ChartBand, ChartSeries, ChartThreshold } from './chart-types.ts';
import { newestValue } from './lines.ts';
import { CHART } from './messages.ts';
import type { Scale } from './scale.ts';
import { Swatch } from './swatch.tsx';

interface LegendProps {
  readonly series: readonly ChartSeries[];
  readonly unit: Unit;
  readonly timesMs: readonly number[];
  /** Of the time under the cursor; -1: there is none. */
  readonly index: number;
  readonly hidden: ReadonlySet<string>;
  readonly bands: readonly ChartBand[];
  readonly thresholds: readonly ChartThreshold[];
  readonly scale: Scale;
  readonly onToggle: (label: string) => void;
}

/** The rest is behind a button. */
const FIRST = 8;
/** A few more take no more room than the button. */
const ROOM = 2;

/** What the lines are, with their values at the cursor, else the newest; a click takes one away and brings it back. */
export function Legend(props: LegendProps): JSX.Element {
  const { series, unit, timesMs, index, hidden, onToggle } = props;
  const [isWhole, setWhole] = useState(false);
  const atMs = timesMs[index];
  const hasMore = series.length > FIRST + ROOM;
  const shown = isWhole || !hasMore ? series : series.slice(0, FIRST);
  return (
    <div class="chart-legend">
      <p class="chart-at">
        {atMs === undefined ? t(CHART.newest) : formatTime(atMs)}
        {atMs !== undefined && <AlertsAt bands={props.bands} atMs={atMs} />}
      </p>
      <ul class="chart-items">
        {shown.map((one, i) => {
          const isHidden = hidden.has(one.label);
          const value =
            index < 0 ? newestValue(timesMs, one.values) : (one.values[index] ?? undefined);
          return (
            <li key={one.label}>
              <button
                type="button"
                class="chart-item"
                aria-pressed={!isHidden}
                title={one.label}
                onClick={() => onToggle(one.label)}
              >
                <Swatch series={one} color={one.color ?? i} />
                <span class="chart-label">{one.label}</span>
                <span class="chart-value">{formatValue(value, unit)}</span>
              </button>
            </li>
          );
        })}
        {hasMore && (
          <li>
            <button
              type="button"
              class="chart-link"
              aria-expanded={isWhole}
              onClick={() => setWhole(!isWhole)}
            >
              {isWhole ? t(CHART.fewer) : t(CHART.more, series.length - FIRST)}
            </button>
          </li>
        )}
      </ul>
      <FarThresholds {...props} />
    </div>
  );
}

function AlertsAt({
  bands,
  atMs,
}: {
  readonly bands: readonly ChartBand[];
  readonly atMs: number;
}) {
  const here = bands.filter(({ fromMs, toMs }) => fromMs <= atMs && atMs <= toMs);
  const names = new Map(here.map((band) => [`${band.label} ${band.isPending}`, band]));
  return (
    <>
      {[...names].map(([key, { label, tone, isPending }]) => (
        <span class="chart-alert" key={key}>
          <ToneShape tone={tone} /> {label} {t(isPending ? CHART.pending : CHART.firing)}
        </span>
      ))}
    </>
  );
}

/** Limits that lie too far from the values to be drawn are told. */
function FarThresholds({ thresholds, scale, unit }: LegendProps) {
  const far = thresholds.filter(({ value }) => value < scale.min || value > scale.max);
  if (far.length === 0) return null;
  const texts = far.map(({ label, value }) => `${label} (${formatValue(value, unit)})`);
  return <p class="chart-far">{t(CHART.far, texts.join(', '))}</p>;
}
