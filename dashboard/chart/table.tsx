import type { JSX } from 'preact';
import { formatTime } from '../format/time.ts';
import { formatValue, type Unit } from '../format/unit.ts';
import { t } from '../i18n/language.ts';
import type { ChartBand, ChartSeries } from './chart-types.ts';
import { CHART } from './messages.ts';

interface ChartTableProps {
  readonly title: string;
  readonly series: readonly ChartSeries[];
  readonly unit: Unit;
  readonly timesMs: readonly number[];
  readonly bands: readonly ChartBand[];
}

/** More rows than anybody reads, and cells than a browser draws at once. */
const ROWS_MOST = 200;
const COLUMNS_MOST = 20;

/** All that a chart shows in words, the newest first. */
export function ChartTable(props: ChartTableProps): JSX.Element {
  const { title, unit, timesMs, bands } = props;
  const series = props.series.slice(0, COLUMNS_MOST);
  const every = Math.ceil(timesMs.length / ROWS_MOST);
  const rows = timesMs
    .map((ms, i) => ({ ms, i }))
    .filter(({ i }) => (timesMs.length - 1 - i) % every === 0)
    .reverse();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard.
    <section class="chart-table-box" tabIndex={0} aria-label={title}>
      <table class="chart-table">
        <caption class="visually-hidden">{title}</caption>
        <thead>
          <tr>
            <th scope="col">{t(CHART.time)}</th>
            {series.map(({ label }) => (
              <th scope="col" key={label}>
                {label}
              </th>
            ))}
            {bands.length > 0 && <th scope="col">{t(CHART.alerts)}</th>}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ ms, i }) => (
            <tr key={ms}>
              <th scope="row">{formatTime(ms)}</th>
              {series.map(({ label, values }) => (
                <td key={label}>{formatValue(values[i] ?? undefined, unit)}</td>
              ))}
              {bands.length > 0 && <td>{alertsAt(bands, ms)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
      {every > 1 && <p class="chart-far">{t(CHART.everyNth, every)}</p>}
    </section>
  );
}

function alertsAt(bands: readonly ChartBand[], ms: number): string {
  const here = bands.filter(({ fromMs, toMs }) => fromMs <= ms && ms <= toMs);
  const words = here.map(
    ({ label, isPending }) => `${label} ${t(isPending ? CHART.pending : CHART.firing)}`,
  );
  return [...new Set(words)].join(', ');
}
