import type { Notification, NotifiedAlert } from '../alertmanager/notification-types.ts';
import { underMaintenance } from '../alertmanager/silence.ts';
import { createMemorySource } from '../promql/memory-source.ts';
import type { SampleSource } from '../promql/source.ts';
import type { RuleGroup } from '../rules/rule-file.ts';
import { withWritten } from '../rules/written-samples.ts';
import { labelsKey, labelsToObject } from '../series/labels.ts';
import type { Series } from '../series/series.ts';
import { lostSince } from '../topology/lookup.ts';
import { stepTopology } from '../topology/topology.ts';
import { viewByPlacement } from '../topology/view.ts';
import type { AlertInstance } from './alert-state.ts';
import {
  DEFAULT_EVALUATION,
  type EvaluationSettings,
  evaluateGroups,
  type GroupWritten,
} from './evaluate-groups.ts';
import { followMoves } from './moved-alerts.ts';
import { linksById, type NotifySettings, notifiedAlert, notify } from './notify.ts';
import { enqueue, type OutboxEntry } from './outbox.ts';
import type { PostableAlert } from './resend.ts';
import type { MissingHost, TickState } from './tick-state.ts';
import { type HostSamples, silentAfterMs, upSeries } from './up.ts';

/** What a tick decides over. */
export interface TickInput {
  readonly groups: readonly RuleGroup[];
  /** How far back rules read; `up` is made for so long. */
  readonly windowMs: number;
  readonly window: {
    readonly series: readonly Series[];
    readonly hosts: readonly HostSamples[];
    readonly errors: readonly string[];
  };
  readonly state: TickState;
  readonly nowMs: number;
  /** Absent: once a minute, for nobody in particular. */
  readonly evaluation?: EvaluationSettings;
  /** Absent: nobody is told. */
  readonly notify?: NotifySettings;
}

/** What a tick saw, for people and logs. */
export interface TickReport {
  readonly atMs: number;
  readonly firing: readonly NotifiedAlert[];
  readonly pending: readonly NotifiedAlert[];
  readonly hosts: readonly HostStatus[];
  /** A line each: a rule that failed, a chunk that can't be read. */
  readonly errors: readonly string[];
}

export interface HostStatus {
  readonly host: string;
  readonly up: boolean;
  readonly lastSeenMs: number;
}

/** A host silent for so long was taken out of service: it is forgotten, and its alert resolves. */
const FORGET_HOST_MS = 7 * 24 * 3_600_000;

/** A megabyte or two of state; beyond it the oldest go, with an error, so that dead receivers can't stop ticks. */
const MAX_OUTBOX = 2000;

/** What shall be stored, and what was seen. */
export interface TickResult {
  readonly state: TickState;
  readonly report: TickReport;
  /** Recorded series, `ALERTS` and `ALERTS_FOR_STATE`; none of a group that was not due. */
  readonly written: readonly GroupWritten[];
  /** What was decided to be told; it is in the outbox. */
  readonly notifications: readonly Notification[];
  /** What Alertmanagers are to be told once the state is stored. */
  readonly toSend: readonly PostableAlert[];
}

/**
 * One tick, from what is stored to what shall be: pure, so that it can be repeated, replayed and
 * tested as a timeline. A tick not later than the last one changes nothing.
 */
export function tick(input: TickInput): TickResult {
  const { nowMs, window, groups } = input;
  const hosts = allHosts(window.hosts, input.state.missing, nowMs);
  if (nowMs <= input.state.lastTickMs) return unchanged(input, hosts);
  const silences = input.notify?.silences ?? [];
  const topology = stepTopology(input.state.topology, {
    series: window.series,
    hosts,
    isMaintained: (host) => underMaintenance(silences, host, nowMs),
    nowMs,
  });
  const before = followMoves(input.state, topology.state);
  const evaluated = evaluateGroups(groups, before, nowMs, sourceOf(input, hosts, topology), {
    ...(input.evaluation ?? DEFAULT_EVALUATION),
    lostSince: (labels) => lostSince(topology.state, labelsToObject(labels)),
  });
  const { alerts, recorded, ruleErrors, evaluations, written, toSend, errors } = evaluated;
  const told =
    input.notify === undefined
      ? { state: { groups: before.groups, flapping: before.flapping }, notifications: [] }
      : notify(groups, before, alerts, input.notify, nowMs);
  const notifications = told.notifications.map((notification) => ({
    ...notification,
    id: uniqueId(notification.id, before.clockSetBacks),
  }));
  const { outbox, problems } = bounded(enqueue(before.outbox, notifications));
  const links = linksById(groups, input.notify?.externalUrl ?? '');
  return {
    state: {
      lastTickMs: nowMs,
      clockSetBacks: before.clockSetBacks,
      alerts,
      recorded,
      ruleErrors,
      evaluations,
      missing: missingOf(hosts, nowMs),
      topology: topology.state,
      ...told.state,
      outbox,
    },
    report: reportOf(nowMs, { alerts, links }, hosts, [...window.errors, ...errors, ...problems]),
    written: [{ atMs: nowMs, samples: topology.series }, ...written],
    notifications,
    toSend,
  };
}

