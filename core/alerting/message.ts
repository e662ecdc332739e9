import { compareStrings } from '../series/labels.ts';
import { isoTime } from '../time.ts';
import { toGsm7 } from './gsm7.ts';
import type { Notification, NotifiedAlert } from './notification.ts';

/** One notification in the forms in which people and machines get it. */
export interface Message {
  /** ASCII, one line, at most 100 characters: what SNS takes as an email's subject. */
  readonly subject: string;
  /** Plain text, complete in itself. */
  readonly email: string;
  /** At most 140 characters of the GSM alphabet: one SMS. */
  readonly sms: string;
  /** JSON of the notification, for programs. */
  readonly json: string;
}

const SUBJECT_MAX = 100;
const SMS_MAX_SEPTETS = 140;
/**
 * SNS takes 256 KB for all forms together and refuses more for good, which would hold up all that
 * waits behind. JSON is sent twice and escaped: 2 x 50 KB x 1.3, and the email 25 KB x 1.1, leave room.
 */
const JSON_MAX_BYTES = 50_000;
const EMAIL_MAX_BYTES = 25_000;
/** Beyond it nobody reads: alerts are counted instead. */
const EMAIL_MAX_ALERTS = 25;
/** No text of one alert may take the room of all. */
const LABEL_MAX_CHARS = 300;
const ANNOTATION_MAX_CHARS = 4000;

/** Writes a notification out. The same notification gives the same texts. */
export function writeMessage(notification: Notification): Message {
  const alerts = notification.alerts.map(withCutTexts);
  const headline = headlineOf(alerts);
  const forPrograms = withinBytes(alerts.map(alertForPrograms), JSON.stringify, JSON_MAX_BYTES);
  return {
    subject: asciiLine(`[${notification.status.toUpperCase()}] ${headline}`, SUBJECT_MAX),
    email: emailText({ ...notification, alerts }, headline),
    sms: toGsm7(
      `${notification.status === 'firing' ? '' : 'RESOLVED '}${headline}`,
      SMS_MAX_SEPTETS,
    ),
    json: JSON.stringify({
      version: 1,
      ...notification,
      alerts: forPrograms,
      truncatedAlerts: alerts.length - forPrograms.length,
    }),
  };
}

/** The first items whose texts fit into so many bytes of UTF-8, and one at least. */
function withinBytes<T>(items: readonly T[], text: (item: T) => string, maxBytes: number): T[] {
  let bytes = 0;
  const kept: T[] = [];
  for (const item of items) {
    bytes += new TextEncoder().encode(text(item)).length;
    if (bytes > maxBytes && kept.length > 0) break;
    kept.push(item);
  }
  return kept;
}

function withCutTexts(alert: NotifiedAlert): NotifiedAlert {
  return {
    ...alert,
    labels: cutAll(alert.labels, LABEL_MAX_CHARS),
    annotations: cutAll(alert.annotations, ANNOTATION_MAX_CHARS),
  };
}

function cutAll(
  texts: Readonly<Record<string, string>>,
  most: number,
): Readonly<Record<string, string>> {
  const cut = (text: string) => (text.length <= most ? text : `${text.slice(0, most - 3)}...`);
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, cut(text)]));
}

/** The most important words first: what, where; a count when there are several. */
function headlineOf(alerts: readonly NotifiedAlert[]): string {
  const [first] = alerts;
  if (first === undefined) throw new Error('a notification without alerts');
  const name = alertName(first);
  if (alerts.length === 1) return `${name}: ${summaryOf(first)}`;
  const places = [...new Set(alerts.map(placeOf))];
  return `${alerts.length}x ${name}: ${places.join(', ')}`;
}

function alertName(alert: NotifiedAlert): string {
  return alert.labels['alertname'] ?? 'alert';
}

function summaryOf(alert: NotifiedAlert): string {
  return oneLine(alert.annotations['summary'] ?? placeOf(alert));
}

/** "vm2 on web-1", "web-1", or the labels of an alert that has neither. */
function placeOf({ labels }: NotifiedAlert): string {
  const { vm, host } = labels;
  if (vm !== undefined) return host === undefined ? vm : `${vm} on ${host}`;
  return host ?? labelLine(labels);
}

function labelLine(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .filter(([name]) => name !== 'alertname')
    .sort(([a], [b]) => compareStrings(a, b))
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

function emailText(notification: Notification, headline: string): string {
  const { alerts, status, severity, id } = notification;
  const shown = withinBytes(
    alerts.slice(0, EMAIL_MAX_ALERTS),
    (alert) => alertText(alert, severity).join('\n'),
    EMAIL_MAX_BYTES,
  );
  const more = alerts.length - shown.length;
  const head =
    alerts.length === 1 ? [] : [`${status === 'firing' ? 'Firing' : 'Resolved'}: ${headline}`, ''];
  const tail = more > 0 ? [`... and ${more} more.`, ''] : [];
  return [
    ...head,
    ...shown.flatMap((alert) => alertText(alert, severity)),
    ...tail,
    '--',
    `Hypervigil, notification ${id}`,
    '',
  ].join('\n');
}

function alertText(alert: NotifiedAlert, severity: string): string[] {
  const resolved = alert.endsAtMs !== undefined;
  const rows: [string, string][] = [
    ['What', `${alertName(alert)} (${severity}), ${alert.status}`],
    ['Where', placeOf(alert)],
    ['Since', utc(alert.startsAtMs)],
    ...(alert.endsAtMs === undefined
      ? []
      : [
          [
            'Until',
            `${utc(alert.endsAtMs)}, after ${duration(alert.endsAtMs - alert.startsAtMs)}`,
          ] satisfies [string, string],
        ]),
    [resolved ? 'Last value' : 'Value', formatValue(alert.value)],
    ['Labels', labelLine(alert.labels)],
  ];
  const description = alert.annotations['description'];
  return [
    `${resolved ? 'RESOLVED: ' : ''}${summaryOf(alert)}`,
    '',
    ...(description === undefined ? [] : [description.trim(), '']),
    ...rows.map(([name, value]) => `${name.padEnd(11)}${value}`),
    '',
  ];
}

function alertForPrograms(alert: NotifiedAlert): unknown {
  const { value, startsAtMs, endsAtMs, ...rest } = alert;
  return {
    ...rest,
    // JSON has no NaN or infinity.
    value: Number.isFinite(value) ? value : String(value),
    startsAt: isoTime(startsAtMs),
    ...(endsAtMs === undefined ? {} : { endsAt: isoTime(endsAtMs) }),
  };
}

function formatValue(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}

/** "2 d 3 h", "3 min 20 s": the two largest units. */
function duration(durationMs: number): string {
  let seconds = Math.round(durationMs / 1000);
  const parts: string[] = [];
  for (const [unit, size] of DURATION_UNITS) {
    const count = Math.floor(seconds / size);
    seconds -= count * size;
    if (count > 0 && parts.length < 2) parts.push(`${count} ${unit}`);
  }
  return parts.join(' ') || '0 s';
}

const DURATION_UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
] as const;

function utc(timestampMs: number): string {
  return `${isoTime(timestampMs).slice(0, 19).replace('T', ' ')} UTC`;
}

function asciiLine(text: string, most: number): string {
  const ascii = oneLine(
    text.normalize('NFKD').replaceAll(/[^\p{ASCII}]/gu, (char) => (/\p{M}/u.test(char) ? '' : '?')),
  );
  return ascii.length <= most ? ascii : `${ascii.slice(0, most - 3)}...`;
}

function oneLine(text: string): string {
  return text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
}
