import type { Notification, NotifiedAlert } from '../alertmanager/notification-types.ts';
import { gsm7Length, toGsm7 } from './gsm7.ts';
import { shortLink } from './short-link.ts';
import { asciiLine, cutChars, oneLine } from './shorten.ts';
import { commonLabels } from './silence-command.ts';
import {
  alertName,
  countText,
  durationText,
  placeOf,
  sinceOf,
  summaryOf,
  utcClock,
  valueText,
} from './words.ts';

const SUBJECT_MAX_CHARS = 100; // SNS refuses longer ones
const TITLE_MAX_CHARS = 200; // more than any screen shows
const SMS_MAX_SEPTETS = 140;
/** A headline that is cut to less says too little: then there is no link. */
const HEAD_MIN_SEPTETS = 60;
/** More names than fit into any headline are not even looked at. */
const NAMED_MAX = 100;

/** The alerts a headline is about: those that fire, or when none does, those that are over. */
export function headlineAlerts({ alerts, status }: Notification): readonly NotifiedAlert[] {
  const found = alerts.filter((alert) => alert.status === status);
  return found.length > 0 ? found : alerts;
}

/** The title in ASCII, at most 100 characters. */
export function subjectOf(notification: Notification): string {
  return asciiLine(titleLine(notification), SUBJECT_MAX_CHARS);
}

/** One line, at most 200 characters: `[FIRING:2] VmDown on web-1: a, b`. */
export function titleOf(notification: Notification): string {
  return cutChars(oneLine(titleLine(notification)), TITLE_MAX_CHARS);
}

function titleLine(notification: Notification): string {
  const alerts = headlineAlerts(notification);
  const bracket = notification.status === 'firing' ? `FIRING:${alerts.length}` : 'RESOLVED';
  return `[${bracket}] ${markOf(notification)}${namedHeadline(alerts)}`;
}

/** As the title, without a bracket and in full: `3 VMs down on web-1: a, b, c`. */
export function headlineOf(notification: Notification): string {
  const alerts = headlineAlerts(notification);
  const [first] = alerts;
  if (first === undefined) return 'nothing';
  return alerts.length === 1 ? summaryOf(first) : countedHeadline(alerts);
}

/**
 * At most 140 characters of the GSM alphabet, the most important words first; then a link to the alert, or to all of
 * the message. For its sake what is said after the headline gives way, and the headline's end where enough of it is
 * left; never the other way round. Without an address there is no link.
 */
export function smsOf(notification: Notification, externalUrl: string): string {
  const { head, more } = smsWords(notification);
  const whole = head + more.join('');
  const link = shortLink(headlineAlerts(notification), externalUrl);
  if (link === undefined) return toGsm7(whole, SMS_MAX_SEPTETS);
  const room = SMS_MAX_SEPTETS - gsm7Length(` ${link}`);
  const texts = more.map((_, i) => head + more.slice(0, more.length - i).join(''));
  const fitting = [...texts, head].find((text) => gsm7Length(text) <= room);
  if (fitting !== undefined) return `${toGsm7(fitting, room)} ${link}`;
  if (room < HEAD_MIN_SEPTETS) return toGsm7(whole, SMS_MAX_SEPTETS);
  return `${toGsm7(head, room)} ${link}`;
}

interface SmsWords {
  /** What is wrong, and where. */
  readonly head: string;
  /** What may follow, the least important last. */
  readonly more: readonly string[];
}

function smsWords(notification: Notification): SmsWords {
  const alerts = headlineAlerts(notification);
  const [first] = alerts;
  const isOver = notification.status === 'resolved';
  const head = `${isOver ? 'RESOLVED: ' : markOf(notification)}${headlineOf(notification)}`;
  if (first === undefined || alerts.length > 1) return { head, more: [] };
  const name = ` (${alertName(first)})`;
  if (isOver) return { head, more: [`, ${lastedText(first)}`, name] };
  const { noDataSinceMs, flapping, value } = first;
  const { atMs } = notification;
  if (noDataSinceMs !== undefined) {
    const since = `. Nothing heard since ${utcClock(noDataSinceMs, atMs)}`;
    return { head, more: [since, `, last value ${valueText(value)}`, name] };
  }
  if (flapping !== undefined) {
    const often = `. ${flapping.times}x since ${utcClock(flapping.sinceMs, atMs)}`;
    return { head, more: [often, name] };
  }
  return { head, more: [`. Since ${utcClock(sinceOf(first), atMs)}`, name] };
}

/** What makes this message another one than "it began"; `''` for that. */
function markOf(notification: Notification): string {
  const alerts = headlineAlerts(notification);
  if (notification.status === 'resolved') return '';
  if (notification.escalatedFrom !== undefined) return 'Escalated: ';
  if (alerts.every(({ noDataSinceMs }) => noDataSinceMs !== undefined)) return 'No data: ';
  if (alerts.every(({ flapping }) => flapping !== undefined)) return 'Flapping: ';
  return notification.repeated ? 'Still firing: ' : '';
}

/** "after 3 min 20 s" */
export function lastedText(alert: NotifiedAlert): string {
  const sinceMs = sinceOf(alert);
  return `after ${durationText((alert.endsAtMs ?? sinceMs) - sinceMs)}`;
}

function namedHeadline(alerts: readonly NotifiedAlert[]): string {
  const [first] = alerts;
  if (first === undefined) return 'nothing';
  const name = alertName(first);
  if (alerts.length > 1) {
    const { host, places } = whereOf(alerts);
    const names = alertNames(alerts);
    if (names.size > 1) return countedHeadline(alerts);
    return `${name}${host === undefined ? '' : ` on ${host}`}${places === '' ? '' : `: ${places}`}`;
  }
  const summary = summaryOf(first);
  return summary.startsWith(name) ? summary : `${name}: ${summary}`;
}

/** "3 VMs down on web-1: a, b, c", "5 alerts on web-1: VmDown (3), HostCpuHigh (2)". */
function countedHeadline(alerts: readonly NotifiedAlert[]): string {
  const { host, places } = whereOf(alerts);
  const on = host === undefined ? '' : ` on ${host}`;
  const names = [...alertNames(alerts)];
  const [only] = names;
  if (only !== undefined && names.length === 1)
    return `${countText(only[0], alerts.length)}${on}${places === '' ? '' : `: ${places}`}`;
  const counts = names.map(([name, count]) => `${name} (${count})`);
  return `${alerts.length} alerts${on}: ${counts.join(', ')}`;
}

/** The host all share, and what the alerts are about on it. */
function whereOf(alerts: readonly NotifiedAlert[]): { host: string | undefined; places: string } {
  const { host } = commonLabels(alerts.map(({ labels }) => labels));
  const names = alerts
    .slice(0, NAMED_MAX)
    .map((alert) => (host === undefined ? placeOf(alert) : (alert.labels['vm'] ?? '')));
  return { host, places: [...new Set(names)].filter((name) => name !== '').join(', ') };
}

function alertNames(alerts: readonly NotifiedAlert[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const alert of alerts) counts.set(alertName(alert), (counts.get(alertName(alert)) ?? 0) + 1);
  return counts;
}