/** A time that comes twice, as the clock was set back, does not make two messages one. */
function uniqueId(id: string, clockSetBacks: number): string {
  return clockSetBacks === 0 ? id : `${id}-${clockSetBacks}`;
}

function unchanged(
  { state, nowMs, window, groups, notify: settings }: TickInput,
  hosts: HostSamples[],
): TickResult {
  const view = { alerts: state.alerts, links: linksById(groups, settings?.externalUrl ?? '') };
  return {
    state,
    report: reportOf(nowMs, view, hosts, window.errors),
    written: [],
    notifications: [],
    toSend: [],
  };
}

/** What rules see: the window with each VM where it is now, who is up, and what the topology says. */
function sourceOf(
  { window, windowMs, nowMs }: TickInput,
  hosts: readonly HostSamples[],
  topology: ReturnType<typeof stepTopology>,
): SampleSource {
  const source = createMemorySource([
    ...viewByPlacement(window.series, topology.state),
    ...hosts.map((host) => upSeries(host, nowMs - windowMs, nowMs)),
  ]);
  const samples = new Map(topology.series.map((sample) => [labelsKey(sample.labels), sample]));
  return withWritten(source, { atMs: nowMs, samples });
}

function bounded(all: readonly OutboxEntry[]): { outbox: OutboxEntry[]; problems: string[] } {
  const lost = Math.max(0, all.length - MAX_OUTBOX);
  const problem = `${lost} notifications dropped: ${all.length} wait to be delivered, the limit is ${MAX_OUTBOX}`;
  return { outbox: all.slice(lost), problems: lost > 0 ? [problem] : [] };
}

/** Hosts in the window, and those that have left it in silence. */
function allHosts(
  seen: readonly HostSamples[],
  missing: TickState['missing'],
  nowMs: number,
): HostSamples[] {
  const inWindow = new Set(seen.map(({ host }) => host));
  const gone = Object.entries(missing).filter(
    ([host, { lastSeenMs }]) => !inWindow.has(host) && nowMs - lastSeenMs < FORGET_HOST_MS,
  );
  return [
    ...seen,
    ...gone.map(([host, { lastSeenMs, batchIntervalMs }]) => ({
      host,
      timestamps: [lastSeenMs],
      batchIntervalMs,
    })),
  ];
}

function lastSeen({ timestamps }: HostSamples): number {
  return timestamps.at(-1) ?? 0;
}

function isSilent(host: HostSamples, nowMs: number): boolean {
  return nowMs - lastSeen(host) >= silentAfterMs(host.batchIntervalMs);
}

function missingOf(hosts: readonly HostSamples[], nowMs: number): Record<string, MissingHost> {
  const silent = hosts.filter((host) => isSilent(host, nowMs));
  return Object.fromEntries(
    silent.map((samples) => [
      samples.host,
      {
        lastSeenMs: lastSeen(samples),
        ...(samples.batchIntervalMs === undefined
          ? {}
          : { batchIntervalMs: samples.batchIntervalMs }),
      },
    ]),
  );
}

function reportOf(
  nowMs: number,
  { alerts, links }: { alerts: TickState['alerts']; links: ReturnType<typeof linksById> },
  hosts: readonly HostSamples[],
  errors: readonly string[],
): TickReport {
  const inState = (state: AlertInstance['state']) =>
    Object.entries(alerts).flatMap(([rule, instances]) =>
      instances
        .filter((alert) => alert.state === state)
        .map((alert) => notifiedAlert(alert, links.get(rule))),
    );
  return {
    atMs: nowMs,
    firing: inState('firing'),
    pending: inState('pending'),
    hosts: hosts.map((host) => ({
      host: host.host,
      up: !isSilent(host, nowMs),
      lastSeenMs: lastSeen(host),
    })),
    errors,
  };
}
