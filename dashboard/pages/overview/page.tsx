import type { JSX } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import { Link } from '../../app/link.tsx';
import { useQuery } from '../../app/router.ts';
import { formatDuration } from '../../format/duration.ts';
import { formatClock } from '../../format/time.ts';
import { formatValue } from '../../format/unit.ts';
import { language, t } from '../../i18n/language.ts';
import { Button } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Skeleton } from '../../ui/loading.tsx';
import { PageFrame } from '../../ui/page.tsx';
import { Problem } from '../../ui/problem.tsx';
import { useNow } from '../../ui/time.tsx';
import { arrange, type Group } from './arrange.ts';
import type { Look } from './card.tsx';
import { useFleet, useIds } from './client.ts';
import { Facets } from './facets.tsx';
import { countFacets, shownOf, tagNames, withFacet } from './filter.ts';
import { Firing } from './firing.tsx';
import { Grid } from './grid.tsx';
import { type HeatScale, heatScale } from './heat.ts';
import { dimensionsOf, drawnSize } from './layout.ts';
import type { Fleet } from './merge.ts';
import { METRIC_TEXTS, OVERVIEW } from './messages.ts';
import './overview.css';
import { Toolbar } from './toolbar.tsx';
import { useMedia } from './use-viewport.ts';
import { readView, type View } from './view.ts';
import { type Host, hostsOf } from './world.ts';

const HOUR_MS = 3_600_000;

/** The fleet at one glance. */
export function Page(): JSX.Element {
  const [query, change] = useQuery();
  const view = useMemo(() => readView(query), [query]);
  const { data: fleet, failure, atMs, refresh } = useFleet(view.metric);
  const hosts = useHosts(fleet, view.metric);
  const counts = useMemo(() => countFacets(hosts), [hosts]);
  const tags = useMemo(() => tagNames(hosts), [hosts]);
  const isWide = useMedia('(min-width: 80rem)');
  const isNarrow = useMedia('(max-width: 56rem)');
  const isEmpty = fleet !== undefined && hosts.length === 0;
  const show = (facets: string | undefined) => change({ show: facets });
  return (
    <PageFrame
      title={t(OVERVIEW.title)}
      // Takes its line before anything is known.
      lead={fleet ? t(OVERVIEW.lead, hosts.length, fleet.layout.vms.length) : '\u00a0'}
      actions={
        <Link to="add-host" class="button button-plain overview-button">
          {t(OVERVIEW.addHost)}
        </Link>
      }
    >
      <div class="overview-notices">
        {failure !== undefined && <Problem failure={failure} staleMs={atMs} retry={refresh} />}
        {failure === undefined && fleet !== undefined && !isEmpty && <Stale fleet={fleet} />}
      </div>
      {isEmpty ? (
        <NoHost isTicking={fleet.asOfMs > 0} />
      ) : (
        <div class="overview">
          <div class="overview-bar">
            {!isWide && <FiringPlace fleet={fleet} isWide={false} />}
            <Toolbar view={view} tags={tags} change={change} isWide={!isNarrow} />
            <Facets
              counts={counts}
              filter={view.filter}
              onToggle={(facet) => show(withFacet(view.filter, facet))}
              onClear={() => show(undefined)}
            />
          </div>
          <div class="overview-main">
            {fleet === undefined ? (
              failure === undefined && <Skeleton height={2400} />
            ) : (
              <Shown
                fleet={fleet}
                hosts={hosts}
                view={view}
                clear={() => change({ q: undefined, show: undefined })}
              />
            )}
          </div>
          {isWide && <FiringPlace fleet={fleet} isWide />}
        </div>
      )}
    </PageFrame>
  );
}

/** As they were in the answer before, as far as they are. */
function useHosts(fleet: Fleet | undefined, metric: string): readonly Host[] {
  const before = useRef<readonly Host[]>([]);
  return useMemo(() => {
    if (fleet !== undefined) before.current = hostsOf(fleet, before.current, metric);
    return before.current;
    // Most polls bring nothing but when the last tick was.
  }, [fleet?.layout, fleet?.states, fleet?.alerts, fleet?.values, metric]);
}

interface PlaceProps {
  readonly fleet: Fleet | undefined;
  readonly isWide: boolean;
}

