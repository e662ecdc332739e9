import type { AlertmanagerConfig, Integration, Receiver, Route } from './config-types.ts';
import type { Escalation } from './escalation.ts';
import { fingerprint, groupKey } from './fingerprint.ts';
import type { AlertGroup, AlertGroups, Told } from './group-state.ts';
import { type AlertLabels, matchesLabels } from './matcher.ts';
import { createMutes, type Mutes } from './mutes.ts';
import type { Notification, NotifiedAlert } from './notification-types.ts';
import { matchRoutes } from './route.ts';
import { type Acknowledgement, isAcknowledged, type Silence } from './silence.ts';

/** What decides who is told what. */
export interface Routing {
  readonly config: AlertmanagerConfig;
  readonly escalations: readonly Escalation[];
  readonly silences: readonly Silence[];
  readonly acknowledgements: readonly Acknowledgement[];
}

export interface DispatchInput extends Routing {
  /** By fingerprint. */
  readonly firing: ReadonlyMap<string, NotifiedAlert>;
  /** Alerts that fired before and are over, as resolved; by fingerprint. */
  readonly ended: ReadonlyMap<string, NotifiedAlert>;
  readonly groups: AlertGroups;
  readonly nowMs: number;
}

/** What an alert that can't be told to be over is kept for. */
const HOLD_RESOLVED_MS = 7 * 86_400_000;

/**
 * Ticks do not come to the second: what is due at a tick is not put off by a whole one because this
 * came a little early. A tenth of the group's interval.
 */
const EARLY_SHARE = 0.1;
const EARLY_MAX_MS = 30_000;

/** Told state of alerts that went from one group to another, by integration and fingerprint. */
type Carried = Map<string, Map<string, Told>>;

interface Step extends DispatchInput {
  readonly mutes: Mutes;
  readonly routes: ReadonlyMap<string, Route>;
  readonly notifications: Notification[];
}

/**
 * One tick of grouping and notifying: pure. The rules are Alertmanager's (dispatch.go, and the
 * pipeline of notify.go), with four differences. Flushes happen at ticks. Who was told that an alert
 * fires is told that it is over, be it later because it is muted when it ends. An alert that changes
 * groups (a VM that moved, an edited tree) is not told anew to who knows of it. And escalations.
 */
export function dispatch(input: DispatchInput): {
  groups: AlertGroups;
  notifications: Notification[];
} {
  const { config, silences, firing, nowMs } = input;
  const routes = new Map(allRoutes(config.route).map((route) => [route.id, route]));
  const mutes = createMutes(config, silences, [...firing.values()], nowMs);
  const step: Step = { ...input, mutes, routes, notifications: [] };
  const groups: Record<string, AlertGroup> = {};
  for (const [key, group] of regroup(step)) {
    const escalated = escalate(flush(group, key, step), key, step);
    if (escalated.firing.length + escalated.resolved.length > 0) groups[key] = escalated;
  }
  return { groups, notifications: step.notifications };
}

function allRoutes(route: Route): Route[] {
  return [route, ...route.routes.flatMap(allRoutes)];
}

/** The groups as they are now: alerts that began are in, those that ended are among the resolved. */
function regroup(step: Step): Map<string, AlertGroup> {
  const wanted = wantedGroups(step);
  const carried: Carried = new Map();
  const groups = new Map<string, AlertGroup>();
  for (const [key, group] of Object.entries(step.groups)) {
    const now = new Set(wanted.get(key)?.firing);
    const ended = group.firing.flatMap((id) => step.ended.get(id) ?? []);
    for (const id of group.firing) {
      if (!now.has(id) && step.firing.has(id)) carry(carried, group, id);
    }
    groups.set(key, {
      ...group,
      firing: [...now],
      resolved: [...group.resolved, ...ended].filter(
        ({ fingerprint: id, endsAtMs }) =>
          !now.has(id) && step.nowMs - (endsAtMs ?? 0) < HOLD_RESOLVED_MS,
      ),
    });
  }
  for (const [key, { route, groupLabels, firing }] of wanted) {
    const fresh = newGroup(route, groupLabels, firing, step);
    const group = groups.get(key) ?? fresh;
    groups.set(key, {
      ...group,
      // Nobody was told yet: an alert that has waited long enough elsewhere ends the waiting.
      nextFlushMs: isUntold(group)
        ? Math.min(group.nextFlushMs, fresh.nextFlushMs)
        : group.nextFlushMs,
      told: withCarried(group, firing, carried),
    });
  }
  return groups;
}

