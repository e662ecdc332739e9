import type { AlertInstance } from '../../../core/alerting/alert-state.ts';
import { notifiedAlert } from '../../../core/alerting/notify.ts';
import { ruleIds } from '../../../core/alerting/rule-ids.ts';
import type { TickState } from '../../../core/alerting/tick-state.ts';
import type { NotifiedAlert } from '../../../core/alertmanager/notification-types.ts';
import type { AlertLife } from '../../../core/answers/explain.ts';
import type { AlertingRule, RuleGroup } from '../../../core/rules/rule-file.ts';
import { DAY_MS } from '../../../core/time.ts';
import { numberAnswer } from './answers.ts';
import { type PastLives, readLives, ruleOf } from './past-lives.ts';
import type { ExplainPorts } from './ports.ts';

/** An alert that is or was, and the rule that makes it. */
export interface FoundAlert {
  readonly fingerprint: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly life: AlertLife;
  readonly rule?: AlertRule;
  readonly readUnits: number;
}

interface AlertRule {
  readonly group: RuleGroup;
  readonly rule: AlertingRule;
  readonly id: string;
}

/** How far back is looked for an alert of which only the fingerprint is known. */
const LOOK_BACK_MS = 7 * DAY_MS;
/** Around a time that was named: an alert may have begun long before. */
const AROUND_MS = DAY_MS;

/** The alert as the last tick left it: pending, firing, or over for a few minutes. */
export function findActive(
  state: TickState,
  groups: readonly RuleGroup[],
  id: string,
): FoundAlert | undefined {
  let found: FoundAlert | undefined;
  for (const [rule, instances] of Object.entries(state.alerts)) {
    const instance = instances.find((one) => notifiedAlert(one, undefined).fingerprint === id);
    if (instance === undefined || (found !== undefined && instance.state === 'inactive')) continue;
    const { labels } = notifiedAlert(instance, undefined);
    const known = ruleById(groups, rule) ?? ruleByLabels(groups, labels);
    found = {
      ...{ fingerprint: id, labels, readUnits: 0 },
      annotations: instance.annotations,
      life: lifeOf(instance),
      ...(known === undefined ? {} : { rule: known }),
    };
    if (instance.state !== 'inactive') break;
  }
  const held = state.flapping[id]?.held;
  if (held?.flapping === undefined) return found;
  const { times, sinceMs } = held.flapping;
  const flapping = { flapping: { times, sinceMs } };
  if (found?.life.state === 'firing') return { ...found, life: { ...found.life, ...flapping } };
  // Its rule is quiet just now, and for people it goes on.
  return { ...heldAlert(held, groups), ...(found?.rule === undefined ? {} : { rule: found.rule }) };
}

function heldAlert(held: NotifiedAlert, groups: readonly RuleGroup[]): FoundAlert {
  const { fingerprint, labels, annotations, startsAtMs, activeAtMs, value, flapping } = held;
  const rule = ruleByLabels(groups, labels);
  return {
    ...{ fingerprint, labels, annotations, readUnits: 0 },
    life: {
      ...{ state: 'firing', value: numberAnswer(value), isFromHistory: false },
      activeAtMs: activeAtMs ?? startsAtMs,
      firedAtMs: startsAtMs,
      ...(flapping === undefined
        ? {}
        : { flapping: { times: flapping.times, sinceMs: flapping.sinceMs } }),
    },
    ...(rule === undefined ? {} : { rule }),
  };
}

function lifeOf(instance: AlertInstance): AlertLife {
  const { state, value, activeAtMs, firedAtMs, resolvedAtMs } = instance;
  const { keepFiringSinceMs, noDataSinceMs } = instance;
  return {
    state: state === 'inactive' ? 'resolved' : state,
    ...{ value: numberAnswer(value), activeAtMs, isFromHistory: false },
    ...(firedAtMs === undefined ? {} : { firedAtMs }),
    ...(resolvedAtMs === undefined ? {} : { endedAtMs: resolvedAtMs }),
    ...(keepFiringSinceMs === undefined ? {} : { keepFiringSinceMs }),
    ...(noDataSinceMs === undefined ? {} : { noDataSinceMs }),
  };
}

function ruleById(groups: readonly RuleGroup[], id: string): AlertRule | undefined {
  for (const group of groups) {
    const rule = group.rules[ruleIds(group).indexOf(id)];
    if (rule?.kind === 'alert') return { group, rule, id };
  }
  return undefined;
}

function ruleByLabels(
  groups: readonly RuleGroup[],
  labels: FoundAlert['labels'],
): AlertRule | undefined {
  const known = ruleOf(groups, labels);
  return known && { ...known, id: ruleIds(known.group)[known.index] ?? '' };
}

/** An alert that is over, from what is kept of past ones: at a time, or the last one of some days. */
export async function findPast(
  ports: ExplainPorts,
  id: string,
  atMs: number | undefined,
): Promise<FoundAlert | undefined> {
  const nowMs = ports.nowMs();
  const range =
    atMs === undefined
      ? { fromMs: nowMs - LOOK_BACK_MS, toMs: nowMs }
      : { fromMs: atMs - AROUND_MS, toMs: Math.min(nowMs, atMs + AROUND_MS) };
  const read = await readLives(ports, range);
  if (!read.ok) return undefined;
  const life = lifeAt(read.value, id, atMs);
  if (life === undefined) return undefined;
  const { labels, activeAtMs, firedAtMs, endedAtMs } = life;
  const annotations = await annotationsOf(ports, id, activeAtMs, endedAtMs ?? nowMs);
  const rule = ruleByLabels(ports.rules.groups, labels);
  const over = firedAtMs === undefined ? 'gone' : 'resolved';
  const going = firedAtMs === undefined ? 'pending' : 'firing';
  return {
    ...{ fingerprint: id, labels, annotations: annotations ?? {} },
    life: {
      ...{ state: endedAtMs === undefined ? going : over, activeAtMs, isFromHistory: true },
      ...(firedAtMs === undefined ? {} : { firedAtMs }),
      ...(endedAtMs === undefined ? {} : { endedAtMs }),
    },
    ...(rule === undefined ? {} : { rule }),
    readUnits: read.value.readUnits,
  };
}

/** The last life of an alert that had begun by then. */
function lifeAt({ lives }: PastLives, id: string, atMs: number | undefined) {
  const own = lives.filter((life) => life.fingerprint === id);
  // Times of past alerts are known to the minute.
  return own.find(({ activeAtMs }) => activeAtMs <= (atMs ?? activeAtMs) + 60_000) ?? own.at(-1);
}

/** As a message of that time had them. */
async function annotationsOf(
  { deliveries, nowMs }: ExplainPorts,
  id: string,
  fromMs: number,
  endedAtMs: number,
): Promise<FoundAlert['annotations'] | undefined> {
  const range = { fromMs, toMs: endedAtMs + 3_600_000, limit: 200 };
  for (const { notification } of await deliveries.list(range, nowMs())) {
    const told = notification.alerts.find((alert) => alert.fingerprint === id);
    if (told !== undefined) return told.annotations;
  }
  return undefined;
}