/** Has its place before anything is known, so that nothing moves when it is. */
function FiringPlace({ fleet, isWide }: PlaceProps): JSX.Element {
  if (fleet !== undefined) return <Firing alerts={fleet.alerts} isWide={isWide} />;
  return (
    <div class={isWide ? 'overview-firing overview-firing-wide' : 'overview-firing'}>
      <Skeleton height={isWide ? 240 : 24} />
    </div>
  );
}

interface ShownProps {
  readonly fleet: Fleet;
  readonly hosts: readonly Host[];
  readonly view: View;
  readonly clear: () => void;
}

function Shown({ fleet, hosts, view, clear }: ShownProps): JSX.Element {
  const { filter, tag, sort, metric } = view;
  const before = useRef<readonly Group[]>([]);
  const groups = useMemo(() => {
    before.current = arrange(shownOf(hosts, filter), tag, sort, before.current);
    return before.current;
  }, [hosts, filter, tag, sort]);
  const isCoarse = useMedia('(pointer: coarse)');
  const vms = useMemo(() => groups.reduce((sum, group) => sum + group.vms.length, 0), [groups]);
  const size = drawnSize(view.size, vms);
  const dimensions = useMemo(
    () => dimensionsOf(size, isCoarse, metric !== ''),
    [size, isCoarse, metric],
  );
  const ids = useIds(fleet);
  const scale = useScale(fleet, metric);
  const nowMs = Math.floor(useNow() / HOUR_MS) * HOUR_MS;
  const name = metric === '' ? '' : t(METRIC_TEXTS[metric]);
  const look = useMemo<Look>(
    () => ({
      ...{ size, tag, ids, nowMs, language: language.value },
      ...(scale === undefined ? {} : { heat: { name, scale } }),
    }),
    [size, tag, ids, nowMs, language.value, scale, name],
  );
  if (groups.length === 0)
    return (
      <Empty
        title={t(OVERVIEW.noneTitle)}
        action={<Button onClick={clear}>{t(OVERVIEW.clear)}</Button>}
      >
        {t(OVERVIEW.none)}
      </Empty>
    );
  return (
    <>
      {scale !== undefined && <Legend scale={scale} name={name} fromMs={fleet.values?.fromMs} />}
      <Grid
        groups={groups}
        look={look}
        dimensions={dimensions}
        alerts={fleet.alerts?.top ?? NO_ALERTS}
      />
    </>
  );
}

const NO_ALERTS: readonly never[] = [];

/** The same object while it says the same: all cells depend on it. */
function useScale(fleet: Fleet, metric: string): HeatScale | undefined {
  const known = useRef<HeatScale | undefined>(undefined);
  return useMemo(() => {
    if (metric === '') return undefined;
    const { values } = fleet;
    const own = values?.metric === metric ? (values.vms ?? []) : [];
    const made = heatScale(
      metric,
      own.map((value) => value ?? undefined),
    );
    const old = known.current;
    const isSame = old?.unit === made.unit && old.from.every((one, i) => one === made.from[i]);
    if (!isSame) known.current = made;
    return known.current;
  }, [fleet.values, metric]);
}

interface LegendProps {
  readonly scale: HeatScale;
  readonly name: string;
  readonly fromMs: number | undefined;
}

function Legend({ scale, name, fromMs }: LegendProps): JSX.Element {
  return (
    <div class="overview-legend small">
      <span>{name}</span>
      <ol class="overview-scale">
        {scale.from.map((from, step) => (
          <li key={from} class={`overview-heat-${step}`}>
            {step === 0 ? '0' : formatValue(from, scale.unit)}
          </li>
        ))}
      </ol>
      <span class="overview-scale-empty">{t(OVERVIEW.noData)}</span>
      {fromMs !== undefined && (
        <span class="quiet">{t(OVERVIEW.valuesFrom, formatClock(fromMs))}</span>
      )}
    </div>
  );
}

function Stale({ fleet }: { readonly fleet: Fleet }): JSX.Element | null {
  if (fleet.staleMs === undefined) return null;
  return (
    <p class="overview-stale" role="status">
      {t(OVERVIEW.stale, formatDuration(fleet.staleMs))}
    </p>
  );
}

function NoHost({ isTicking }: { readonly isTicking: boolean }): JSX.Element {
  return (
    <Empty
      title={t(OVERVIEW.emptyTitle)}
      action={
        <Link to="add-host" class="button button-primary overview-button">
          {t(OVERVIEW.addHost)}
        </Link>
      }
    >
      {isTicking ? t(OVERVIEW.empty) : t(OVERVIEW.notYet)}
    </Empty>
  );
}
