import { type CivilTime, civilTime } from '../../time.ts';
import type { GoTime } from './value.ts';
import { offsetText, zonedMs, zoneName } from './zone.ts';

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** `2015-06-23 13:19:44.128 +0000 UTC`, as Go prints a time. */
export function timeText(time: GoTime): string {
  return formatTime(time, '2006-01-02 15:04:05.999 -0700 MST');
}

const LAYOUT =
  /January|Jan|Monday|Mon|MST|2006|-07:00|-0700|Z07:00|15|01|02|03|04|05|06|PM|pm|_2|[.,]0+(?!\d)|[.,]9+(?!\d)|[12345]/g;

/** A time by Go's layout, whose parts are those of Mon Jan 2 15:04:05 MST 2006. */
export function formatTime(time: GoTime, layout: string): string {
  const civil = civilTime(zonedMs(time));
  return layout.replace(LAYOUT, (part) => layoutPart(time, civil, part));
}

function layoutPart(time: GoTime, civil: CivilTime, part: string): string {
  const month = MONTHS[civil.month - 1] ?? '';
  const weekday = WEEKDAYS[civil.weekday] ?? '';
  const offset = offsetText(time);
  const hour12 = civil.hour % 12 === 0 ? 12 : civil.hour % 12;
  const parts: Readonly<Record<string, string>> = {
    January: month,
    Jan: month.slice(0, 3),
    Monday: weekday,
    Mon: weekday.slice(0, 3),
    MST: zoneName(time),
    '2006': padded(civil.year, 4),
    '06': padded(civil.year % 100, 2),
    '-07:00': offset,
    '-0700': offset.replace(':', ''),
    'Z07:00': offset === '+00:00' ? 'Z' : offset,
    '15': padded(civil.hour, 2),
    '03': padded(hour12, 2),
    '3': String(hour12),
    '01': padded(civil.month, 2),
    '1': String(civil.month),
    '02': padded(civil.day, 2),
    _2: String(civil.day).padStart(2),
    '2': String(civil.day),
    '04': padded(civil.minute, 2),
    '4': String(civil.minute),
    '05': padded(civil.second, 2),
    '5': String(civil.second),
    PM: civil.hour < 12 ? 'AM' : 'PM',
    pm: civil.hour < 12 ? 'am' : 'pm',
  };
  return parts[part] ?? fraction(civil.millisecond, part);
}

/** `.000` always shows its digits, `.999` leaves zeros at the end away. */
function fraction(millisecond: number, part: string): string {
  const places = part.length - 1;
  const digits = padded(millisecond, 3).padEnd(places, '0').slice(0, places);
  if (part.includes('0')) return part.charAt(0) + digits;
  const trimmed = digits.replace(/0+$/, '');
  return trimmed === '' ? '' : part.charAt(0) + trimmed;
}

function padded(value: number, width: number): string {
  return String(value).padStart(width, '0');
}

/** A duration as Go prints it: `1h30m0s`, `1.5s`, `20ms`. Source: time.Duration.String. */
export function goDurationText(seconds: number): string {
  if (seconds === 0) return '0s';
  const sign = seconds < 0 ? '-' : '';
  const nanos = Math.round(Math.abs(seconds) * 1e9);
  if (nanos < 1000) return `${sign}${nanos}ns`;
  if (nanos < 1e6) return `${sign}${nanos / 1e3}µs`;
  if (nanos < 1e9) return `${sign}${nanos / 1e6}ms`;
  const hours = Math.floor(nanos / 3.6e12);
  const minutes = Math.floor(nanos / 6e10) % 60;
  const rest = (nanos % 6e10) / 1e9;
  if (hours > 0) return `${sign}${hours}h${minutes}m${rest}s`;
  return minutes > 0 ? `${sign}${minutes}m${rest}s` : `${sign}${rest}s`;
}

/** RFC 3339 as Go's JSON has it: a fraction without zeros at its end, none when it is zero. */
export function rfc3339(time: GoTime): string {
  return formatTime(time, '2006-01-02T15:04:05.999Z07:00');
}
