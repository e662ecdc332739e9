import { fingerprint } from '../../core/alertmanager/fingerprint.ts';
import { type LabelMatcher, matchesLabels } from '../../core/alertmanager/matcher.ts';
import { ok } from '../../core/result.ts';
import { type FiringAlert, FiringAlerts, type RuleAlert, RuleAlerts } from './alert-schemas.ts';
import type { Answer, ApiClient } from './client.ts';
import { counted } from './count.ts';
import { labelsText } from './label-text.ts';
import { type Cell, printTable, styleOf } from './table.ts';
import type { Terminal } from './terminal.ts';
import { formatSpan, formatTime } from './time-text.ts';

/** An alert as people list them. */
export interface ListedAlert {
  /** What is the matter with it: `muted` is by a time interval. */
  readonly state: 'firing' | 'acknowledged' | 'silenced' | 'inhibited' | 'muted' | 'pending';
  readonly fingerprint: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** ms since 1970. */
  readonly sinceMs: number;
  /** Who or what keeps it quiet, if anything does. */
  readonly by: readonly string[];
}

const ORDER: readonly ListedAlert['state'][] = [
  ...(['firing', 'acknowledged', 'inhibited', 'silenced', 'muted', 'pending'] as const),
];

/** All alerts there are, those that want a person first. */
export async function readAlerts(
  client: ApiClient,
  matchers: readonly LabelMatcher[],
): Promise<Answer<readonly ListedAlert[]>> {
  const ofRules = await client.get('/api/v1/alerts', RuleAlerts);
  if (!ofRules.ok) return ofRules;
  const { alerts } = ofRules.value.data;
  const routed = await client.get('/api/v2/alerts', FiringAlerts);
  if (!routed.ok && routed.error.status !== 404) return routed;
  const all = routed.ok
    ? [...routed.value.map(listedFiring), ...alerts.filter(isPending).map(listedOfRule)]
    : alerts.map(listedOfRule);
  return ok(
    all
      .filter(({ labels }) => matchesLabels(matchers, labels))
      .sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || b.sinceMs - a.sinceMs),
  );
}

function isPending({ state }: RuleAlert): boolean {
  return state === 'pending';
}

function listedOfRule({ labels, annotations, state, activeAt }: RuleAlert): ListedAlert {
  return {
    state: state === 'pending' ? 'pending' : 'firing',
    fingerprint: fingerprint(labels),
    labels,
    annotations,
    sinceMs: activeAt,
    by: [],
  };
}

function listedFiring(alert: FiringAlert): ListedAlert {
  const { fingerprint: id, labels, annotations, startsAt } = alert;
  return { ...quietOf(alert), fingerprint: id, labels, annotations, sinceMs: startsAt };
}

function quietOf({ status, acknowledgement }: FiringAlert): Pick<ListedAlert, 'state' | 'by'> {
  if (status.silencedBy.length > 0) return { state: 'silenced', by: status.silencedBy };
  if (status.inhibitedBy.length > 0) return { state: 'inhibited', by: status.inhibitedBy };
  if (status.mutedBy.length > 0) return { state: 'muted', by: status.mutedBy };
  if (acknowledgement !== undefined) return { state: 'acknowledged', by: [acknowledgement.by] };
  return { state: 'firing', by: [] };
}

/** `hypervigil alerts list`. */
export function printAlerts(
  alerts: readonly ListedAlert[],
  terminal: Terminal,
  nowMs: number,
): void {
  if (alerts.length === 0) {
    terminal.print('No alert fires, and none is pending.');
    return;
  }
  const titles = ['STATE', 'SEVERITY', 'ALERT', 'SINCE', 'FOR', 'FINGERPRINT', 'WHAT'];
  printTable(
    terminal,
    titles.map((title) => ({ title, align: title === 'FOR' ? 'right' : 'left' })),
    alerts.map((alert) => rowOf(alert, nowMs)),
  );
  terminal.print('');
  const counts = ORDER.flatMap((state) => {
    const count = alerts.filter((alert) => alert.state === state).length;
    return count === 0 ? [] : [`${count} ${state}`];
  });
  terminal.print(`${counted(alerts.length, 'alert')}: ${counts.join(', ')}`);
}

function rowOf(alert: ListedAlert, nowMs: number): Cell[] {
  const { state, labels, annotations, sinceMs, by } = alert;
  const { alertname = '', severity = '', ...rest } = labels;
  const quiet = by.length === 0 ? '' : ` [${state} by ${by.join(', ')}]`;
  return [
    { text: state, style: styleOf(state) },
    { text: severity, style: styleOf(severity) },
    alertname,
    formatTime(sinceMs),
    formatSpan(nowMs - sinceMs),
    alert.fingerprint,
    `${annotations['summary'] ?? labelsText(rest)}${quiet}`,
  ];
}
