import { MINUTE_MS } from '../../core/host-minute.ts';
import { parseMetricSelector } from '../../core/promql/parse.ts';
import type { Matcher } from '../../core/promql/source.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { parseDurationMs } from '../../core/rules/duration.ts';
import { HOUR_MS } from '../../core/time.ts';
import { type ApiError, badData, badParameter } from './reply.ts';

/**
 * Parameters as Prometheus' API reads them, errors in its words. Source: prometheus/web/api/v1/api.go,
 * parseTime, parseDuration, parseLimitParam, parseMatchersParam.
 */

/** Go's strconv.ParseFloat: decimal numbers, infinities and NaN (hexadecimal ones nobody sends). */
const FLOAT = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)$/;
/** JavaScript's integers end here; some 285,000 years from 1970. */
const MAX_TIME_MS = 9e15;
/** Go's durations: nanoseconds in 63 bits. */
const MAX_DURATION_S = 2 ** 63 / 1e9;

/** Unix seconds or RFC 3339, as ms since 1970. */
function parseTimeMs(text: string): Result<number, string> {
  const ms = FLOAT.test(text) ? secondsToMs(Number(text)) : rfc3339Ms(text);
  if (ms === undefined || !(Math.abs(ms) <= MAX_TIME_MS))
    return err(`cannot parse ${JSON.stringify(text)} to a valid timestamp`);
  return ok(ms);
}

/** Milliseconds are rounded from the fraction alone, as Prometheus does. */
function secondsToMs(seconds: number): number {
  const whole = Math.trunc(seconds);
  return whole * 1000 + Math.round((seconds - whole) * 1000);
}

function rfc3339Ms(text: string): number | undefined {
  const [, ...parts] = RFC3339.exec(text) ?? [];
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(0, 6)
    .map(Number);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second, Number((parts[6] ?? '').padEnd(3, '0').slice(0, 3)));
  const zone = parts[7];
  const isReal = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  if (zone === undefined || !isReal || hour > 23 || minute > 59 || second > 59) return undefined;
  if (zone === 'Z') return date.getTime();
  const [zoneHours = 0, zoneMinutes = 0] = zone.slice(1).split(':').map(Number);
  if (zoneHours > 23 || zoneMinutes > 59) return undefined;
  const offsetMs = (zoneHours * 60 + zoneMinutes) * 60_000;
  return date.getTime() + (zone.startsWith('-') ? offsetMs : -offsetMs);
}

/** Seconds or a duration such as `5m`, in ms (with a fraction where one was given). */
export function parseSpanMs(text: string): Result<number, string> {
  if (FLOAT.test(text)) {
    const seconds = Number(text);
    if (!(Math.abs(seconds) < MAX_DURATION_S))
      return err(`cannot parse ${JSON.stringify(text)} to a valid duration. It overflows int64`);
    return ok(seconds * 1000);
  }
  const parsed = parseDurationMs(text);
  return parsed.ok ? parsed : err(`cannot parse ${JSON.stringify(text)} to a valid duration`);
}

/** A time that may be left out. */
export function timeParam(
  params: URLSearchParams,
  name: string,
  otherwise: number,
): Result<number, ApiError> {
  const text = params.get(name) ?? '';
  if (text === '') return ok(otherwise);
  const time = parseTimeMs(text);
  if (time.ok) return time;
  return err(badParameter(name, `invalid time value for '${name}': ${time.error}`));
}

/** A time that must be given. */
export function requiredTime(params: URLSearchParams, name: string): Result<number, ApiError> {
  const time = parseTimeMs(params.get(name) ?? '');
  return time.ok ? time : err(badParameter(name, time.error));
}

/** The most results; 0: any number. */
export function limitParam(params: URLSearchParams): Result<number, ApiError> {
  const text = params.get('limit') ?? '';
  if (text === '') return ok(0);
  const limit = wholeNumber(text);
  if (limit === undefined)
    return err(
      badParameter('limit', `strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`),
    );
  return limit < 0 ? err(badParameter('limit', 'limit must be non-negative')) : ok(limit);
}

