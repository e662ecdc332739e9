import { isoTime } from '../time.ts';
import type { Position } from './ast.ts';
import { formatGeneral } from './literals.ts';
import { lineAndColumn } from './place.ts';

/** What there is to say about a result that came about all the same. */
export interface AnnotationTexts {
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
}

type Level = 'warning' | 'info';

interface Annotation {
  readonly level: Level;
  readonly message: string;
  readonly position: Position;
  readonly fix?: MonotonicityFix;
}

/** Buckets that were lifted because their counts fell. */
export interface MonotonicityFix {
  readonly minBound: number;
  readonly maxBound: number;
  /** The largest fall from one bucket to the next. */
  readonly maxFall: number;
}

interface CountedFix extends MonotonicityFix {
  count: number;
  firstMs: number;
  lastMs: number;
}

const KEPT_MAX = 1000; // each a line of text; a query has some ten at most

/**
 * Collects the warnings and infos of one evaluation, in Prometheus' words; one said twice is kept
 * once. Source: prometheus/util/annotations.
 */
export class Annotations {
  private readonly byMessage = new Map<string, Annotation>();
  private readonly fixes = new Map<string, CountedFix>();

  warn(message: string, position: Position): void {
    this.add('warning', `PromQL warning: ${message}`, position);
  }

  info(message: string, position: Position): void {
    this.add('info', `PromQL info: ${message}`, position);
  }

  /** A q that is no quantile: NaN or outside 0..1. */
  invalidQuantile(q: number, position: Position): void {
    this.warn(`quantile value should be between 0 and 1, got ${formatGeneral(q)}`, position);
  }

  /** The buckets of a histogram had to be mended at an instant. */
  forcedMonotonicity(fix: MonotonicityFix, atMs: number, position: Position, ofMetric = ''): void {
    const message = `PromQL info: input to histogram_quantile needed to be fixed for monotonicity (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)${ofMetric}`;
    const known = this.fixes.get(message);
    // Told of several places, it names the first; other annotations name the last.
    if (known === undefined) this.add('info', message, position);
    this.fixes.set(message, {
      minBound: Math.min(fix.minBound, known?.minBound ?? fix.minBound),
      maxBound: Math.max(fix.maxBound, known?.maxBound ?? fix.maxBound),
      maxFall: Math.max(fix.maxFall, known?.maxFall ?? fix.maxFall),
      count: (known?.count ?? 0) + 1,
      firstMs: Math.min(atMs, known?.firstMs ?? atMs),
      lastMs: Math.max(atMs, known?.lastMs ?? atMs),
    });
  }

  private add(level: Level, message: string, position: Position): void {
    if (this.byMessage.size < KEPT_MAX || this.byMessage.has(message))
      this.byMessage.set(message, { level, message, position });
  }

  /** The texts with the place in the query that each is about, sorted. */
  texts(query: string): AnnotationTexts {
    const all = [...this.byMessage.values()];
    const written = (level: Level) =>
      all
        .filter((annotation) => annotation.level === level)
        .map(({ message, position }) => {
          const details = this.details(message);
          return `${message}${details} (${lineAndColumn(query, position.start)})`;
        })
        .sort();
    return { warnings: written('warning'), infos: written('info') };
  }

  private details(message: string): string {
    const fix = this.fixes.get(message);
    if (fix === undefined) return '';
    const bounds = `${formatGeneral(fix.minBound)} to ${formatGeneral(fix.maxBound)}`;
    const fall = formatTwoDigits(fix.maxFall);
    return `, from buckets ${bounds}, with a max diff of ${fall}, over ${fix.count} samples from ${seconds(fix.firstMs)} to ${seconds(fix.lastMs)}`;
  }
}

/** RFC 3339 to the second. */
function seconds(ms: number): string {
  return isoTime(Math.trunc(ms / 1000) * 1000).replace('.000Z', 'Z');
}

/** Go's `%.2g`: two digits, a value halfway between rounded to the even one. */
function formatTwoDigits(value: number): string {
  if (!Number.isFinite(value) || value === 0) return formatGeneral(value);
  const [exact = '', power = '0'] = value.toExponential(100).split('e');
  const halfway = /^-?\d\.\d50*$/.test(exact);
  const digits = exact.replace('.', '').replace('-', '');
  const isEven = Number(digits[1]) % 2 === 0;
  const rounded =
    halfway && isEven
      ? Number(`${exact.slice(0, exact.indexOf('.') + 2)}e${power}`)
      : Number(value.toPrecision(2));
  const [mantissa = '', exponent = '0'] = rounded.toExponential().split('e');
  if (Number(exponent) >= -4 && Number(exponent) < 2) return formatGeneral(rounded);
  const sign = exponent.startsWith('-') ? '-' : '+';
  return `${mantissa}e${sign}${exponent.replace(/^[+-]/, '').padStart(2, '0')}`;
}
