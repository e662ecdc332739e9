import type { RoutingMatcher, RoutingTimePart } from '../../../core/answers/routing.ts';
import { language, t } from '../../i18n/language.ts';
import { ROUTING } from './messages.ts';

/** A part of a time interval in words: `Mon–Fri, 18:00–24:00 (Europe/Berlin)`. */
export function timePartText(part: RoutingTimePart): string {
  const { times, weekdays, daysOfMonth, months, years, location } = part;
  const parts = [
    joined(weekdays, ([from, to]) => span(weekdayText(from), weekdayText(to))),
    joined(months, ([from, to]) => span(monthText(from), monthText(to))),
    joined(daysOfMonth, ([from, to]) => t(ROUTING.days, span(dayText(from), dayText(to)))),
    joined(years, ([from, to]) => span(String(from), String(to))),
    joined(times, ([from, to]) => `${clockText(from)}–${clockText(to)}`),
  ].filter((text) => text !== '');
  const when = parts.length === 0 ? t(ROUTING.always) : parts.join(comma());
  return `${when} (${location})`;
}

type Range = readonly [number, number];

function joined(ranges: readonly Range[], text: (range: Range) => string): string {
  return ranges.map(text).join(comma());
}

function comma(): string {
  return language.value === 'en' ? ', ' : '，';
}

function span(from: string, to: string): string {
  return from === to ? from : `${from}–${to}`;
}

/** 1 January 2023 was a Sunday. */
function weekdayText(day: number): string {
  const format = new Intl.DateTimeFormat(language.value, { weekday: 'short', timeZone: 'UTC' });
  return format.format(Date.UTC(2023, 0, 1 + day));
}

function monthText(month: number): string {
  const format = new Intl.DateTimeFormat(language.value, { month: 'short', timeZone: 'UTC' });
  return format.format(Date.UTC(2023, month - 1, 1));
}

/** Negative ones count from the month's end. */
function dayText(day: number): string {
  return day < 0 ? t(ROUTING.fromEnd, -day) : String(day);
}

function clockText(minutes: number): string {
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return `${String(hours).padStart(2, '0')}:${String(rest).padStart(2, '0')}`;
}

/** Conditions as a configuration has them; none fit everything. */
export function matchersText(matchers: readonly RoutingMatcher[]): string {
  return matchers.length === 0 ? t(ROUTING.every) : matchers.map(({ text }) => text).join(', ');
}
