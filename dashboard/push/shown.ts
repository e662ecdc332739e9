import type { PushLanguage, PushMessage } from '../../core/answers/push.ts';

/** What a notification is made of, as `showNotification` takes it. */
export interface Shown {
  readonly title: string;
  readonly options: NotificationOptions & {
    readonly actions: { action: string; title: string }[];
    readonly timestamp: number;
    readonly renotify: boolean;
  };
}

const TEXTS = {
  en: {
    acknowledge: 'Acknowledge',
    silence: 'Silence',
    unread: 'Hypervigil has news',
    unreadBody: 'Open it to see what.',
    renew: 'Alerts no longer reach this browser',
    renewBody: 'Its push service gave it a new address. Open Hypervigil once to go on.',
  },
  'zh-CN': {
    acknowledge: '确认',
    silence: '静默',
    unread: 'Hypervigil 有新消息',
    unreadBody: '打开查看详情。',
    renew: '此浏览器无法再收到告警',
    renewBody: '推送服务更换了地址，请打开一次 Hypervigil 以继续接收。',
  },
} as const satisfies Record<PushLanguage, unknown>;

/**
 * What is shown of a message. A browser must show something for each one, so one that can't be read (`undefined`) has
 * words too; `renew`: none came, the push service wants the browser subscribed anew.
 */
export function shownOf(
  message: PushMessage | 'renew' | undefined,
  language: PushLanguage,
  nowMs: number,
): Shown {
  if (message === undefined || message === 'renew') return shownWithout(message, language, nowMs);
  const texts = TEXTS[message.language];
  const isFiring = !message.isResolved && message.tag !== 'test';
  const actions = isFiring
    ? [
        { action: 'acknowledge', title: texts.acknowledge },
        { action: 'silence', title: texts.silence },
      ]
    : [];
  return {
    title: message.title,
    options: {
      body: message.body,
      tag: message.tag,
      // What ended need not ring again; a new word about what goes on should.
      renotify: isFiring,
      silent: message.isResolved,
      // It stays until somebody has seen it.
      requireInteraction: isFiring && message.severity === 'critical',
      icon: 'icon-192.png',
      badge: 'badge-96.png',
      lang: message.language,
      timestamp: message.atMs,
      data: {
        url: message.url,
        ...(message.alert === undefined ? {} : { alert: message.alert }),
      },
      actions,
    },
  };
}

function shownWithout(why: 'renew' | undefined, language: PushLanguage, nowMs: number): Shown {
  const texts = TEXTS[language];
  const isRenewed = why === 'renew';
  return {
    title: isRenewed ? texts.renew : texts.unread,
    options: {
      body: isRenewed ? texts.renewBody : texts.unreadBody,
      tag: isRenewed ? 'renew' : 'unread',
      renotify: false,
      icon: 'icon-192.png',
      badge: 'badge-96.png',
      lang: language,
      timestamp: nowMs,
      data: { url: isRenewed ? 'subscriptions' : 'alerts' },
      actions: [],
    },
  };
}

/**
 * Where a click leads. A button leads to where a person is asked what it says, of the one alert; of several, "Silence"
 * leads to a new silence of them.
 */
export function urlOfClick(data: unknown, action: string): string {
  const url =
    typeof data === 'object' && data !== null && 'url' in data && typeof data.url === 'string'
      ? data.url
      : 'alerts';
  const isButton = action === 'acknowledge' || action === 'silence';
  if (isButton && typeof data === 'object' && data !== null && 'alert' in data)
    return `alerts?alert=${encodeURIComponent(String(data.alert))}&do=${action}`;
  return action === 'silence' ? url.replace('#/alerts?', '#/silences/new?') : url;
}
