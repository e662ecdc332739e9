import type { Notification, NotifiedAlert } from '../alertmanager/notification-types.ts';
import { type Fact, factsOf, labelsFact, notesOf, readable } from './facts.ts';
import { headlineOf } from './headline.ts';
import { cutBytes, cutChars, oneLine, withinBytes } from './shorten.ts';
import { silenceCommand, silenceLink } from './silence-command.ts';
import { placeOf, summaryOf } from './words.ts';

const EMAIL_MAX_BYTES = 25_000;
/** Beyond it nobody reads: alerts are counted instead. */
const EMAIL_MAX_ALERTS = 25;
const MORE_NAMED_MAX = 200;
const MORE_MAX_CHARS = 2000;
const BRIEF_MAX_ALERTS = 10;
const BRIEF_MAX_BYTES = 3500; // ntfy takes 4,096

/** Plain text, complete in itself, at most some 30 KB. The same notification gives the same text. */
export function emailOf(notification: Notification, externalUrl: string): string {
  const { alerts, atMs } = notification;
  const paragraphs = (alert: NotifiedAlert) => alertParagraphs(alert, atMs, externalUrl);
  const whole = (alert: NotifiedAlert) => paragraphs(alert).join('\n');
  const shown = withinBytes(
    alerts.slice(0, EMAIL_MAX_ALERTS).map(readable),
    whole,
    EMAIL_MAX_BYTES,
  );
  const notes = notesOf(notification);
  const lines = [
    ...(alerts.length === 1 ? [] : [cutChars(oneLine(headlineOf(notification)), 1000), '']),
    ...(notes.length === 0 ? [] : [...notes, '']),
    ...shown.flatMap(paragraphs),
    ...moreLines(alerts.slice(shown.length)),
    ...silenceLines(alerts, externalUrl),
    '--',
    externalUrl === '' ? 'Hypervigil' : `Hypervigil ${externalUrl}`,
    oneLine(
      `To ${cutChars(notification.receiver, 200)}, group ${cutChars(notification.groupKey, 500)}`,
    ),
    `Notification ${notification.id}`,
    '',
  ];
  return lines.join('\n');
}

/** Plain text for a small screen, without labels and rules; at most 3.5 KB. */
export function briefOf(notification: Notification, externalUrl: string): string {
  const { alerts, atMs } = notification;
  const shown = alerts
    .slice(0, BRIEF_MAX_ALERTS)
    .map(readable)
    .map((alert) => {
      const facts = factsOf(alert, atMs).slice(1);
      const head = `${alert.status === 'resolved' ? 'RESOLVED: ' : ''}${summaryOf(alert)}`;
      return [head, ...facts.map(([name, text]) => `${name}: ${text}`)].join('\n');
    });
  const more = alerts.length - shown.length;
  const command = silenceCommand(firing(alerts), externalUrl);
  const tail = command === undefined ? [] : [`Silence: ${command}`];
  const body = [
    ...notesOf(notification),
    ...shown,
    ...(more > 0 ? [`... and ${more} more.`] : []),
  ].join('\n\n');
  const room = BRIEF_MAX_BYTES - tail.join('').length * 3;
  return [cutBytes(body, Math.max(room, 1000)), ...tail].join('\n\n');
}

function alertParagraphs(alert: NotifiedAlert, atMs: number, externalUrl: string): string[] {
  const description = (alert.annotations['description'] ?? '').trim();
  const link: Fact[] = alert.generatorUrl === '' ? [] : [['Graph', alert.generatorUrl]];
  const facts = [
    ...factsOf(alert, atMs),
    labelsFact(alert),
    ...link,
    ...pageFact(alert, externalUrl),
  ];
  return [
    `${alert.status === 'resolved' ? 'RESOLVED: ' : ''}${summaryOf(alert)}`,
    '',
    ...(description === '' || alert.status === 'resolved' ? [] : [description, '']),
    ...facts.map(([name, text]) => `${name.padEnd(11)}${text}`),
    '',
  ];
}

/** Where it can be acknowledged and silenced with a thumb, and why it fires is told. */
function pageFact({ fingerprint }: NotifiedAlert, externalUrl: string): Fact[] {
  if (externalUrl === '') return [];
  return [
    ['Why', `${externalUrl.replace(/\/+$/, '')}/alerts?alert=${encodeURIComponent(fingerprint)}`],
  ];
}

function moreLines(left: readonly NotifiedAlert[]): string[] {
  if (left.length === 0) return [];
  const places = [...new Set(left.slice(0, MORE_NAMED_MAX).map(placeOf))].join(', ');
  return [`... and ${left.length} more: ${oneLine(cutChars(places, MORE_MAX_CHARS))}`, ''];
}

function silenceLines(alerts: readonly NotifiedAlert[], externalUrl: string): string[] {
  const command = silenceCommand(firing(alerts), externalUrl);
  if (command === undefined) return [];
  const link = silenceLink(firing(alerts), externalUrl);
  const what = firing(alerts).length === 1 ? 'it' : 'them';
  return [
    `To silence ${what} for 2 hours:`,
    ...(link === undefined ? [] : [`  ${link}`, 'or']),
    `  ${command}`,
    '',
  ];
}

function firing(alerts: readonly NotifiedAlert[]): readonly NotifiedAlert[] {
  return alerts.filter(({ status }) => status === 'firing');
}
