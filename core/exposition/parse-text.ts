import { err, ok, type Result } from '../result.ts';

/** One line of an exporter's page. */
export interface ExposedSeries {
  readonly name: string;
  /** In the order of the page; without `__name__`. */
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly value: number;
}

/** What is wrong with a page, and where. */
export interface ExpositionError {
  /** From 1. */
  readonly line: number;
  readonly reason: string;
}

const BLANKS = /[ \t]*/y;
const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL_NAME = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const QUOTED = /"((?:[^"\\\n]|\\.)*)"/y;
const NUMBER = /[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|inf(?:inity)?|nan)(?=[ \t]|$)/iy;
const TIMESTAMP = /-?\d+(?:\.\d+)?(?=[ \t]|$)/y;

/**
 * The series of a page in Prometheus' text format or OpenMetrics' (which differ only in comments,
 * units of time, and exemplars; none of these are kept). Only names that `wanted` takes are read
 * further. One bad line makes the whole page bad, as for Prometheus: half a page would look like
 * series that ended. Source: prometheus.io/docs/instrumenting/exposition_formats.
 */
export function parseTextExposition(
  text: string,
  wanted: (name: string) => boolean,
): Result<readonly ExposedSeries[], ExpositionError> {
  const series: ExposedSeries[] = [];
  let lineNumber = 0;
  for (let from = 0; from < text.length; ) {
    let to = text.indexOf('\n', from);
    if (to < 0) to = text.length;
    lineNumber += 1;
    const line = text.slice(from, text[to - 1] === '\r' ? to - 1 : to);
    from = to + 1;
    if (line === '# EOF') break;
    if (line.startsWith('#')) continue;
    const parsed = new LineReader(line).series(wanted);
    if (typeof parsed === 'string') return err({ line: lineNumber, reason: parsed });
    if (parsed !== undefined) series.push(parsed);
  }
  return ok(series);
}

/** Reads one line from left to right. */
class LineReader {
  readonly #line: string;
  #at = 0;

  constructor(line: string) {
    this.#line = line;
  }

  /** The series; `undefined` where there is none or it is not wanted; text where the line is bad. */
  series(wanted: (name: string) => boolean): ExposedSeries | string | undefined {
    this.#take(BLANKS);
    if (this.#at === this.#line.length || this.#line[this.#at] === '#') return undefined;
    let name = this.#take(NAME);
    if (name !== undefined && !wanted(name)) return undefined;
    this.#take(BLANKS);
    const labels: (readonly [string, string])[] = [];
    if (this.#line[this.#at] === '{') {
      this.#at += 1;
      const read = this.#labels(labels, name);
      if (!read.ok) return read.error;
      name ??= read.value;
    }
    if (name === undefined || name === '') return 'no metric name';
    this.#take(BLANKS);
    const number = this.#take(NUMBER);
    if (number === undefined) return `no number after ${name}: ${this.#rest()}`;
    this.#take(BLANKS);
    if (this.#take(TIMESTAMP) !== undefined) this.#take(BLANKS);
    if (this.#at < this.#line.length && this.#line[this.#at] !== '#') {
      return `unexpected text after the value: ${this.#rest()}`;
    }
    return wanted(name) ? { name, labels, value: numberOf(number) } : undefined;
  }

  /** Labels up to `}` into `into`. Gives a quoted metric name among them; '' where there is none. */
  #labels(
    into: (readonly [string, string])[],
    outerName: string | undefined,
  ): Result<string, string> {
    let metric = '';
    for (;;) {
      this.#take(BLANKS);
      if (this.#line[this.#at] === '}') break;
      const quoted = this.#quoted();
      const label = quoted ?? this.#take(LABEL_NAME);
      if (label === undefined) return err(`no label name: ${this.#rest()}`);
      this.#take(BLANKS);
      if (this.#line[this.#at] === '=') {
        this.#at += 1;
        this.#take(BLANKS);
        const value = this.#quoted();
        if (value === undefined) return err(`no "value" for the label ${label}: ${this.#rest()}`);
        into.push([label, value]);
      } else if (quoted !== undefined && outerName === undefined && metric === '') metric = quoted;
      else return err(`no = after the label ${label}: ${this.#rest()}`);
      this.#take(BLANKS);
      if (this.#line[this.#at] === ',') this.#at += 1;
      else if (this.#line[this.#at] !== '}') return err(`no , or }: ${this.#rest()}`);
    }
    this.#at += 1;
    return ok(metric);
  }

  #quoted(): string | undefined {
    const token = this.#take(QUOTED);
    return token === undefined ? undefined : unescapeText(token.slice(1, -1));
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#line)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #rest(): string {
    return JSON.stringify(this.#line.slice(this.#at, this.#at + 40));
  }
}

function unescapeText(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replaceAll(/\\(.)/g, (whole, char: string) =>
    char === 'n' ? '\n' : char === '\\' || char === '"' ? char : whole,
  );
}

function numberOf(token: string): number {
  if (/nan/i.test(token)) return Number.NaN;
  if (/inf/i.test(token)) return token.startsWith('-') ? -Infinity : Infinity;
  return Number(token);
}
