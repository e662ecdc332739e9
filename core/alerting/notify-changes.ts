import { labelsKey, labelsToObject } from '../series/labels.ts';
import type { AlertInstance } from './alert-state.ts';
import {
  type Notification,
  type NotifiedAlert,
  SEVERITIES,
  type Severity,
} from './notification.ts';
import type { TickState } from './tick-state.ts';

type Alerts = TickState['alerts'];

/**
 * What a tick has to tell: alerts that began to fire, and firing ones that ended, each once. Alerts
 * of one name, severity and direction are one notification, so fifty VMs that crash together are
 * one message. Ended before begun: a rule's place is free before it is taken again.
 */
export function notificationsOf(before: Alerts, after: Alerts, nowMs: number): Notification[] {
  const grouped = new Map<string, { first: NotifiedAlert; alerts: NotifiedAlert[] }>();
  for (const alert of [...endedAlerts(before, after, nowMs), ...begunAlerts(before, after)]) {
    const key = `${alert.status}/${severityOf(alert)}/${alert.labels['alertname']}`;
    const group = grouped.get(key) ?? { first: alert, alerts: [] };
    group.alerts.push(alert);
    grouped.set(key, group);
  }
  return [...grouped].map(([key, { first, alerts }]) => ({
    id: `${key}/${nowMs}`,
    status: first.status,
    severity: severityOf(first),
    alerts,
  }));
}

/** An alert as notifications carry it; a pending one is written as if it fired. */
export function notifiedAlert(alert: AlertInstance): NotifiedAlert {
  const { value, annotations, activeAtMs, resolvedAtMs } = alert;
  return {
    status: resolvedAtMs === undefined ? 'firing' : 'resolved',
    labels: labelsToObject(alert.labels),
    annotations,
    value,
    startsAtMs: activeAtMs,
    ...(resolvedAtMs === undefined ? {} : { endsAtMs: resolvedAtMs }),
  };
}

function begunAlerts(before: Alerts, after: Alerts): NotifiedAlert[] {
  return Object.entries(after).flatMap(([rule, alerts]) => {
    const known = byKey(before[rule]);
    return alerts
      .filter(
        (alert) =>
          alert.state === 'firing' && known.get(labelsKey(alert.labels))?.state !== 'firing',
      )
      .map(notifiedAlert);
  });
}

/** Also those whose rule was taken away, and those that are pending again: both fire no more. */
function endedAlerts(before: Alerts, after: Alerts, nowMs: number): NotifiedAlert[] {
  return Object.entries(before).flatMap(([rule, alerts]) => {
    const now = byKey(after[rule]);
    return alerts
      .filter(
        (alert) => alert.state === 'firing' && now.get(labelsKey(alert.labels))?.state !== 'firing',
      )
      .map((alert) => notifiedAlert({ ...alert, state: 'inactive', resolvedAtMs: nowMs }));
  });
}

function byKey(alerts: readonly AlertInstance[] = []): Map<string, AlertInstance> {
  return new Map(alerts.map((alert) => [labelsKey(alert.labels), alert]));
}

function severityOf({ labels }: NotifiedAlert): Severity {
  return SEVERITIES.find((severity) => severity === labels['severity']) ?? 'warning';
}
