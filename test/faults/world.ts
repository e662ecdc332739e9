import type { NotifySettings } from '../../core/alerting/notify.ts';
import type { AlertmanagerConfig } from '../../core/alertmanager/config-types.ts';
import { fingerprint } from '../../core/alertmanager/fingerprint.ts';
import { FLAPPING } from '../../core/alertmanager/flapping.ts';
import type { Silence } from '../../core/alertmanager/silence.ts';
import { parseRuleFile, type RuleGroup } from '../../core/rules/rule-file.ts';
import { labelsFrom } from '../../core/series/labels.ts';
import type { Series } from '../../core/series/series.ts';
import { at, config, matchers } from '../alertmanager/timeline.ts';
import type { Plan, PlannedAlert, PlannedSilence } from './plan.ts';

/** What is watched, and who is told. */

export const RULE_GROUPS: readonly RuleGroup[] = parsed(`
groups:
  - name: g
    rules:
      - { alert: Strict, expr: strict }
      - { alert: Grouped, expr: grouped }
      - { alert: Topic, expr: topic }
`);

function parsed(yaml: string): RuleGroup[] {
  const file = parseRuleFile(yaml, 'faults.rules.yaml');
  if (!file.ok) throw new Error(file.error.map(({ message }) => message).join());
  return file.value;
}

export const GROUP_WAIT_MS = 30_000;
export const GROUP_INTERVAL_MS = 5 * 60_000;
const ESCALATED_AFTER_MS = 10 * 60_000;

/** Strict and Topic are told at each tick; Grouped when its group's time has come. */
function routes(strictGroupBy: readonly string[], groupedMatch: string): AlertmanagerConfig {
  const base = config({
    receiver: 'pager',
    groupBy: strictGroupBy,
    groupIntervalMs: 0,
    routes: [
      {
        match: groupedMatch,
        receiver: 'mail',
        groupBy: ['alertname'],
        groupWaitMs: GROUP_WAIT_MS,
        groupIntervalMs: GROUP_INTERVAL_MS,
      },
      { match: 'alertname="Topic"', receiver: 'topic', groupBy: ['alertname', 'host'] },
    ],
  });
  const settings = { kind: 'sns', target: { topicArn: 'arn:topic' }, attributes: {} } as const;
  const topic = { name: 'topic', integrations: [{ index: 0, sendResolved: true, settings }] };
  return { ...base, receivers: new Map([...base.receivers, ['topic', topic]]) };
}

const FIRST_CONFIG = routes(['alertname'], 'alertname="Grouped"');
/** Groups are cut otherwise, and a route has another name. */
const EDITED_CONFIG = routes(['alertname', 'host'], 'alertname=~"Grouped"');

/** Hosts from here on have long names of which none is like another, so that their state is large. */
export const LONG_NAMES_FROM = 1000;
const LONG_NAME_PARTS = 20;

const longNames = new Map<number, string>();

export function hostName(host: number): string {
  if (host < LONG_NAMES_FROM) return `h${host}`;
  const known = longNames.get(host);
  if (known !== undefined) return known;
  const parts = Array.from({ length: LONG_NAME_PARTS }, (_, part) =>
    fingerprint({ host: `${host}`, part: `${part}` }),
  );
  const name = `h${host}-${parts.join('-')}`;
  longNames.set(host, name);
  return name;
}

export function alertKey({ rule, host }: Pick<PlannedAlert, 'rule' | 'host'>): string {
  return `${rule} ${hostName(host)}`;
}

/** By alert: which of its episodes it is in, from 1. What is not there does not fire. */
export type Truth = ReadonlyMap<string, number>;

export function truthAt(plan: Plan, trueMs: number): Truth {
  const truth = new Map<string, number>();
  for (const alert of plan.alerts) {
    const index = alert.episodes.findIndex(
      ([fromS, toS], i) =>
        trueMs >= fromS * 1000 &&
        (trueMs < toS * 1000 || (alert.lasts && i === alert.episodes.length - 1)),
    );
    if (index >= 0) truth.set(alertKey(alert), index + 1);
  }
  return truth;
}

/** The value tells the episode: it stays the same where clocks do not. */
export function seriesOf(truth: Truth, atMs: number): Series[] {
  return [...truth].map(([key, episode]) => {
    const [rule = '', host = ''] = key.split(' ');
    return {
      labels: labelsFrom({ __name__: rule.toLowerCase(), host }),
      timestamps: Float64Array.of(atMs),
      values: Float64Array.of(episode),
    };
  });
}

export function configAt(plan: Plan, trueMs: number): AlertmanagerConfig {
  const { editedAtMinute } = plan;
  const isEdited = editedAtMinute !== undefined && trueMs >= editedAtMinute * 60_000;
  return isEdited ? EDITED_CONFIG : FIRST_CONFIG;
}

export function silenceOf({ rule, host, fromMinute, minutes }: PlannedSilence): Silence {
  const text = `alertname="${rule}"${host === undefined ? '' : `,host="${hostName(host)}"`}`;
  return {
    id: text,
    matchers: matchers(text),
    startsAtMs: at(fromMinute),
    endsAtMs: at(fromMinute + minutes),
    updatedAtMs: at(fromMinute),
    createdBy: 'me',
    comment: 'test',
  };
}

export function settingsOf(
  plan: Plan,
  alertmanagerConfig: AlertmanagerConfig,
  silences: readonly Silence[],
  acknowledgements: NotifySettings['acknowledgements'],
): NotifySettings {
  return {
    config: alertmanagerConfig,
    escalations: [{ matchers: [], from: 'pager', to: 'boss', afterMs: ESCALATED_AFTER_MS }],
    silences,
    acknowledgements,
    flapping: plan.damped ? FLAPPING : undefined,
    externalUrl: '',
  };
}