/** As Go's strconv.Atoi reads it; `undefined` for anything else. */
export function wholeNumber(text: string): number | undefined {
  const number = Number(text);
  return /^[+-]?\d+$/.test(text) && Number.isSafeInteger(number) ? number : undefined;
}

/** The sets of `match[]`, none if there are none. Each must ask for something. */
export function matcherSets(
  params: URLSearchParams,
): Result<readonly (readonly Matcher[])[], ApiError> {
  const sets: (readonly Matcher[])[] = [];
  const texts = params.getAll('match[]');
  if (texts.length > MAX_MATCHER_SETS)
    return err(
      badData(`${texts.length} match[] parameters; at most ${MAX_MATCHER_SETS} are taken`),
    );
  for (const text of texts) {
    const matchers = parseMetricSelector(text);
    if (!matchers.ok) return err(badData(matchers.error.message));
    if (matchers.value.every(({ matches }) => matches('')))
      return err(badData('match[] must contain at least one non-empty matcher'));
    sets.push(matchers.value);
  }
  return ok(sets);
}

/** Grafana sends one, people send a few; each costs a look at every series read. */
const MAX_MATCHER_SETS = 100;

/** The deadline: what was asked for, and never more than `mostMs`. */
export function timeoutParam(params: URLSearchParams, mostMs: number): Result<number, ApiError> {
  const text = params.get('timeout') ?? '';
  if (text === '') return ok(mostMs);
  const timeout = parseSpanMs(text);
  if (!timeout.ok) return err(badParameter('timeout', timeout.error));
  if (timeout.value <= 0)
    return err(
      badParameter('timeout', `timeout must be positive, got ${goDuration(timeout.value)}`),
    );
  return ok(Math.min(timeout.value, mostMs));
}

/** As Go prints a duration: `0s`, `-1m30s`, `-500ms`. */
function goDuration(durationMs: number): string {
  const sign = durationMs < 0 ? '-' : '';
  const ms = Math.abs(durationMs);
  if (ms > 0 && ms < 1000) return `${sign}${ms}ms`;
  const [hours, minutes] = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60];
  const parts = [hours > 0 ? `${hours}h` : '', ms >= 60_000 ? `${minutes}m` : ''];
  return `${sign}${parts.join('')}${(ms % 60_000) / 1000}s`;
}

/** How far back an instant vector looks; `undefined`: as usual. */
/**
 * Thanos' `max_source_resolution`: how far apart the points may be that a query is answered from, `auto` or a
 * duration. `0` is samples as they came, and nothing else.
 */
export function resolutionParam(
  params: URLSearchParams,
): Result<'raw' | 'minute' | undefined, ApiError> {
  const text = params.get('max_source_resolution') ?? '';
  if (text === '' || text === 'auto') return ok(undefined);
  const span = parseSpanMs(text);
  if (!span.ok) return err(badParameter('max_source_resolution', span.error));
  if (span.value < MINUTE_MS) return ok('raw');
  return ok(span.value < HOUR_MS ? 'minute' : undefined);
}

export function lookbackParam(params: URLSearchParams): Result<number | undefined, ApiError> {
  const text = params.get('lookback_delta') ?? '';
  if (text === '') return ok(undefined);
  const lookback = parseSpanMs(text);
  if (!lookback.ok) return err(badData(`error parsing lookback delta duration: ${lookback.error}`));
  const lookbackMs = Math.trunc(lookback.value);
  return ok(lookbackMs > 0 ? lookbackMs : undefined);
}

/** A time range that may be left out, the whole of time unless said. */
export function rangeParams(
  params: URLSearchParams,
): Result<{ readonly fromMs: number; readonly toMs: number }, ApiError> {
  const from = timeParam(params, 'start', -MAX_TIME_MS);
  if (!from.ok) return from;
  const to = timeParam(params, 'end', MAX_TIME_MS);
  return to.ok ? ok({ fromMs: from.value, toMs: to.value }) : to;
}
