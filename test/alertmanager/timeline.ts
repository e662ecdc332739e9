import type { AlertmanagerConfig, Receiver, Route } from '../../core/alertmanager/config-types.ts';
import { dispatch } from '../../core/alertmanager/dispatch.ts';
import type { Routing } from '../../core/alertmanager/dispatch-step.ts';
import { fingerprint } from '../../core/alertmanager/fingerprint.ts';
import {
  dampFlapping,
  FLAPPING,
  type FlapHistories,
  type FlappingSettings,
} from '../../core/alertmanager/flapping.ts';
import type { AlertGroups } from '../../core/alertmanager/group-state.ts';
import type { LabelMatcher } from '../../core/alertmanager/matcher.ts';
import type { Notification, NotifiedAlert } from '../../core/alertmanager/notification-types.ts';
import { parseMatchers } from '../../core/alertmanager/parse-matcher.ts';
import type { Silence } from '../../core/alertmanager/silence.ts';

/** Alerts over time, minute by minute, and what is told: `"min 3 pager: +a -b"`. */

export const MINUTE = 60_000;
const START = Date.UTC(2026, 10, 23, 12);

export function at(minute: number): number {
  return START + minute * MINUTE;
}

export function matchers(text: string): LabelMatcher[] {
  const parsed = parseMatchers(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

interface RouteText extends Partial<Omit<Route, 'matchers' | 'routes'>> {
  readonly match?: string;
  readonly routes?: readonly RouteText[];
}

function route(text: RouteText, parent?: Route, index = 0): Route {
  const { match, routes = [], ...given } = text;
  const own: Route = {
    id: parent === undefined ? '{}' : `${parent.id}/${match ?? '{}'}/${index}`,
    receiver: parent?.receiver ?? 'pager',
    groupBy: parent?.groupBy ?? ['alertname'],
    groupWaitMs: parent?.groupWaitMs ?? 0,
    groupIntervalMs: parent?.groupIntervalMs ?? MINUTE,
    repeatIntervalMs: parent?.repeatIntervalMs ?? 240 * MINUTE,
    matchers: match === undefined ? [] : matchers(match),
    muteTimeIntervals: [],
    activeTimeIntervals: [],
    continue: false,
    routes: [],
    ...given,
  };
  return { ...own, routes: routes.map((child, i) => route(child, own, i)) };
}

function receiver(name: string, sendResolved: boolean): Receiver {
  const http = { followRedirects: true, headers: {} };
  const url = `http://${name}.example`;
  const settings = { kind: 'webhook', url, maxAlerts: 0, timeoutMs: 0, http } as const;
  return { name, integrations: [{ index: 0, sendResolved, settings }] };
}

export function config(
  text: RouteText = {},
  rest: Partial<AlertmanagerConfig> = {},
  quiet: readonly string[] = [],
): AlertmanagerConfig {
  return {
    original: '',
    route: route(text),
    receivers: new Map(
      ['pager', 'boss', 'mail'].map((name) => [name, receiver(name, !quiet.includes(name))]),
    ),
    inhibitRules: [],
    timeIntervals: new Map(),
    templates: [],
    ...rest,
  };
}

export function silence(match: string, fromMinute: number, toMinute: number): Silence {
  return {
    id: `silence of ${match}`,
    matchers: matchers(match),
    startsAtMs: at(fromMinute),
    endsAtMs: at(toMinute),
    updatedAtMs: at(fromMinute),
    createdBy: 'me',
    comment: 'test',
  };
}

interface Play extends Partial<Routing> {
  readonly flapping?: FlappingSettings;
  /** From this minute on another configuration holds. */
  readonly later?: { readonly minute: number; readonly config: AlertmanagerConfig };
}

/**
 * Plays alerts, each with a label set and a line of minutes: `#` fires, `.` does not. Gives a line for
 * each notification: the minute, who is told, and `+` or `-` with the alert's `name` label; alerts told
 * before stand in brackets.
 */
export function play(alerts: Readonly<Record<string, string>>, how: Play = {}): string[] {
  const lines: string[] = [];
  const told = new Set<string>();
  for (const notification of notifications(alerts, how)) {
    const minute = (notification.atMs - START) / MINUTE;
    const names = notification.alerts.map((alert) => {
      const name = alert.labels['name'] ?? alert.labels['alertname'] ?? '';
      const sign = alert.status === 'firing' ? '+' : '-';
      const key = `${notification.receiver} ${alert.fingerprint} ${alert.startsAtMs} ${sign}`;
      const isOld = told.has(key);
      told.add(key);
      const flaps = alert.flapping === undefined ? '' : `~${alert.flapping.times}`;
      return isOld ? `(${sign}${name}${flaps})` : `${sign}${name}${flaps}`;
    });
    const how = `${notification.repeated ? ' again' : ''}${notification.escalatedFrom === undefined ? '' : ` after ${notification.escalatedFrom}`}`;
    lines.push(`${minute} ${notification.receiver}${how}: ${names.join(' ')}`);
  }
  return lines;
}

export function notifications(
  alerts: Readonly<Record<string, string>>,
  how: Play = {},
): Notification[] {
  const parsed = Object.entries(alerts).map(([labels, line]) => ({
    labels: Object.fromEntries(matchers(labels).map(({ name, value }) => [name, value])),
    line,
  }));
  const minutes = Math.max(...parsed.map(({ line }) => line.length));
  let groups: AlertGroups = {};
  let histories: FlapHistories = {};
  let before = new Map<string, NotifiedAlert>();
  const sent: Notification[] = [];
  for (let minute = 0; minute < minutes; minute++) {
    const raw = new Map<string, NotifiedAlert>();
    for (const { labels, line } of parsed) {
      if (line[minute] !== '#') continue;
      const since = line.lastIndexOf('.', minute) + 1;
      const alert: NotifiedAlert = {
        status: 'firing',
        fingerprint: fingerprint(labels),
        labels,
        annotations: {},
        value: minute,
        startsAtMs: at(since),
        generatorUrl: '',
      };
      raw.set(alert.fingerprint, alert);
    }
    const nowMs = at(minute);
    const damped = dampFlapping(histories, raw, nowMs, how.flapping ?? { ...FLAPPING, times: 1e9 });
    histories = damped.histories;
    const ended = new Map<string, NotifiedAlert>();
    for (const [id, alert] of before) {
      if (!damped.firing.has(id)) ended.set(id, { ...alert, status: 'resolved', endsAtMs: nowMs });
    }
    const step = dispatch({
      escalations: [],
      silences: [],
      acknowledgements: [],
      ...how,
      config:
        how.later !== undefined && minute >= how.later.minute
          ? how.later.config
          : (how.config ?? config()),
      firing: damped.firing,
      ended,
      groups,
      nowMs,
      lastTickMs: at(minute - 1),
    });
    groups = step.groups;
    before = damped.firing;
    sent.push(...step.notifications);
  }
  return sent;
}
