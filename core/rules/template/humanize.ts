import { formatFloat } from './float-text.ts';
import { timeText } from './time-text.ts';
import { type GoTime, type GoValue, TemplateFailure, typeName } from './value.ts';

/** Source of the formulas: prometheus/template/template.go, prometheus/common/helpers/templates. */

const LARGE = ['', 'k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'];
const SMALL = ['', 'm', 'u', 'n', 'p', 'f', 'a', 'z', 'y'];
const BINARY = ['', 'ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei', 'Zi', 'Yi'];
/** Beyond these, nanoseconds since 1970 do not fit Go's int64. */
const TIME_MAX_SECONDS = 2 ** 63 / 1e9;

/** A number from whatever Prometheus' functions take for one: float, int, duration or text. */
export function toFloat(value: GoValue): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'string') return parseFloatText(value);
  if (typeof value === 'object' && value.kind === 'duration') return value.seconds;
  throw new TemplateFailure(`can't convert ${typeName(value)} to float`);
}

function parseFloatText(text: string): number {
  const special = /^([+-]?)(inf|infinity|nan)$/i.exec(text);
  if (special !== null) {
    if (special[2]?.toLowerCase() === 'nan') return Number.NaN;
    return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text))
    throw new TemplateFailure(
      `strconv.ParseFloat: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  return Number(text);
}

/** `1.235M`, `120m`: four digits and a metric prefix. */
export function humanize(input: GoValue): string {
  const value = toFloat(input);
  if (value === 0 || !Number.isFinite(value)) return significant(value);
  return Math.abs(value) >= 1 ? scaleDown(value, 1000, LARGE) : scaleUp(value);
}

/** `1.177Mi`: four digits and a binary prefix. */
export function humanize1024(input: GoValue): string {
  const value = toFloat(input);
  if (Math.abs(value) <= 1 || !Number.isFinite(value)) return significant(value);
  return scaleDown(value, 1024, BINARY);
}

/** A ratio as a percentage: 0.1234567 is `12.35%`. */
export function humanizePercentage(input: GoValue): string {
  return `${significant(toFloat(input) * 100)}%`;
}

/** Seconds as `1d 1h 0m 0s`, `1.234s`, `100ms`. */
export function humanizeDuration(input: GoValue): string {
  const value = toFloat(input);
  if (!Number.isFinite(value)) return significant(value);
  if (value === 0) return '0s';
  if (Math.abs(value) < 1) return `${scaleUp(value)}s`;
  const sign = value < 0 ? '-' : '';
  const whole = Math.floor(Math.abs(value));
  const seconds = whole % 60;
  const minutes = Math.floor(whole / 60) % 60;
  const hours = Math.floor(whole / 3600) % 24;
  const days = Math.floor(whole / 86_400);
  if (days > 0) return `${sign}${days}d ${hours}h ${minutes}m ${seconds}s`;
  if (hours > 0) return `${sign}${hours}h ${minutes}m ${seconds}s`;
  if (minutes > 0) return `${sign}${minutes}m ${seconds}s`;
  return `${sign}${significant(Math.abs(value))}s`;
}

/** Seconds since 1970 as `2015-06-23 13:19:44.128 +0000 UTC`. */
export function humanizeTimestamp(input: GoValue): string {
  const value = toFloat(input);
  return Number.isFinite(value) ? timeText(toTime(value)) : significant(value);
}

/** Seconds since 1970 as a time, to the millisecond. */
export function toTime(seconds: number): GoTime {
  if (!Number.isFinite(seconds)) throw new TemplateFailure('value is NaN or Inf');
  if (Math.abs(seconds) > TIME_MAX_SECONDS) {
    throw new TemplateFailure(
      `${formatFloat(seconds, 'g')} cannot be represented as a nanoseconds timestamp since it overflows int64`,
    );
  }
  return { kind: 'time', atMs: Math.trunc(Math.trunc(seconds * 1e9) / 1e6) };
}

function scaleDown(start: number, step: number, prefixes: readonly string[]): string {
  let value = start;
  let i = 0;
  while (Math.abs(value) >= step && i < prefixes.length - 1) {
    value /= step;
    i += 1;
  }
  return significant(value) + (prefixes[i] ?? '');
}

function scaleUp(start: number): string {
  let value = start;
  let i = 0;
  while (Math.abs(value) < 1 && i < SMALL.length - 1) {
    value *= 1000;
    i += 1;
  }
  return significant(value) + (SMALL[i] ?? '');
}

function significant(value: number): string {
  return formatFloat(value, 'g', 4);
}
