import { err, ok, type Result } from '../result.ts';
import { type Labels, labelsOf, METRIC_NAME } from '../series/labels.ts';
import { unquote } from './string-literal.ts';

/** One point of a test series: a value, nothing (`_`), or the marker that the series ended here. */
export type NotatedPoint = number | undefined | 'stale';

export interface NotatedSeries {
  readonly labels: Labels;
  /** One point per step, the first at time 0. */
  readonly points: readonly NotatedPoint[];
}

export interface NotationError {
  /** `unsupported`: a native histogram, which Hypervigil does not store. */
  readonly code: 'bad_data' | 'unsupported';
  readonly message: string;
}

const POINTS_MAX = 1_000_000; // 16 MB of timestamps and values

/**
 * Reads a series as Prometheus' test files write it, such as `up{job="a"} 0+1x5 _ 3 stale`:
 * a series, then its points (see `parseSeriesPoints`). Points may be missing altogether.
 * Source: prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules, "series".
 */
export function parseSeriesNotation(text: string): Result<NotatedSeries, NotationError> {
  const labels = readLabels(text.trim());
  if (!labels.ok) return labels;
  const points = parseSeriesPoints(labels.value.rest);
  if (!points.ok) return points;
  return ok({ labels: labels.value.labels, points: points.value });
}

/** Reads a series alone, such as `up{job="a"}` or `{"http.requests", job="a"}`. */
export function parseSeriesLabels(text: string): Result<Labels, NotationError> {
  const labels = readLabels(text.trim());
  if (!labels.ok) return labels;
  if (labels.value.rest !== '') return bad(text, `unexpected "${labels.value.rest}"`);
  return ok(labels.value.labels);
}

const NUMBER = String.raw`(?:inf|nan|(?:\d[\d_]*\.?\d*|\.\d+)(?:e[+-]?\d+)?)`;
const POINT = new RegExp(
  `^(?:(?<gap>_)|(?<stale>stale)|(?<start>[+-]?${NUMBER})(?<step>[+-]${NUMBER})?)(?:x(?<times>\\d+))?$`,
  'i',
);

/**
 * Reads points separated by spaces: a value; `_` (no sample); `stale`; `a+bxn`, which is a, a+b,
 * ... a+n*b; `a-bxn`; `axn`, which is a and n more times a; `_xn`, n gaps.
 */
export function parseSeriesPoints(text: string): Result<NotatedPoint[], NotationError> {
  const points: NotatedPoint[] = [];
  if (text.includes('{{'))
    return err({ code: 'unsupported', message: 'native histograms are not supported' });
  for (const word of text.split(/\s+/)) {
    if (word === '') continue;
    const groups = POINT.exec(word)?.groups;
    if (groups === undefined) return bad(text, `"${word}" is not a value`);
    const { gap, stale, start, step: stepText, times: timesText } = groups;
    const times = timesText === undefined ? undefined : Number(timesText);
    const count = times === undefined ? 1 : gap === undefined ? times + 1 : times;
    if (points.length + count > POINTS_MAX)
      return bad(text, `more than ${POINTS_MAX} points in one series`);
    if (stepText !== undefined && times === undefined)
      return bad(text, `"${word}" does not say how often: expected ${word}x<count>`);
    let value = toNumber(start);
    const step = toNumber(stepText);
    for (let i = 0; i < count; i++) {
      if (gap !== undefined) points.push(undefined);
      else points.push(stale === undefined ? value : 'stale');
      // Added up one by one, as Prometheus does: the rounding is then the same.
      if (stepText !== undefined) value += step;
    }
  }
  return ok(points);
}

function toNumber(text: string | undefined): number {
  if (text === undefined) return 0;
  const word = /^([+-]?)(inf|nan)$/i.exec(text);
  if (word === null) return Number(text.replaceAll('_', ''));
  if (word[2]?.toLowerCase() === 'nan') return Number.NaN;
  return word[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

interface ReadLabels {
  readonly labels: Labels;
  readonly rest: string;
}

const STRING = /^(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)/;
const METRIC = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*/;

function readLabels(text: string): Result<ReadLabels, NotationError> {
  const pairs: [string, string][] = [];
  const metric = METRIC.exec(text)?.[0] ?? '';
  if (metric !== '') pairs.push([METRIC_NAME, metric]);
  let rest = text.slice(metric.length).trimStart();
  if (!rest.startsWith('{') || rest.startsWith('{{')) {
    return metric === ''
      ? bad(text, 'a series name is missing')
      : ok({ labels: labelsOf(pairs), rest });
  }
  rest = rest.slice(1).trimStart();
  while (!rest.startsWith('}')) {
    const pair = readPair(text, rest);
    if (!pair.ok) return pair;
    pairs.push([pair.value.name, pair.value.value]);
    rest = pair.value.rest;
    if (rest.startsWith(',')) rest = rest.slice(1).trimStart();
    else if (!rest.startsWith('}')) return bad(text, 'expected "," or "}" after a label');
  }
  return ok({ labels: labelsOf(pairs), rest: rest.slice(1).trim() });
}

interface Pair {
  readonly name: string;
  readonly value: string;
  readonly rest: string;
}

function readPair(whole: string, text: string): Result<Pair, NotationError> {
  const quotedName = STRING.exec(text)?.[0];
  const name = quotedName ?? LABEL.exec(text)?.[0];
  if (name === undefined) return bad(whole, `expected a label name at "${text}"`);
  const plainName = quotedName === undefined ? ok(name) : unquote(name);
  if (!plainName.ok) return bad(whole, plainName.error);
  let rest = text.slice(name.length).trimStart();
  if (!rest.startsWith('=')) {
    // A quoted string alone is the metric's name: {"http.requests"}.
    if (quotedName === undefined) return bad(whole, `expected "=" after ${name}`);
    return ok({ name: METRIC_NAME, value: plainName.value, rest });
  }
  rest = rest.slice(1).trimStart();
  const quotedValue = STRING.exec(rest)?.[0];
  if (quotedValue === undefined) return bad(whole, `expected a quoted value after ${name}=`);
  const value = unquote(quotedValue);
  if (!value.ok) return bad(whole, value.error);
  return ok({
    name: plainName.value,
    value: value.value,
    rest: rest.slice(quotedValue.length).trimStart(),
  });
}

function bad(text: string, problem: string): Result<never, NotationError> {
  const shown = text.length > 80 ? `${text.slice(0, 80)}...` : text;
  return err({ code: 'bad_data', message: `${problem} in series "${shown}"` });
}
