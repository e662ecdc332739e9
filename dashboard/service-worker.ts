/// <reference lib="webworker" />
import { PUSH_LANGUAGES, type PushLanguage, type PushMessage } from '../core/answers/push.ts';
import { shownOf, urlOfClick } from './push/shown.ts';

/**
 * Shows what is pushed to this browser, also when no page is open, and opens the page of it. It keeps nothing of the
 * dashboard: pages come from the deployment each time.
 */
declare const self: ServiceWorkerGlobalScope;

self.addEventListener('install', () => {
  void self.skipWaiting();
});

self.addEventListener('activate', (event) => {
  event.waitUntil(self.clients.claim());
});

self.addEventListener('push', (event) => {
  const { title, options } = shownOf(messageIn(event.data), languageHere(), Date.now());
  event.waitUntil(self.registration.showNotification(title, options));
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(open(addressOf(event.notification.data, event.action)));
});

/** The push service has given the browser another address: the deployment has to know it. */
self.addEventListener('pushsubscriptionchange', (event) => {
  event.waitUntil(renew(event as PushSubscriptionChangeEvent));
});

interface PushSubscriptionChangeEvent extends ExtendableEvent {
  readonly oldSubscription?: PushSubscription | null;
  readonly newSubscription?: PushSubscription | null;
}

function messageIn(data: PushMessageData | null): PushMessage | undefined {
  try {
    const message: unknown = data?.json();
    return isMessage(message) ? message : undefined;
  } catch {
    return undefined;
  }
}

function isMessage(value: unknown): value is PushMessage {
  if (typeof value !== 'object' || value === null) return false;
  const { title, body, url, tag, language } = value as Readonly<Record<string, unknown>>;
  const isWritten = [title, body, url, tag].every((text) => typeof text === 'string');
  return isWritten && PUSH_LANGUAGES.some((one) => one === language);
}

/** Within what this worker is for, wherever that is; never elsewhere. */
function addressOf(data: unknown, action: string): string {
  const { scope } = self.registration;
  const url = URL.parse(urlOfClick(data, action), scope);
  return url?.href.startsWith(scope) ? url.href : new URL('alerts', scope).href;
}

/** A page that is open is taken there; else one is opened. */
async function open(address: string): Promise<void> {
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const page =
    pages.find((one) => one.visibilityState === 'visible') ??
    pages.find((one) => one.url.startsWith(self.registration.scope));
  if (page !== undefined) {
    try {
      const focused = await page.focus();
      if ((await focused.navigate(address)) !== null) return;
    } catch {
      // It is not ours to take anywhere: another one is opened.
    }
  }
  await self.clients.openWindow(address);
}

async function renew({ oldSubscription, newSubscription }: PushSubscriptionChangeEvent) {
  const options = oldSubscription?.options;
  const fresh =
    newSubscription ??
    (options === undefined ? null : await self.registration.pushManager.subscribe(options));
  const { endpoint, keys } = fresh?.toJSON() ?? {};
  const isKnown = endpoint !== undefined && keys?.['p256dh'] !== undefined;
  const isTold = isKnown && (await tell({ endpoint, keys }, oldSubscription?.endpoint));
  // A session's cookie goes along; who came with a token has to open the page once.
  if (isTold) return;
  const { title, options: shown } = shownOf('renew', languageHere(), Date.now());
  await self.registration.showNotification(title, shown);
}

async function tell(wish: object, previous: string | undefined): Promise<boolean> {
  try {
    const answer = await fetch(new URL('api/v1/push/subscriptions', self.registration.scope), {
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'content-type': 'application/json', 'x-hypervigil': '1' },
      body: JSON.stringify({
        ...wish,
        ...(previous === undefined ? {} : { previous }),
        severities: ['critical', 'warning', 'info'],
        language: languageHere(),
        browser: 'browser',
      }),
    });
    return answer.ok;
  } catch {
    return false;
  }
}

function languageHere(): PushLanguage {
  const [en, zh] = PUSH_LANGUAGES;
  return self.navigator.language.startsWith('zh') ? zh : en;
}