interface WantedGroup {
  readonly route: Route;
  readonly groupLabels: AlertLabels;
  readonly firing: string[];
}

function wantedGroups({ config, firing }: Step): Map<string, WantedGroup> {
  const wanted = new Map<string, WantedGroup>();
  for (const [id, { labels }] of firing) {
    for (const route of matchRoutes(config.route, labels)) {
      const groupLabels = groupLabelsOf(route, labels);
      const key = groupKey(route, groupLabels);
      const group = wanted.get(key) ?? { route, groupLabels, firing: [] };
      wanted.set(key, group);
      group.firing.push(id);
    }
  }
  return wanted;
}

/** The labels a route groups an alert by; one that the alert lacks is left out. */
export function groupLabelsOf({ groupBy }: Route, labels: AlertLabels): AlertLabels {
  if (groupBy === 'all') return labels;
  return Object.fromEntries(
    groupBy.flatMap((name) => (Object.hasOwn(labels, name) ? [[name, labels[name] ?? '']] : [])),
  );
}

/** A group waits for others to join, unless an alert in it has been waiting so long already. */
function newGroup(
  route: Route,
  groupLabels: AlertLabels,
  firing: readonly string[],
  { firing: alerts, nowMs }: Step,
): AlertGroup {
  const waits = !firing.some(
    (id) => nowMs - (alerts.get(id)?.startsAtMs ?? nowMs) >= route.groupWaitMs,
  );
  return {
    routeId: route.id,
    groupLabels,
    nextFlushMs: waits ? nowMs + route.groupWaitMs : nowMs,
    firing,
    resolved: [],
    told: {},
    escalated: {},
  };
}

function isUntold({ told }: AlertGroup): boolean {
  return Object.keys(told).length === 0;
}

function carry(carried: Carried, { told }: AlertGroup, id: string): void {
  for (const [integration, { atMs, firing }] of Object.entries(told)) {
    const since = firing[id];
    if (since === undefined) continue;
    const ofIntegration = carried.get(integration) ?? new Map<string, Told>();
    carried.set(integration, ofIntegration);
    ofIntegration.set(id, { atMs, firing: { [id]: since } });
  }
}

function withCarried(
  { told }: AlertGroup,
  firing: readonly string[],
  carried: Carried,
): AlertGroup['told'] {
  const next: Record<string, Told> = { ...told };
  for (const [integration, ofIntegration] of carried) {
    for (const id of firing) {
      const from = ofIntegration.get(id);
      if (from === undefined) continue;
      const known = next[integration];
      next[integration] = {
        atMs: Math.max(known?.atMs ?? 0, from.atMs),
        firing: { ...from.firing, ...known?.firing },
      };
    }
  }
  return next;
}

