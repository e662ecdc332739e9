import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { DAY_MS, HOUR_MS } from '../../../core/time.ts';
import { type Polled, usePolled } from '../../api/poll.ts';
import { useQuery } from '../../app/router.ts';
import { Chart } from '../../chart/chart.tsx';
import { matchersOf } from '../../chart/expressions.ts';
import { type Forecast, forecastFull, forecastLine } from '../../chart/forecast.ts';
import { type Line, type Lines, lastValue } from '../../chart/lines.ts';
import { gridOf, gridTimes, type Steps } from '../../chart/range.ts';
import { askLines } from '../../chart/use-lines.ts';
import { formatDuration } from '../../format/duration.ts';
import { formatValue } from '../../format/unit.ts';
import { t } from '../../i18n/language.ts';
import { useIsSeen } from '../../machine/use-is-seen.ts';
import { Card } from '../../ui/card.tsx';
import { Skeleton } from '../../ui/loading.tsx';
import { Problem } from '../../ui/problem.tsx';
import { State, type Tone } from '../../ui/state.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { HOST } from './messages.ts';

const LOOK_BACK_MS = 7 * DAY_MS;
const STEPS: Steps = { stepMs: HOUR_MS, isAveraged: false };
const EVERY_MS = 10 * 60_000;
/** As the rules leave them out: no disk is behind them. */
const NO_DISK = 'tmpfs|ramfs|devtmpfs|squashfs|iso9660|erofs|overlay';

/** A week by the hour: some 10 read units. */
function useFilesystems(host: string, isAsked: boolean): Polled<Lines> {
  const load = (signal: AbortSignal) => {
    const nowMs = Date.now();
    const expr = `host_filesystem_usage_percent{${matchersOf({ host })},fstype!~"${NO_DISK}"}`;
    const grid = gridOf({ fromMs: nowMs - LOOK_BACK_MS, toMs: nowMs }, STEPS.stepMs);
    return askLines(expr, grid, STEPS, 0, signal);
  };
  return usePolled(isAsked ? `filesystems of ${host}` : '', load, EVERY_MS);
}

interface Filesystem {
  readonly mountpoint: string;
  readonly used: number | undefined;
  readonly line: Line;
  readonly forecast: Forecast;
}

/** The filesystems of a host: how full, and when they will be. */
export function Filesystems({ host }: { readonly host: string }): JSX.Element {
  const [seen, isSeen] = useIsSeen();
  const [query, change] = useQuery();
  const { data, failure, refresh, atMs } = useFilesystems(host, isSeen);
  const all = useMemo(() => (data === undefined ? [] : filesystemsOf(data)), [data]);
  const chosen = all.find(({ mountpoint }) => mountpoint === query.get('fs')) ?? all[0];
  return (
    <div ref={seen}>
      <Card title={t(HOST.forecast)}>
        <p class="machine-lead">{t(HOST.forecastLead)}</p>
        {failure !== undefined && <Problem failure={failure} staleMs={atMs} retry={refresh} />}
        {data === undefined &&
          failure === undefined &&
          (isSeen ? <Skeleton height={320} /> : <div class="machine-later" />)}
        {data !== undefined && all.length === 0 && (
          <p class="machine-quiet">{t(HOST.noFilesystems)}</p>
        )}
        {data !== undefined && chosen !== undefined && (
          <div class="machine-columns">
            <Table
              label={t(HOST.forecast)}
              columns={columnsOf((mountpoint) => change({ fs: mountpoint }, 'replace'))}
              rows={all}
              rowKey={({ mountpoint }) => mountpoint}
              isCurrent={(row) => row === chosen}
            />
            <ForecastChart lines={data} filesystem={chosen} />
          </div>
        )}
      </Card>
    </div>
  );
}

/** What is full first stands first. */
function filesystemsOf({ grid, lines }: Lines): Filesystem[] {
  const timesMs = gridTimes(grid);
  return lines
    .map((line): Filesystem => {
      const mountpoint = line.labels['mountpoint'] ?? '';
      const forecast = forecastFull(timesMs, line.values);
      return { mountpoint, used: lastValue(line.values), line, forecast };
    })
    .sort((a, b) => fullAt(a) - fullAt(b) || (b.used ?? 0) - (a.used ?? 0));
}

function fullAt({ forecast }: Filesystem): number {
  return forecast.kind === 'full' ? forecast.atMs : Number.MAX_SAFE_INTEGER;
}

function columnsOf(choose: (mountpoint: string) => void): Column<Filesystem>[] {
  return [
    {
      id: 'mountpoint',
      title: t(HOST.filesystem),
      heads: true,
      sort: ({ mountpoint }) => mountpoint,
      cell: ({ mountpoint }) => (
        <button type="button" class="chart-link" onClick={() => choose(mountpoint)}>
          {mountpoint}
        </button>
      ),
    },
    {
      id: 'used',
      title: t(HOST.used),
      numeric: true,
      sort: ({ used }) => used,
      cell: ({ used }) => formatValue(used, 'percent'),
    },
    {
      id: 'foreseen',
      title: t(HOST.foreseen),
      sort: (row) => (row.forecast.kind === 'full' ? row.forecast.atMs : undefined),
      cell: ({ forecast }) => <Foreseen forecast={forecast} />,
    },
  ];
}

function Foreseen({ forecast }: { readonly forecast: Forecast }): JSX.Element {
  const leftMs = forecast.kind === 'full' ? forecast.atMs - Date.now() : undefined;
  if (leftMs === undefined) return <State tone="quiet" text={t(WORDS[noneOf(forecast)])} />;
  if (leftMs <= 0) return <State tone="critical" text={t(HOST.isFull)} />;
  const tone: Tone = leftMs < DAY_MS ? 'critical' : leftMs < LOOK_BACK_MS ? 'warning' : 'info';
  return <State tone={tone} text={t(HOST.fullIn, formatDuration(leftMs))} />;
}

const WORDS = {
  not_growing: HOST.notGrowing,
  uneven: HOST.uneven,
  too_short: HOST.tooShort,
  too_far: HOST.tooFar,
} as const;

function noneOf(forecast: Forecast): keyof typeof WORDS {
  return forecast.kind === 'full' ? 'too_far' : forecast.kind;
}

interface ForecastChartProps {
  readonly lines: Lines;
  readonly filesystem: Filesystem;
}

/** What was, and the line on from there until it is full. */
function ForecastChart({ lines, filesystem }: ForecastChartProps): JSX.Element {
  const { mountpoint, line, forecast } = filesystem;
  const { grid } = lines;
  const drawn = useMemo(() => {
    const known = gridTimes(grid);
    const endMs = forecast.kind === 'full' ? forecast.atMs : undefined;
    const lastMs = known.at(-1) ?? 0;
    const ahead: number[] = [];
    for (let ms = lastMs + grid.stepMs; endMs !== undefined && ms < endMs; ms += grid.stepMs)
      ahead.push(ms);
    if (endMs !== undefined && endMs > lastMs) ahead.push(endMs);
    const timesMs = [...known, ...ahead];
    const series = [
      { label: t(HOST.measured), values: line.values, color: 0 },
      ...(endMs === undefined
        ? []
        : [
            {
              label: t(HOST.ifSo),
              values: forecastLine(forecast, timesMs),
              color: 1,
              dashed: true,
            },
          ]),
    ];
    return { timesMs, series, range: { fromMs: known[0] ?? 0, toMs: timesMs.at(-1) ?? 1 } };
  }, [grid, line, forecast]);
  return <Chart title={t(HOST.forecastOf, mountpoint)} unit="percent" {...drawn} />;
}
