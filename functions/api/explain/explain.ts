import { countedAlerts } from '../../../core/alerting/notify.ts';
import type { TickState } from '../../../core/alerting/tick-state.ts';
import type { InhibitRule } from '../../../core/alertmanager/config-types.ts';
import { fingerprint, groupKey } from '../../../core/alertmanager/fingerprint.ts';
import { createInhibitor } from '../../../core/alertmanager/inhibit.ts';
import { matchesLabels } from '../../../core/alertmanager/matcher.ts';
import type { NotifiedAlert } from '../../../core/alertmanager/notification-types.ts';
import { formatMatchers } from '../../../core/alertmanager/parse-matcher.ts';
import { groupLabelsOf } from '../../../core/alertmanager/regroup.ts';
import { matchRoutes } from '../../../core/alertmanager/route.ts';
import { routeSteps } from '../../../core/alertmanager/route-steps.ts';
import { isAcknowledged, silencedBy } from '../../../core/alertmanager/silence.ts';
import type {
  AlertExplanation,
  ExplainedGroup,
  ExplainedRule,
  Inhibition,
} from '../../../core/answers/explain.ts';
import { err, ok, type Result } from '../../../core/result.ts';
import { readMatchers } from '../../alertmanager-api/params.ts';
import { timeParam } from '../params.ts';
import { type ApiData, type ApiError, badData, badParameter } from '../reply.ts';
import { acknowledgementAnswer, silenceAnswer } from './answers.ts';
import { type FoundAlert, findActive, findPast } from './find-alert.ts';
import type { ExplainPorts } from './ports.ts';
import { samplesOf } from './samples.ts';
import { integrationsOf } from './targets.ts';
import { toldOf } from './told.ts';

const FINGERPRINT = /^[0-9a-f]{16}$/;

/**
 * `GET /api/v1/alerts/explain`: an alert by `fingerprint`, or by all its labels, a `filter` each
 * (`filter=alertname="HostDown"`). `at`: one that was at that time; absent: the one there is, else the last one
 * of seven days.
 */
export async function explainAlert(
  params: URLSearchParams,
  ports: ExplainPorts,
): Promise<Result<ApiData, ApiError>> {
  const id = fingerprintOf(params);
  if (!id.ok) return id;
  const nowMs = ports.nowMs();
  const at = timeParam(params, 'at', Number.NaN);
  if (!at.ok) return at;
  const atMs = Number.isNaN(at.value) ? undefined : at.value;
  const state = await ports.lastState();
  const active = findActive(state, ports.rules.groups, id.value);
  const isMeant = active !== undefined && (atMs ?? nowMs) >= active.life.activeAtMs - 60_000;
  const found = isMeant ? active : ((await findPast(ports, id.value, atMs)) ?? active);
  if (found === undefined) {
    const message = `no alert with the fingerprint ${id.value}: neither now nor in what is kept of the last days`;
    return err({ kind: 'not_found', message });
  }
  return ok({ json: JSON.stringify(await explanationOf(found, state, ports, nowMs)) });
}

function fingerprintOf(params: URLSearchParams): Result<string, ApiError> {
  const id = params.get('fingerprint') ?? '';
  const texts = params.getAll('filter');
  if ((id === '') === (texts.length === 0))
    return err(badData('say which alert: by "fingerprint", or by its labels as "filter"'));
  if (id !== '')
    return FINGERPRINT.test(id)
      ? ok(id)
      : err(badParameter('fingerprint', `${JSON.stringify(id)} is not 16 hexadecimal digits`));
  const matchers = readMatchers(texts);
  if (!matchers.ok) return err(badParameter('filter', matchers.error));
  const other = matchers.value.find(({ op }) => op !== '=');
  if (other !== undefined)
    return err(badParameter('filter', `${other.name}${other.op}: give each label with "="`));
  return ok(
    fingerprint(Object.fromEntries(matchers.value.map(({ name, value }) => [name, value]))),
  );
}

