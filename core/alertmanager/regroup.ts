import type { Route } from './config-types.ts';
import { isUntold, type Step } from './dispatch-step.ts';
import { groupKey } from './fingerprint.ts';
import { type AlertGroup, type Told, withoutMemoryOf } from './group-state.ts';
import type { AlertLabels } from './matcher.ts';
import { matchRoutes } from './route.ts';

/** What an alert that can't be told to be over is kept for. */
const HOLD_RESOLVED_MS = 7 * 86_400_000;

/** Told state of alerts that went from one group to another, by integration and fingerprint. */
type Carried = Map<string, Map<string, Told>>;

/** The groups as they are now: alerts that began are in, those that ended are among the resolved. */
export function regroup(step: Step): Map<string, AlertGroup> {
  const wanted = wantedGroups(step);
  const carried: Carried = new Map();
  const groups = new Map<string, AlertGroup>();
  for (const [key, group] of Object.entries(step.groups)) {
    const now = new Set(wanted.get(key)?.firing);
    const ended = group.firing.flatMap((id) => step.ended.get(id) ?? []);
    for (const id of group.firing) {
      if (!now.has(id) && step.firing.has(id)) carry(carried, group, id);
    }
    const resolved = [...group.resolved, ...ended].filter(
      ({ fingerprint: id, endsAtMs }) =>
        !now.has(id) && step.nowMs - (endsAtMs ?? 0) < HOLD_RESOLVED_MS,
    );
    const known = new Set([...now, ...resolved.map(({ fingerprint: id }) => id)]);
    const kept = withoutMemoryOf(group, (id) => !known.has(id));
    groups.set(key, { ...kept, firing: [...now], resolved });
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
