import type { Route } from './config-types.ts';
import { type DispatchInput, isUntold, receiverOf, type Step } from './dispatch-step.ts';
import { escalate } from './escalate.ts';
import { type AlertGroup, withoutMemoryOf } from './group-state.ts';
import { createMutes } from './mutes.ts';
import type { Notification, NotifiedAlert } from './notification-types.ts';
import { regroup } from './regroup.ts';
import { tellReceiver } from './tell.ts';

/**
 * Ticks do not come to the second: what is due at a tick is not put off by a whole one because this
 * came a little early. A tenth of the group's interval; and less than half of the way between two
 * ticks, or else the next one is the nearer.
 */
const EARLY_SHARE = 0.1;
const EARLY_TICK_SHARE = 0.49;
const EARLY_MAX_MS = 30_000;

/**
 * One tick of grouping and notifying: pure. The rules are Alertmanager's (dispatch.go, and the
 * pipeline of notify.go), with five differences. Flushes happen at ticks. A flush that tells nobody
 * anything does not pace the next one: `group_interval` counts from the group's last message. Who was
 * told that an alert fires is told that it is over, be it later because it is muted when it ends. An
 * alert that changes groups (a VM that moved, an edited tree) is not told anew to who knows of it. And
 * escalations.
 */
export function dispatch(input: DispatchInput): {
  groups: Readonly<Record<string, AlertGroup>>;
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

/** Tells the route's receiver, and those drawn in before, what is new; when the group's time has come. */
function flush(group: AlertGroup, key: string, step: Step): AlertGroup {
  const { routes, nowMs, config, mutes } = step;
  const route = routes.get(group.routeId);
  if (route !== undefined && nowMs < group.nextFlushMs - earlyMs(group, route, step)) return group;
  // Without its route the group only has to tell what is over, to whom it had told.
  const receivers = new Set([
    ...(route === undefined ? [] : [route.receiver]),
    ...Object.keys(group.escalated),
    ...Object.keys(group.told).map(receiverOf),
  ]);
  if (route !== undefined && mutes.ofRoute(route) !== undefined)
    return { ...group, resolved: stillToTell(group) };
  const toldBefore = step.notifications.length;
  let told = group.told;
  for (const name of receivers) {
    const receiver = config.receivers.get(name);
    if (receiver === undefined) continue;
    const only = name === route?.receiver ? undefined : (group.escalated[name] ?? {});
    const repeatMs =
      route === undefined
        ? Number.POSITIVE_INFINITY
        : route.repeatIntervalMs - earlyMs(group, route, step);
    told = tellReceiver({ ...group, told }, { key, receiver, only, repeatMs }, step);
  }
  // What tells nobody anything paces nothing: who joins next is told at the next tick.
  const isSilent = step.notifications.length === toldBefore;
  const nextFlushMs = isSilent ? group.nextFlushMs : nowMs + (route?.groupIntervalMs ?? 0);
  const after = { ...group, told, nextFlushMs };
  const over = new Set(group.resolved.map(({ fingerprint: id }) => id));
  const resolved = stillToTell(after).filter((alert) => mutes.isMuted(alert));
  const kept = new Set(resolved.map(({ fingerprint: id }) => id));
  return withoutMemoryOf({ ...after, resolved }, (id) => over.has(id) && !kept.has(id));
}

/** How much before its time a group may be told of; the first time not at all. */
function earlyMs(
  group: AlertGroup,
  { groupIntervalMs }: Route,
  { nowMs, lastTickMs }: Step,
): number {
  if (isUntold(group)) return 0;
  const tickMs = nowMs - lastTickMs;
  return Math.min(groupIntervalMs * EARLY_SHARE, tickMs * EARLY_TICK_SHARE, EARLY_MAX_MS);
}

/** Resolved alerts that somebody believes to be firing. */
function stillToTell({ resolved, told }: AlertGroup): NotifiedAlert[] {
  return resolved.filter(({ fingerprint: id }) =>
    Object.values(told).some(({ firing }) => Object.hasOwn(firing, id)),
  );
}