/** Tells the route's receiver, and those drawn in before, what is new; when the group's time has come. */
function flush(group: AlertGroup, key: string, step: Step): AlertGroup {
  const { routes, nowMs, config, mutes } = step;
  const route = routes.get(group.routeId);
  if (route !== undefined && nowMs < group.nextFlushMs - earlyMs(group, route)) return group;
  const nextFlushMs = nowMs + (route?.groupIntervalMs ?? 0);
  // Without its route the group only has to tell what is over, to whom it had told.
  const receivers = new Set([
    ...(route === undefined ? [] : [route.receiver]),
    ...Object.keys(group.escalated),
    ...Object.keys(group.told).map(receiverOf),
  ]);
  if (route !== undefined && mutes.ofRoute(route) !== undefined)
    return { ...group, nextFlushMs, resolved: stillToTell(group) };
  let told = group.told;
  for (const name of receivers) {
    const receiver = config.receivers.get(name);
    if (receiver === undefined) continue;
    const only = name === route?.receiver ? undefined : (group.escalated[name] ?? {});
    const repeatMs =
      route === undefined
        ? Number.POSITIVE_INFINITY
        : route.repeatIntervalMs - earlyMs(group, route);
    told = tellReceiver({ ...group, told }, { key, receiver, only, repeatMs }, step);
  }
  const after = { ...group, told, nextFlushMs };
  const over = new Set(group.resolved.map(({ fingerprint: id }) => id));
  const resolved = stillToTell(after).filter((alert) => mutes.isMuted(alert));
  const kept = new Set(resolved.map(({ fingerprint: id }) => id));
  return { ...after, resolved, told: forgotten(told, (id) => over.has(id) && !kept.has(id)) };
}

/** How much before its time a group may be told of; the first time not at all. */
function earlyMs(group: AlertGroup, { groupIntervalMs }: Route): number {
  return isUntold(group) ? 0 : Math.min(groupIntervalMs * EARLY_SHARE, EARLY_MAX_MS);
}

function receiverOf(integrationKey: string): string {
  return integrationKey.slice(0, integrationKey.lastIndexOf('/'));
}

/** Resolved alerts that somebody believes to be firing. */
function stillToTell({ resolved, told }: AlertGroup): NotifiedAlert[] {
  return resolved.filter(({ fingerprint: id }) =>
    Object.values(told).some(({ firing }) => Object.hasOwn(firing, id)),
  );
}

function forgotten(told: AlertGroup['told'], isGone: (id: string) => boolean): AlertGroup['told'] {
  return Object.fromEntries(
    Object.entries(told).map(([integration, { atMs, firing }]) => [
      integration,
      { atMs, firing: Object.fromEntries(Object.entries(firing).filter(([id]) => !isGone(id))) },
    ]),
  );
}

interface Telling {
  readonly key: string;
  readonly receiver: Receiver;
  /** Only these alerts concern the receiver; absent: all of the group. */
  readonly only: Readonly<Record<string, number>> | undefined;
  readonly repeatMs: number;
  readonly escalatedFrom?: string;
}

/** Adds a notification for each integration that has something to hear; gives what all have been told then. */
function tellReceiver(group: AlertGroup, telling: Telling, step: Step): AlertGroup['told'] {
  const { firing: alerts, mutes } = step;
  const concerns = (id: string) => telling.only === undefined || Object.hasOwn(telling.only, id);
  const firing = group.firing
    .flatMap((id) => alerts.get(id) ?? [])
    .filter((alert) => concerns(alert.fingerprint) && !mutes.isMuted(alert));
  const resolved = group.resolved.filter((alert) => !mutes.isMuted(alert));
  const told: Record<string, Told> = { ...group.told };
  for (const integration of telling.receiver.integrations) {
    const name = integrationName(integration);
    const before = told[`${telling.receiver.name}/${name}`];
    // Who was drawn in hears only of the end of what he heard of.
    const over = resolved.filter(
      ({ fingerprint: id }) =>
        telling.only === undefined || Object.hasOwn(before?.firing ?? {}, id),
    );
    const news = newsFor(integration, before, firing, over, telling.repeatMs, step);
    if (news === undefined) continue;
    const shown = ordered(firing, before, integration.sendResolved ? over : []);
    const next: Told = {
      atMs: step.nowMs,
      firing: {
        ...before?.firing,
        ...Object.fromEntries(
          firing.map(({ fingerprint: id }) => [id, before?.firing[id] ?? step.nowMs]),
        ),
      },
    };
    told[`${telling.receiver.name}/${name}`] = next;
    if (shown.length === 0) continue;
    step.notifications.push(notificationOf(group, telling, name, shown, news === 'reminder', step));
  }
  return told;
}

