import { dispatch } from '../alertmanager/dispatch.ts';
import type { DispatchInput, Routing } from '../alertmanager/dispatch-step.ts';
import { fingerprint } from '../alertmanager/fingerprint.ts';
import {
  dampFlapping,
  type FlapHistories,
  type FlappingSettings,
} from '../alertmanager/flapping.ts';
import type { AlertGroups } from '../alertmanager/group-state.ts';
import type { Notification, NotifiedAlert } from '../alertmanager/notification-types.ts';
import { formatExpr } from '../promql/format.ts';
import type { RuleGroup } from '../rules/rule-file.ts';
import { labelPairs } from '../series/labels.ts';
import type { AlertInstance } from './alert-state.ts';
import { generatorUrl } from './generator-url.ts';
import { ruleIds } from './rule-ids.ts';

/** How alerts are told. */
export interface NotifySettings extends Routing {
  /** `undefined`: every coming and going is told, as Alertmanager does. */
  readonly flapping: FlappingSettings | undefined;
  /** Where people reach this Hypervigil, without a slash at the end; `''` when nobody said. */
  readonly externalUrl: string;
}

/** What is remembered of who was told what. */
export interface NotifyState {
  readonly groups: AlertGroups;
  readonly flapping: FlapHistories;
}

/** By rule id. */
type Alerts = Readonly<Record<string, readonly AlertInstance[]>>;

/**
 * From the rules' alerts before and after a tick to what people are told: flapping is damped, the rest
 * is grouped, muted and told as the routing says.
 */
export function notify(
  groups: readonly RuleGroup[],
  before: NotifyState & { readonly alerts: Alerts; readonly lastTickMs: number },
  after: Alerts,
  settings: NotifySettings,
  nowMs: number,
): { state: NotifyState; notifications: Notification[] } {
  const links = linksById(groups, settings.externalUrl);
  const damped = dampFlapping(
    before.flapping,
    firingAlerts(after, links),
    nowMs,
    settings.flapping ?? NEVER,
  );
  const { config, escalations, silences, acknowledgements } = settings;
  const input: DispatchInput = {
    config,
    escalations,
    silences,
    acknowledgements,
    firing: damped.firing,
    ended: endedAlerts(
      countedAlerts(groups, before, settings.externalUrl),
      damped.firing,
      before.flapping,
      nowMs,
    ),
    groups: before.groups,
    nowMs,
    lastTickMs: before.lastTickMs,
  };
  const told = dispatch(input);
  return {
    state: { groups: told.groups, flapping: damped.histories },
    notifications: told.notifications,
  };
}

const NEVER: FlappingSettings = { times: Number.POSITIVE_INFINITY, withinMs: 0, quietMs: 0 };

/** What counts as firing now, by fingerprint: for those who only look. */
export function countedAlerts(
  groups: readonly RuleGroup[],
  { alerts, flapping }: Pick<NotifyState, 'flapping'> & { readonly alerts: Alerts },
  externalUrl: string,
): Map<string, NotifiedAlert> {
  const counted = firingAlerts(alerts, linksById(groups, externalUrl));
  for (const [id, { held }] of Object.entries(flapping)) {
    if (held !== undefined) counted.set(id, held);
  }
  return counted;
}

/** What an alert's rule is, for those who are told of it. */
export interface RuleLink {
  readonly expr: string;
  readonly generatorUrl: string;
}

type RuleLinks = ReadonlyMap<string, RuleLink>;

/** The same rules are asked about several times a tick, and writing their links out takes a while. */
const madeLinks = new WeakMap<readonly RuleGroup[], { externalUrl: string; links: RuleLinks }>();

/** By rule id. */
export function linksById(groups: readonly RuleGroup[], externalUrl: string): RuleLinks {
  const made = madeLinks.get(groups);
  if (made?.externalUrl === externalUrl) return made.links;
  const links = makeLinks(groups, externalUrl);
  madeLinks.set(groups, { externalUrl, links });
  return links;
}

function makeLinks(groups: readonly RuleGroup[], externalUrl: string): RuleLinks {
  const links = new Map<string, RuleLink>();
  for (const group of groups) {
    const ids = ruleIds(group);
    group.rules.forEach(({ kind, expr, exprText }, i) => {
      if (kind === 'alert')
        links.set(ids[i] ?? '', {
          expr: exprText,
          generatorUrl: generatorUrl(externalUrl, formatExpr(expr)),
        });
    });
  }
  return links;
}

function firingAlerts(
  alerts: Alerts,
  links: ReadonlyMap<string, RuleLink>,
): Map<string, NotifiedAlert> {
  const firing = new Map<string, NotifiedAlert>();
  for (const [id, instances] of Object.entries(alerts)) {
    for (const instance of instances) {
      if (instance.state !== 'firing') continue;
      const alert = notifiedAlert(instance, links.get(id));
      // Two rules may make one alert; the first is as good as the second.
      if (!firing.has(alert.fingerprint)) firing.set(alert.fingerprint, alert);
    }
  }
  return firing;
}

/** What counted as firing a tick ago and no longer does. */
function endedAlerts(
  counted: ReadonlyMap<string, NotifiedAlert>,
  firing: ReadonlyMap<string, NotifiedAlert>,
  flapping: FlapHistories,
  nowMs: number,
): Map<string, NotifiedAlert> {
  const ended = new Map<string, NotifiedAlert>();
  for (const [id, alert] of counted) {
    if (firing.has(id)) continue;
    const endsAtMs = flapping[id]?.quietSinceMs ?? nowMs;
    ended.set(id, { ...alert, status: 'resolved', endsAtMs });
  }
  return ended;
}

/** An alert of a rule as people are told of it; a pending one is written as if it fired. */
export function notifiedAlert(alert: AlertInstance, link: RuleLink | undefined): NotifiedAlert {
  const { value, annotations, activeAtMs, resolvedAtMs, noDataSinceMs } = alert;
  const startsAtMs = alert.firedAtMs ?? activeAtMs;
  // As in Prometheus, an empty label is none.
  const labels = Object.fromEntries(
    [...labelPairs(alert.labels)].filter(([, text]) => text !== ''),
  );
  return {
    status: resolvedAtMs === undefined ? 'firing' : 'resolved',
    fingerprint: fingerprint(labels),
    labels,
    annotations,
    value,
    startsAtMs,
    ...(activeAtMs < startsAtMs ? { activeAtMs } : {}),
    ...(resolvedAtMs === undefined ? {} : { endsAtMs: resolvedAtMs }),
    generatorUrl: '',
    ...link,
    ...(noDataSinceMs === undefined ? {} : { noDataSinceMs }),
  };
}
