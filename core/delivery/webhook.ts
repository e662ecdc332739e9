import type { WebhookSettings } from '../alertmanager/integration-types.ts';
import type { Notification, NotifiedAlert } from '../alertmanager/notification-types.ts';
import { isoTime } from '../time.ts';
import { httpHeaders, httpSecrets } from './http-settings.ts';
import type { DeliveryContext, HttpDelivery } from './request.ts';
import { commonLabels } from './silence-command.ts';
import { quotedReceiver } from './template-data.ts';

/** Absent in the configuration, Alertmanager has none; but a tick has to end. */
const TIMEOUT_DEFAULT_MS = 10_000;

/** Alertmanager's webhook, payload version 4. */
export function webhookRequest(
  notification: Notification,
  settings: WebhookSettings,
  { externalUrl }: DeliveryContext,
): HttpDelivery {
  const { url, maxAlerts, timeoutMs, http } = settings;
  return {
    kind: 'http',
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json', ...httpHeaders(http) },
    body: JSON.stringify(webhookPayload(notification, externalUrl, maxAlerts)),
    timeoutMs: timeoutMs > 0 ? timeoutMs : TIMEOUT_DEFAULT_MS,
    followRedirects: http.followRedirects,
    secrets: httpSecrets(http),
  };
}

/**
 * The payload; at most `maxAlerts` alerts, 0 for all.
 * Source: prometheus.io/docs/alerting/latest/configuration/#webhook_config.
 */
export function webhookPayload(
  notification: Notification,
  externalUrl: string,
  maxAlerts: number,
): unknown {
  const { alerts, groupLabels, groupKey, receiver, status } = notification;
  const kept = maxAlerts > 0 ? alerts.slice(0, maxAlerts) : alerts;
  return {
    receiver: quotedReceiver(receiver),
    status,
    alerts: kept.map(alertPayload),
    groupLabels,
    commonLabels: commonLabels(kept.map(({ labels }) => labels)),
    commonAnnotations: commonLabels(kept.map(({ annotations }) => annotations)),
    externalURL: externalUrl,
    version: '4',
    groupKey,
    truncatedAlerts: alerts.length - kept.length,
  };
}

function alertPayload(alert: NotifiedAlert): unknown {
  const { status, labels, annotations, startsAtMs, endsAtMs, generatorUrl, fingerprint } = alert;
  return {
    status,
    labels,
    annotations,
    startsAt: rfc3339(startsAtMs),
    endsAt: endsAtMs === undefined ? ZERO_TIME : rfc3339(endsAtMs),
    generatorURL: generatorUrl,
    fingerprint,
  };
}

/** Go's zero time: it is not over. */
const ZERO_TIME = '0001-01-01T00:00:00Z';

/** As Go writes it: no zeros at the end of the fraction. */
function rfc3339(atMs: number): string {
  return isoTime(atMs).replace(/\.?0+Z$/, 'Z');
}
