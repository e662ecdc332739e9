import { createMemorySource } from '../promql/memory-source.ts';
import type { RuleGroup } from '../rules/rule-file.ts';
import type { Series } from '../series/series.ts';
import type { AlertInstance } from './alert-state.ts';
import {
  DEFAULT_EVALUATION,
  type EvaluationSettings,
  evaluateGroups,
  type GroupWritten,
} from './evaluate-groups.ts';
import type { NotifiedAlert } from './notification.ts';
import { notificationsOf, notifiedAlert } from './notify-changes.ts';
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

/** Some 300 KB of item; beyond it the oldest go, with an error, so that a dead SNS can't stop ticks. */
const MAX_OUTBOX = 500;

/** What shall be stored, and what was seen. */
export interface TickResult {
  readonly state: TickState;
  readonly report: TickReport;
  /** Recorded series, `ALERTS` and `ALERTS_FOR_STATE`; none of a group that was not due. */
  readonly written: readonly GroupWritten[];
  /** What Alertmanagers are to be told once the state is stored. */
  readonly toSend: readonly PostableAlert[];
}

/**
 * One tick, from what is stored to what shall be: pure, so that it can be repeated, replayed and
 * tested as a timeline. A tick not later than the last one changes nothing.
 */
export function tick(input: TickInput): TickResult {
  const { state, nowMs, window } = input;
  const hosts = allHosts(window.hosts, state.missing, nowMs);
  if (nowMs <= state.lastTickMs)
    return {
      state,
      report: reportOf(nowMs, state.alerts, hosts, window.errors),
      written: [],
      toSend: [],
    };
  const fromMs = nowMs - input.windowMs;
  const source = createMemorySource([
    ...window.series,
    ...hosts.map((host) => upSeries(host, fromMs, nowMs)),
  ]);
  const evaluated = evaluateGroups(
    input.groups,
    state,
    nowMs,
    source,
    input.evaluation ?? DEFAULT_EVALUATION,
  );
  const { alerts, recorded, ruleErrors, evaluations, written, toSend, errors } = evaluated;
  const added = notificationsOf(state.alerts, alerts, nowMs);
  const outbox = [
    ...state.outbox,
    ...added.map((notification) => ({ notification, claimedUntilMs: 0 })),
  ];
  const lost = Math.max(0, outbox.length - MAX_OUTBOX);
  if (lost > 0)
    errors.push(
      `${lost} notifications dropped: ${outbox.length} wait to be published, the limit is ${MAX_OUTBOX}`,
    );
  return {
    state: {
      lastTickMs: nowMs,
      alerts,
      recorded,
      ruleErrors,
      evaluations,
      missing: missingOf(hosts, nowMs),
      outbox: outbox.slice(lost),
    },
    report: reportOf(nowMs, alerts, hosts, [...window.errors, ...errors]),
    written,
    toSend,
  };
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
  alerts: TickState['alerts'],
  hosts: readonly HostSamples[],
  errors: readonly string[],
): TickReport {
  const all = Object.values(alerts).flat();
  const inState = (state: AlertInstance['state']) =>
    all.filter((alert) => alert.state === state).map(notifiedAlert);
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
