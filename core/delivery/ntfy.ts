import type { NtfySettings } from '../alertmanager/integration-types.ts';
import type { Notification } from '../alertmanager/notification-types.ts';
import { headlineAlerts } from './headline.ts';
import { httpHeaders, httpSecrets, SERVICE_TIMEOUT_MS } from './http-settings.ts';
import type { DeliveryContext, HttpDelivery } from './request.ts';
import { cutBytes, cutChars, oneLine } from './shorten.ts';
import { createTexts } from './texts.ts';
import { severityOf } from './words.ts';

/** A longer message becomes an attachment, which no lock screen shows. Source: docs.ntfy.sh/publish. */
const MESSAGE_MAX_BYTES = 4096;
const TITLE_MAX_CHARS = 250;

const PRIORITIES: Readonly<Record<string, number>> = { critical: 5, error: 4, warning: 4 };
const DEFAULT_PRIORITY = 3;
const TAGS: Readonly<Record<string, string>> = {
  critical: 'rotating_light',
  info: 'information_source',
};

/** A message as JSON to the server's root. */
export function ntfyRequest(
  notification: Notification,
  settings: NtfySettings,
  context: DeliveryContext,
): HttpDelivery {
  const { url, topic, http } = settings;
  const { text, failures } = createTexts(notification, context);
  const title = oneLine(text(settings.title, 'ntfy.default.title'));
  const message = text(settings.message, 'ntfy.default.message') + failures();
  const firing = notification.status === 'firing';
  const severity = severityOf(headlineAlerts(notification));
  const click = clickUrl(notification, context);
  return {
    kind: 'http',
    method: 'POST',
    url: `${url.replace(/\/+$/, '')}/`,
    headers: { 'content-type': 'application/json', ...httpHeaders(http) },
    body: JSON.stringify({
      topic,
      title: cutChars(title, TITLE_MAX_CHARS),
      message: cutBytes(message, MESSAGE_MAX_BYTES),
      priority:
        settings.priority ?? (firing ? PRIORITIES[severity] : undefined) ?? DEFAULT_PRIORITY,
      tags: [firing ? (TAGS[severity] ?? 'warning') : 'white_check_mark'],
      ...(click === undefined ? {} : { click }),
    }),
    timeoutMs: SERVICE_TIMEOUT_MS,
    followRedirects: http.followRedirects,
    // Who knows the name of a topic can read it.
    secrets: [topic, ...httpSecrets(http)],
  };
}

function clickUrl(notification: Notification, context: DeliveryContext): string | undefined {
  const urls = [notification.alerts[0]?.generatorUrl ?? '', context.externalUrl];
  return urls.find((url) => /^https?:/.test(url) && url.length <= 2000);
}
