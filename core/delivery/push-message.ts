import { PUSH_COUNT_LABEL } from '../alerting/push-entries.ts';
import type { Notification } from '../alertmanager/notification-types.ts';
import type { PushLanguage, PushMessage } from '../answers/push.ts';
import { headlineAlerts, headlineOf, lastedText } from './headline.ts';
import { cutBytes, oneLine, plainText } from './shorten.ts';
import { silenceLink } from './silence-command.ts';
import { alertName, placeOf, severityOf, sinceOf, utcClock } from './words.ts';

/** Encrypted it is 103 bytes more, and services take 4,096. Source: RFC 8188, RFC 8030 7.2. */
const TITLE_MAX_BYTES = 240;
const BODY_MAX_BYTES = 1000;

/** Beside what rules say, which is in the language of who wrote them. */
const WORDS = {
  en: {
    resolved: 'Resolved',
    reminder: 'Still firing',
    escalated: 'Escalated',
    noData: 'No data',
    since: (clock: string) => `Since ${clock}`,
    after: (time: string) => time,
    more: (count: number) => `and ${count} more`,
  },
  'zh-CN': {
    resolved: '已恢复',
    reminder: '仍在告警',
    escalated: '已升级',
    noData: '无数据',
    since: (clock: string) => `自 ${clock}`,
    after: (time: string) => `持续 ${time.replace(/^after /, '')}`,
    more: (count: number) => `另有 ${count} 条`,
  },
} as const satisfies Record<PushLanguage, unknown>;

/** What a browser shows of a notification that the outbox kept for it. `tag`: of its group, the same each time. */
export function pushMessage(
  notification: Notification,
  language: PushLanguage,
  tag: string,
): PushMessage {
  const alerts = headlineAlerts(notification);
  const [first] = alerts;
  const words = WORDS[language];
  const marks = [markOf(notification, language)].filter((mark) => mark !== '');
  const head = `${marks.map((mark) => `${mark}: `).join('')}${headlineOf(notification)}`;
  const count = Number(notification.groupLabels[PUSH_COUNT_LABEL] ?? alerts.length);
  const left = count - alerts.length;
  const lines = [
    ...(first === undefined || alerts.length > 1 ? [] : [placeOf(first), alertName(first)]),
    ...(first === undefined ? [] : [timeText(notification, language)]),
    ...(left > 0 ? [words.more(left)] : []),
  ];
  return {
    version: 1,
    title: cutBytes(plainText(oneLine(head)), TITLE_MAX_BYTES),
    body: cutBytes(
      plainText(oneLine(lines.filter((line) => line !== '').join(' · '))),
      BODY_MAX_BYTES,
    ),
    url: alertsUrl(notification),
    ...(first === undefined || count > 1 ? {} : { alert: first.fingerprint }),
    tag,
    severity: severityOf(alerts),
    isResolved: notification.status === 'resolved',
    language,
    atMs: notification.atMs,
  };
}

function markOf(notification: Notification, language: PushLanguage): string {
  const words = WORDS[language];
  if (notification.status === 'resolved') return words.resolved;
  if (notification.escalatedFrom !== undefined) return words.escalated;
  const alerts = headlineAlerts(notification);
  if (alerts.length > 0 && alerts.every(({ noDataSinceMs }) => noDataSinceMs !== undefined))
    return words.noData;
  return notification.repeated ? words.reminder : '';
}

function timeText(notification: Notification, language: PushLanguage): string {
  const alerts = headlineAlerts(notification);
  const [first] = alerts;
  if (first === undefined) return '';
  const words = WORDS[language];
  if (notification.status === 'resolved')
    return alerts.length > 1 ? '' : words.after(lastedText(first));
  const sinceMs = Math.min(...alerts.map(sinceOf));
  return words.since(utcClock(sinceMs, notification.atMs));
}

/** The alerts of these labels: what people have in common with a message's link, as that page reads it. */
function alertsUrl(notification: Notification): string {
  const [, filter] = silenceLink(headlineAlerts(notification), '.')?.split('?', 2) ?? [];
  return filter === undefined ? 'alerts' : `alerts#/alerts?${filter}`;
}
