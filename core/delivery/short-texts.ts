import type { Notification } from '../alertmanager/notification-types.ts';
import { cutChars } from './shorten.ts';

const TEXTS_MAX = 64;
const TEXT_MAX_CHARS = 2000;
const URL_MAX_CHARS = 4000;

/** The notification without texts that would take the room of all others. */
export function withShortTexts(notification: Notification): Notification {
  return {
    ...notification,
    groupKey: cutChars(notification.groupKey, TEXT_MAX_CHARS),
    groupLabels: cutAll(notification.groupLabels),
    alerts: notification.alerts.map((alert) => ({
      ...alert,
      labels: cutAll(alert.labels),
      annotations: cutAll(alert.annotations),
      // A link that is cut leads nowhere.
      generatorUrl: alert.generatorUrl.length > URL_MAX_CHARS ? '' : alert.generatorUrl,
    })),
  };
}

function cutAll(texts: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(texts)
      .slice(0, TEXTS_MAX)
      .map(([name, text]) => [name, cutChars(text, TEXT_MAX_CHARS)]),
  );
}