async function explanationOf(
  found: FoundAlert,
  state: TickState,
  ports: ExplainPorts,
  nowMs: number,
): Promise<AlertExplanation> {
  const { labels, life, rule } = found;
  const times = { activeAtMs: life.activeAtMs, endedAtMs: life.endedAtMs };
  const [silences, acknowledgements, told, sampled] = await Promise.all([
    ports.silences.list(nowMs),
    ports.acknowledgements.list(nowMs),
    toldOf(
      ports,
      found.fingerprint,
      { fromMs: life.flapping?.sinceMs ?? life.activeAtMs, endedAtMs: life.endedAtMs },
      state.outbox,
    ),
    rule === undefined || !ports.maySeeSamples
      ? undefined
      : samplesOf(ports, rule.rule, labels, times),
  ]);
  const holding = new Set(silencedBy(silences, labels, nowMs));
  const startsAtMs = life.firedAtMs ?? life.activeAtMs;
  const subject = { fingerprint: found.fingerprint, labels, startsAtMs };
  const acknowledgement = acknowledgements.find((one) => isAcknowledged([one], subject, nowMs));
  return {
    ...{ atMs: nowMs, fingerprint: found.fingerprint, labels, life },
    annotations: found.annotations,
    ...(rule === undefined ? {} : { rule: ruleAnswer(rule, state, ports) }),
    samples: sampled?.samples ?? NO_SAMPLES,
    silences: silences
      .filter(({ id }) => holding.has(id))
      .map((silence) => silenceAnswer(silence, nowMs)),
    inhibitions: life.state === 'firing' ? inhibitionsOf(found, state, ports) : [],
    ...(acknowledgement === undefined
      ? {}
      : { acknowledgement: acknowledgementAnswer(acknowledgement) }),
    routes: routeSteps(ports.config, labels, nowMs),
    groups: groupsOf(found, state, ports),
    deliveries: told.deliveries,
    isDeliveriesCut: told.isCut,
    warnings: ports.maySeeSamples ? (sampled?.warnings ?? []) : [NOT_OF_METRICS],
    readUnits: found.readUnits + (sampled?.readUnits ?? 0),
  };
}

const NOT_OF_METRICS = 'samples are left out: this token is not for metrics';
const NO_SAMPLES = { fromMs: 0, toMs: 0, stepMs: 0, timesMs: [], conditions: [] };

function ruleAnswer(
  { group, rule, id }: NonNullable<FoundAlert['rule']>,
  state: TickState,
  { tickMs }: ExplainPorts,
): ExplainedRule {
  const error = state.ruleErrors[id];
  return {
    ...{ file: group.file, group: group.name, name: rule.name, expr: rule.exprText },
    ...{ forMs: rule.forMs, keepFiringForMs: rule.keepFiringForMs },
    intervalMs: group.intervalMs ?? tickMs,
    ...(error === undefined ? {} : { error }),
  };
}

function inhibitionsOf(
  { fingerprint: id, labels }: FoundAlert,
  state: TickState,
  { config, rules }: ExplainPorts,
): Inhibition[] {
  const firing = countedAlerts(rules.groups, state, '');
  // One rule at a time: it is asked which of them mutes it.
  return config.inhibitRules.flatMap((rule) =>
    createInhibitor(
      [rule],
      [...firing.values()],
    )({ fingerprint: id, labels }).flatMap((source) => {
      const alert = firing.get(source);
      return alert === undefined ? [] : [inhibition(alert, rule)];
    }),
  );
}

function inhibition(alert: NotifiedAlert, rule: InhibitRule): Inhibition {
  return {
    ...{ fingerprint: alert.fingerprint, labels: alert.labels, sinceMs: alert.startsAtMs },
    summary: alert.annotations['summary'] ?? '',
    source: formatMatchers(rule.sourceMatchers),
    target: formatMatchers(rule.targetMatchers),
    equal: rule.equal,
  };
}

function groupsOf(
  { fingerprint: id, labels }: FoundAlert,
  state: TickState,
  { config, escalations }: ExplainPorts,
): ExplainedGroup[] {
  return matchRoutes(config.route, labels).map((route): ExplainedGroup => {
    const groupLabels = groupLabelsOf(route, labels);
    const key = groupKey(route, groupLabels);
    const group = state.groups[key];
    return {
      ...{ routeId: route.id, receiver: route.receiver, groupKey: key, groupLabels },
      integrations: integrationsOf(config, route.receiver),
      others: (group?.firing ?? []).filter((other) => other !== id).length,
      ...(group === undefined ? {} : { nextFlushMs: group.nextFlushMs }),
      escalations: escalations
        .filter(({ from, matchers }) => from === route.receiver && matchesLabels(matchers, labels))
        .map(({ to, afterMs }) => ({ to, afterMs })),
    };
  });
}
