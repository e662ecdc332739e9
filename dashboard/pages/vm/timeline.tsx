import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Polled } from '../../api/poll.ts';
import { Link } from '../../app/link.tsx';
import { useQuery } from '../../app/router.ts';
import type { Lines } from '../../chart/lines.ts';
import { gridEndMs, type TimeSpan } from '../../chart/range.ts';
import { type Lane, type SegmentLook, StateTimeline } from '../../chart/state-timeline.tsx';
import { gapsOf } from '../../chart/timeline.ts';
import type { TimeRange } from '../../chart/use-time-range.ts';
import { t } from '../../i18n/language.ts';
import type { Vm } from '../../machine/use-machine.ts';
import { Card } from '../../ui/card.tsx';
import { Skeleton } from '../../ui/loading.tsx';
import { Problem } from '../../ui/problem.tsx';
import { Time } from '../../ui/time.tsx';
import { STATE_TEXTS, VM } from './messages.ts';
import { type Stay, stateSegments, type TimelineState, type VmEvent, vmEvents } from './states.ts';

const LOOKS: Readonly<Record<TimelineState, SegmentLook>> = {
  running: 'good',
  migrating: 'info',
  busy: 'info',
  suspended: 'quiet',
  leaving: 'info',
  paused: 'warning',
  ioerror: 'critical',
  hung: 'critical',
  panicked: 'critical',
  crashed: 'critical',
  failed: 'critical',
  off: 'quiet',
};

const EVENTS_MOST = 12;

interface TimelineProps {
  readonly states: Polled<Lines>;
  /** With its placements; `undefined`: they are being asked for. */
  readonly vm: Vm | undefined;
  readonly range: TimeRange;
}

/** What a VM was, and where; and what happened to it. */
export function Timeline({ states, vm, range }: TimelineProps): JSX.Element {
  const { data, failure, refresh, atMs } = states;
  const { fromMs, toMs } = range.span;
  const segments = useMemo(() => (data === undefined ? [] : stateSegments(data)), [data]);
  const unheard = useMemo(
    () => (data === undefined ? [] : gapsIn(data, segments)),
    [data, segments],
  );
  const stays = useMemo(() => staysOf(vm), [vm]);
  const lanes = useMemo(
    (): Lane[] => [
      {
        label: t(VM.state),
        segments: [
          ...segments.map(({ state, ...span }) => ({
            ...span,
            text: t(STATE_TEXTS[state]),
            look: LOOKS[state],
          })),
          ...unheard.map((span) => ({ ...span, text: t(VM.notHeard), look: 'none' as const })),
        ],
      },
      { label: t(VM.host), segments: stays.map((stay) => placed(stay, stays, toMs)) },
    ],
    [segments, unheard, stays, toMs],
  );
  const events = useMemo(
    () => vmEvents(segments, stays, { fromMs, toMs }),
    [segments, stays, fromMs, toMs],
  );
  return (
    <Card title={t(VM.timeline)}>
      {failure !== undefined && <Problem failure={failure} staleMs={atMs} retry={refresh} />}
      {data === undefined && failure === undefined ? (
        <Skeleton height={120} />
      ) : (
        <StateTimeline
          title={t(VM.timeline)}
          lanes={lanes}
          range={range.span}
          onZoom={range.zoom}
          syncKey="machine"
          emptyText={t(VM.noTimeline)}
        />
      )}
      <h3 class="vm-events-title">{t(VM.events)}</h3>
      {events.length === 0 && <p class="machine-quiet">{t(VM.noEvents)}</p>}
      <ul class="vm-events">
        {events.slice(0, EVENTS_MOST).map((event) => (
          <li key={`${event.atMs} ${event.kind}`}>
            <Time ms={event.atMs} /> {eventText(event)}
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** A batch holds a minute and comes somewhat later: so long nobody can say that nothing is heard. */
const LATE_MS = 150_000;

function gapsIn({ grid }: Lines, segments: readonly TimeSpan[]): TimeSpan[] {
  // A VM that nothing was told of at all is said so below.
  if (segments.length === 0) return [];
  const span = { fromMs: grid.startMs, toMs: gridEndMs(grid) };
  return gapsOf(segments, span, Math.max(LATE_MS, grid.stepMs));
}

export function staysOf(vm: Vm | undefined): Stay[] {
  return (vm?.placements ?? []).map(({ host, from, to }) => ({
    host,
    fromMs: Date.parse(from),
    ...(to === undefined ? {} : { toMs: Date.parse(to) }),
  }));
}

/** Hosts have colours in the order in which it came to them, and their names. */
function placed(stay: Stay, stays: readonly Stay[], nowMs: number): Lane['segments'][number] {
  const hosts = [...new Set(stays.map(({ host }) => host))];
  const look: SegmentLook = `c${hosts.indexOf(stay.host) % 8}`;
  return {
    fromMs: stay.fromMs,
    toMs: stay.toMs ?? Math.max(nowMs, stay.fromMs),
    text: stay.host,
    look,
    link: <HostLink host={stay.host} />,
  };
}

/** A host, over the same time. */
export function HostLink({ host, span }: { readonly host: string; readonly span?: TimeSpan }) {
  const [query] = useQuery();
  const [from, to] =
    span === undefined
      ? [query.get('from') ?? undefined, query.get('to') ?? undefined]
      : [new Date(span.fromMs).toISOString(), new Date(span.toMs).toISOString()];
  const range = span === undefined ? (query.get('range') ?? undefined) : undefined;
  return (
    <Link to="host" query={{ name: host, range, from, to }}>
      {host}
    </Link>
  );
}

function eventText(event: VmEvent): string {
  switch (event.kind) {
    case 'migrated':
      return t(VM.migrated, event.from, event.to);
    case 'appeared':
      return t(VM.appeared, event.to);
    case 'left':
      return t(VM.left, event.from);
    default:
      return t(VM[event.kind]);
  }
}