/** `<kind>[<index>]`. */
export function integrationName({ index, settings }: Integration): string {
  return `${settings.kind}[${index}]`;
}

/** Has the integration something to hear? Source: alertmanager/notify/notify.go, `needsUpdate`. */
function newsFor(
  { sendResolved }: Integration,
  before: Told | undefined,
  firing: readonly NotifiedAlert[],
  over: readonly NotifiedAlert[],
  repeatMs: number,
  { nowMs, acknowledgements }: Step,
): 'news' | 'reminder' | undefined {
  if (before === undefined) return firing.length > 0 ? 'news' : undefined;
  if (firing.some(({ fingerprint: id }) => !Object.hasOwn(before.firing, id))) return 'news';
  if (firing.length === 0) {
    const heard = over.some(({ fingerprint: id }) => Object.hasOwn(before.firing, id));
    return heard ? 'news' : undefined;
  }
  if (sendResolved && over.length > 0) return 'news';
  if (nowMs - before.atMs < repeatMs) return undefined;
  const isOpen = firing.some((alert) => !isAcknowledged(acknowledgements, alert, nowMs));
  return isOpen ? 'reminder' : undefined;
}

/** What is new first: it is what a short message has room for. */
function ordered(
  firing: readonly NotifiedAlert[],
  before: Told | undefined,
  over: readonly NotifiedAlert[],
): NotifiedAlert[] {
  const isNew = ({ fingerprint: id }: NotifiedAlert) => before?.firing[id] === undefined;
  return [...firing.filter(isNew), ...firing.filter((alert) => !isNew(alert)), ...over];
}

function notificationOf(
  { groupLabels }: AlertGroup,
  { key, receiver, escalatedFrom }: Telling,
  integration: string,
  alerts: readonly NotifiedAlert[],
  repeated: boolean,
  { nowMs }: Step,
): Notification {
  const queue = fingerprint({ receiver: receiver.name, integration, groupKey: key });
  return {
    id: `${nowMs}-${queue}`,
    receiver: receiver.name,
    integration,
    groupKey: key,
    groupLabels,
    status: alerts.some(({ status }) => status === 'firing') ? 'firing' : 'resolved',
    alerts,
    atMs: nowMs,
    repeated,
    ...(escalatedFrom === undefined ? {} : { escalatedFrom }),
  };
}

/** Draws the next receiver in where nobody has acknowledged for too long. Each tick: a night is short. */
function escalate(group: AlertGroup, key: string, step: Step): AlertGroup {
  let after = group;
  for (const { matchers, from, to, afterMs } of step.escalations) {
    const receiver = step.config.receivers.get(to);
    if (receiver === undefined) continue;
    const due = group.firing.flatMap((id) => {
      const alert = step.firing.get(id);
      const since = firstTold(after, from, id);
      const isDue =
        alert !== undefined &&
        since !== undefined &&
        step.nowMs - since >= afterMs &&
        !Object.hasOwn(after.escalated[to] ?? {}, id) &&
        matchesLabels(matchers, alert.labels) &&
        !step.mutes.isMuted(alert) &&
        !isAcknowledged(step.acknowledgements, alert, step.nowMs);
      return isDue ? [id] : [];
    });
    if (due.length === 0) continue;
    const only = {
      ...after.escalated[to],
      ...Object.fromEntries(due.map((id) => [id, step.nowMs])),
    };
    after = { ...after, escalated: { ...after.escalated, [to]: only } };
    const telling = {
      key,
      receiver,
      only,
      repeatMs: Number.POSITIVE_INFINITY,
      escalatedFrom: from,
    };
    after = { ...after, told: tellReceiver({ ...after, resolved: [] }, telling, step) };
  }
  return after;
}

/** When a receiver was first told of an alert of a group. */
function firstTold({ told }: AlertGroup, receiver: string, id: string): number | undefined {
  const times = Object.entries(told)
    .filter(([integration]) => receiverOf(integration) === receiver)
    .flatMap(([, { firing }]) => firing[id] ?? []);
  return times.length === 0 ? undefined : Math.min(...times);
}
