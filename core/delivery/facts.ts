import type { Notification, NotifiedAlert } from '../alertmanager/notification-types.ts';
import { lastedText } from './headline.ts';
import { cutChars, oneLine, plainText } from './shorten.ts';
import {
  alertName,
  durationText,
  fullPlaceOf,
  labelLine,
  severityOf,
  sinceOf,
  utcTime,
  valueText,
} from './words.ts';

/** A thing to know about an alert: what it is called, and what it is. */
export type Fact = readonly [name: string, text: string];

/** No text of one alert may take the room of all. */
const LABEL_MAX_CHARS = 300;
const LABELS_MAX = 64;
const LABELS_MAX_CHARS = 2000;
const ANNOTATION_MAX_CHARS = 4000;
const EXPR_MAX_CHARS = 300;

/**
 * The alert with texts of a length a person can read, without control characters; labels in one line each, so that
 * what somebody named a VM can't look like lines of ours.
 */
export function readable(alert: NotifiedAlert): NotifiedAlert {
  return {
    ...alert,
    labels: cutAll(alert.labels, LABEL_MAX_CHARS, oneLine),
    annotations: cutAll(alert.annotations, ANNOTATION_MAX_CHARS, plainText),
    generatorUrl: alert.generatorUrl.length > 2000 ? '' : plainText(alert.generatorUrl),
  };
}

function cutAll(
  texts: Readonly<Record<string, string>>,
  maxChars: number,
  clean: (text: string) => string,
): Readonly<Record<string, string>> {
  const kept = Object.entries(texts).slice(0, LABELS_MAX);
  return Object.fromEntries(
    kept.map(([name, text]) => [name, clean(plainText(cutChars(text, maxChars)))]),
  );
}

/** What, where, since when, value against threshold, and what is special about it. */
export function factsOf(alert: NotifiedAlert, atMs: number): Fact[] {
  const { endsAtMs, flapping } = alert;
  const sinceMs = sinceOf(alert);
  const since: Fact = ['Since', `${utcTime(sinceMs)}${agoText(sinceMs, atMs)}`];
  return [
    ['What', `${alertName(alert)} (${severityOf([alert])}), ${stateText(alert)}`],
    ['Where', fullPlaceOf(alert)],
    endsAtMs === undefined ? since : ['Since', utcTime(sinceMs)],
    ...(endsAtMs === undefined
      ? []
      : [['Until', `${utcTime(endsAtMs)}, ${lastedText(alert)}`] satisfies Fact]),
    ...valueFacts(alert, atMs),
    ...(flapping === undefined ? [] : [['Flapping', flappingText(flapping)] satisfies Fact]),
  ];
}

function agoText(sinceMs: number, atMs: number): string {
  return atMs - sinceMs < 60_000 ? '' : `, for ${durationText(atMs - sinceMs)}`;
}

function stateText({ status, noDataSinceMs }: NotifiedAlert): string {
  return status === 'firing' && noDataSinceMs !== undefined ? 'firing, no data' : status;
}

function valueFacts({ status, value, expr, noDataSinceMs }: NotifiedAlert, atMs: number): Fact[] {
  const rule = expr === undefined ? '' : `, rule: ${plainText(cutChars(expr, EXPR_MAX_CHARS))}`;
  const text = `${valueText(value)}${rule}`;
  // An alert that somebody sent from elsewhere has no value.
  if (expr === undefined && Number.isNaN(value)) return noDataFacts(noDataSinceMs, atMs);
  if (status === 'resolved') return [['Last value', text]];
  if (noDataSinceMs === undefined) return [['Value', text]];
  return [...noDataFacts(noDataSinceMs, atMs), ['Last value', text]];
}

function noDataFacts(sinceMs: number | undefined, atMs: number): Fact[] {
  if (sinceMs === undefined) return [];
  return [['No data', `since ${utcTime(sinceMs)}${agoText(sinceMs, atMs)}`]];
}

function flappingText({ times, sinceMs, quietMs }: NonNullable<NotifiedAlert['flapping']>): string {
  return `came and went ${times} times since ${utcTime(sinceMs)}; you will hear when it has been quiet for ${durationText(quietMs)}`;
}

/** The alert's labels in one line, as a fact. */
export function labelsFact(alert: NotifiedAlert): Fact {
  return ['Labels', cutChars(oneLine(labelLine(alert.labels)), LABELS_MAX_CHARS)];
}

/** Why this message comes though it tells no news, and to whom: a sentence each. */
export function notesOf({ repeated, escalatedFrom, alerts, status }: Notification): string[] {
  const resolved = alerts.filter((alert) => alert.status === 'resolved').length;
  return [
    ...(escalatedFrom === undefined
      ? []
      : [
          `${escalatedFrom} was told of this, and nobody has acknowledged it. So now you are told.`,
        ]),
    ...(repeated ? ['Still firing: this is a reminder.'] : []),
    ...(status === 'firing' && resolved > 0
      ? [`${alerts.length - resolved} firing, ${resolved} resolved.`]
      : []),
  ];
}
