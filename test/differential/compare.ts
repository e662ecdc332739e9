import type { Answer } from '../../bench/prometheus.ts';
import type { AnnotationTexts } from '../../core/promql/annotations.ts';
import type { PromqlError } from '../../core/promql/ast.ts';
import type { Value } from '../../core/promql/context.ts';
import { blockToSeries } from '../../core/promql/eval-range.ts';
import type { Result } from '../../core/result.ts';
import { formatLabels, type Labels } from '../../core/series/labels.ts';

/** A result in the form both sides have: a value at each instant of each series. */
interface Comparable {
  readonly labels: Labels;
  /** Milliseconds to value. */
  readonly points: ReadonlyMap<number, number>;
}

const RELATIVE_TOLERANCE = 1e-9;

/**
 * What differs between our answer and Prometheus', a line each; nothing when they agree.
 *
 * Known and left out, because Prometheus itself does not answer these the same way twice, or because
 * the platforms' mathematics differ in the last bit:
 * - which two series an error about duplicates names, and in which order;
 * - the order of an instant vector that was not sorted, and of equal values in a sorted one;
 * - values, and numbers in messages, closer than 1e-9 of each other, relatively (exp, sin, pow and their like);
 * - how many histograms had to be mended: Prometheus counts some of them several times over;
 * - which of several errors is reported, when the steps of a range query have different ones.
 */
export function differences(
  ours: Result<Value, PromqlError>,
  notes: AnnotationTexts,
  theirs: Answer,
  grid: { readonly startMs: number; readonly stepMs: number },
  ordered: boolean,
): string[] {
  if (!ours.ok) {
    if (theirs.status === 'success') return [`only we fail: ${ours.error.message}`];
    const [our, their] = [ours.error.message, theirs.error].map(comparableError);
    return our === their ? [] : [`errors: we "${our}", they "${their}"`];
  }
  if (theirs.status === 'error') return [`only they fail: ${theirs.error}`];
  const found = compareValues(ours.value, theirs, grid, ordered);
  for (const kind of ['warnings', 'infos'] as const)
    found.push(...compareNotes(notes[kind], theirs[kind]).map((text) => `${kind}: ${text}`));
  return found;
}

/** Prometheus gives ten of each kind, whichever, and then says how many there are besides. */
function compareNotes(ours: readonly string[], theirs: readonly string[]): string[] {
  const omitted = theirs.find((text) => / more \w+ annotations omitted$/.test(text));
  const their = theirs.filter((text) => text !== omitted).map(comparableNote);
  const our = new Set(ours.map(comparableNote));
  const count = their.length + (omitted === undefined ? 0 : Number.parseInt(omitted, 10));
  if (ours.length === count && their.every((text) => our.has(text))) return [];
  return [`we\n${[...our].sort().join('\n')}\nthey\n${[...theirs].sort().join('\n')}`];
}

function comparableNote(text: string): string {
  return shortNumbers(text.replace(/ over -?\d+ samples /, ' '));
}

/** Numbers of many digits without their last ones. */
function shortNumbers(text: string): string {
  return text.replace(/\d[\d.]{11,}/g, (number) => Number(number).toPrecision(9));
}

function comparableError(message: string): string {
  if (message.startsWith('found duplicate series')) return 'found duplicate series';
  return shortNumbers(message);
}

function compareValues(
  ours: Value,
  theirs: Extract<Answer, { status: 'success' }>,
  grid: { readonly startMs: number; readonly stepMs: number },
  ordered: boolean,
): string[] {
  if (ours.kind === 'string') {
    const their = theirs.series[0]?.points[0]?.[1];
    return their === ours.value ? [] : [`we "${ours.value}", they "${their}"`];
  }
  const our = ourSeries(ours, grid);
  const their = theirs.series.map(
    ({ labels, points }): Comparable => ({
      labels,
      points: new Map(
        points.map(([s, value]) => [
          Math.round(s * 1000),
          Number(value.replace('Inf', 'Infinity')),
        ]),
      ),
    }),
  );
  if (ordered) {
    const values = (list: readonly Comparable[]) =>
      list.flatMap(({ points }) => [...points.values()]);
    const [left, right] = [values(our), values(their)];
    if (left.length !== right.length || !left.every((value, i) => close(value, right[i])))
      return [`order: we ${left.join(' ')}, they ${right.join(' ')}`];
  }
  return compareSeries(our, their);
}

function ourSeries(
  value: Exclude<Value, { kind: 'string' }>,
  { startMs, stepMs }: { readonly startMs: number; readonly stepMs: number },
): Comparable[] {
  switch (value.kind) {
    case 'scalar': {
      const points = new Map([...value.values].map((v, step) => [startMs + step * stepMs, v]));
      return [{ labels: [], points }];
    }
    case 'vector':
      return blockToSeries(value.block, startMs, stepMs).map(toComparable);
    case 'matrix':
      return value.series.map(toComparable);
  }
}

function toComparable(series: {
  labels: Labels;
  timestamps: Float64Array;
  values: Float64Array;
}): Comparable {
  const points = new Map<number, number>();
  for (const [i, ms] of series.timestamps.entries()) points.set(ms, series.values[i] ?? Number.NaN);
  return { labels: series.labels, points };
}

const SHOWN_MAX = 5;

function compareSeries(ours: readonly Comparable[], theirs: readonly Comparable[]): string[] {
  const found: string[] = [];
  const their = new Map(theirs.map((series) => [formatLabels(series.labels), series]));
  for (const { labels, points } of ours) {
    const name = formatLabels(labels);
    const other = their.get(name);
    their.delete(name);
    if (other === undefined) {
      found.push(`only we have ${name}`);
      continue;
    }
    for (const ms of new Set([...points.keys(), ...other.points.keys()])) {
      const [a, b] = [points.get(ms), other.points.get(ms)];
      if (!close(a, b)) found.push(`${name} at ${ms}: we ${a}, they ${b}`);
    }
  }
  for (const name of their.keys()) found.push(`only they have ${name}`);
  return found.slice(0, SHOWN_MAX);
}

function close(a: number | undefined, b: number | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
  return Math.abs(a - b) <= RELATIVE_TOLERANCE * Math.max(Math.abs(a), Math.abs(b));
}
