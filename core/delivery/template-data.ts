import type { Notification, NotifiedAlert } from '../alertmanager/notification-types.ts';
import { goKv } from '../rules/template/alertmanager-types.ts';
import { ZERO_TIME_MS } from '../rules/template/fields.ts';
import type { JsonNames } from '../rules/template/json-text.ts';
import { type GoStruct, type GoTime, type GoValue, goStruct } from '../rules/template/value.ts';
import { commonLabels } from './silence-command.ts';

/** How `toJson` names the fields that Alertmanager has; ours are in no JSON. */
export const JSON_NAMES: JsonNames = {
  'template.Data': {
    Receiver: 'receiver',
    Status: 'status',
    Alerts: 'alerts',
    GroupLabels: 'groupLabels',
    CommonLabels: 'commonLabels',
    CommonAnnotations: 'commonAnnotations',
    ExternalURL: 'externalURL',
  },
  'template.Alert': {
    Status: 'status',
    Labels: 'labels',
    Annotations: 'annotations',
    StartsAt: 'startsAt',
    EndsAt: 'endsAt',
    GeneratorURL: 'generatorURL',
    Fingerprint: 'fingerprint',
  },
  'template.Pair': { Name: 'Name', Value: 'Value' },
};

/**
 * What a notification template sees as its dot: Alertmanager's fields, and of our own `.GroupKey`,
 * `.Repeated`, `.EscalatedFrom`, and of each alert `.Value`, `.Expr`, `.NoDataSince`, `.Flapping`.
 * Source: prometheus.io/docs/alerting/latest/notifications.
 */
export function templateData(notification: Notification, externalUrl: string): GoStruct {
  const { alerts, groupLabels, status, groupKey, repeated, escalatedFrom } = notification;
  return goStruct('template.Data', {
    Receiver: quotedReceiver(notification.receiver),
    Status: status,
    Alerts: { kind: 'list', of: 'Alerts', items: alerts.map(alertData) },
    GroupLabels: kvOf(groupLabels),
    CommonLabels: kvOf(commonLabels(alerts.map(({ labels }) => labels))),
    CommonAnnotations: kvOf(commonLabels(alerts.map(({ annotations }) => annotations))),
    ExternalURL: externalUrl,
    GroupKey: groupKey,
    Repeated: repeated,
    EscalatedFrom: escalatedFrom ?? '',
  });
}

/** A receiver's name with regular-expression characters escaped: so Alertmanager gives it. */
export function quotedReceiver(name: string): string {
  return name.replaceAll(/[\\.+*?()|[\]{}^$]/g, '\\$&');
}

function alertData(alert: NotifiedAlert): GoStruct {
  const { flapping, noDataSinceMs } = alert;
  return goStruct('template.Alert', {
    Status: alert.status,
    Labels: kvOf(alert.labels),
    Annotations: kvOf(alert.annotations),
    StartsAt: timeOf(alert.startsAtMs),
    EndsAt: timeOf(alert.endsAtMs ?? ZERO_TIME_MS),
    GeneratorURL: alert.generatorUrl,
    Fingerprint: alert.fingerprint,
    Value: alert.value,
    Expr: alert.expr ?? '',
    /** Nil, hence false, while there is data. */
    NoDataSince: noDataSinceMs === undefined ? undefined : timeOf(noDataSinceMs),
    Flapping: flapping === undefined ? undefined : flappingData(flapping),
  });
}

function flappingData({
  times,
  sinceMs,
  quietMs,
}: NonNullable<NotifiedAlert['flapping']>): GoValue {
  return goStruct('template.Flapping', {
    Times: BigInt(times),
    Since: timeOf(sinceMs),
    Quiet: { kind: 'duration', seconds: quietMs / 1000 },
  });
}

function timeOf(atMs: number): GoTime {
  return { kind: 'time', atMs };
}

function kvOf(texts: Readonly<Record<string, string>>): GoValue {
  return goKv(Object.entries(texts));
}
