import { err, ok, type Result } from '../result.ts';

/** A line that is a sample. */
export interface SampleLine {
  readonly name: string;
  /** In the order of the line; without the name. */
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly value: number;
  /** As it is written: ms in Prometheus' text format, seconds in OpenMetrics. */
  readonly timestamp: string | undefined;
}

/** What is wrong with a line. */
export interface LineFault {
  /** One of a few: to be counted by. */
  readonly kind: string;
  /** With what was found there. */
  readonly text: string;
}

const BLANKS = /[ \t]*/y;
const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL_NAME = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const QUOTED = /"((?:[^"\\\n]|\\.)*)"/y;
const NUMBER = /[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|inf(?:inity)?|nan)(?=[ \t]|$)/iy;
const TIMESTAMP = /-?\d+(?:\.\d+)?(?=[ \t]|$)/y;

/**
 * A sample as a line of Prometheus' text format or of OpenMetrics has it; `undefined` for a comment, an
 * empty line, and a name that is not wanted, which is not read further. Exemplars are passed over.
 */
export function readSampleLine(
  line: string,
  wanted: (name: string) => boolean,
): Result<SampleLine | undefined, LineFault> {
  return new LineReader(line).sample(wanted);
}

function fault(kind: string, found = ''): Result<never, LineFault> {
  return err({ kind, text: kind + found });
}

/** Reads one line from left to right. */
class LineReader {
  readonly #line: string;
  #at = 0;

  constructor(line: string) {
    this.#line = line;
  }

  /** The sample; `undefined` where there is none or it is not wanted. */
  sample(wanted: (name: string) => boolean): Result<SampleLine | undefined, LineFault> {
    this.#take(BLANKS);
    if (this.#at === this.#line.length || this.#line[this.#at] === '#') return ok(undefined);
    let name = this.#take(NAME);
    if (name !== undefined && !wanted(name)) return ok(undefined);
    this.#take(BLANKS);
    const labels: (readonly [string, string])[] = [];
    if (this.#line[this.#at] === '{') {
      this.#at += 1;
      const read = this.#labels(labels, name);
      if (!read.ok) return read;
      name ??= read.value;
    }
    if (name === undefined || name === '') return fault('no metric name');
    this.#take(BLANKS);
    const number = this.#take(NUMBER);
    if (number === undefined) return fault('no number', ` after ${name}: ${this.#rest()}`);
    this.#take(BLANKS);
    const timestamp = this.#take(TIMESTAMP);
    if (timestamp !== undefined) this.#take(BLANKS);
    if (this.#at < this.#line.length && this.#line[this.#at] !== '#') {
      return fault('unexpected text after the value', `: ${this.#rest()}`);
    }
    return ok(wanted(name) ? { name, labels, value: numberOf(number), timestamp } : undefined);
  }

  /** Labels up to `}` into `into`. Gives a quoted metric name among them; '' where there is none. */
  #labels(
    into: (readonly [string, string])[],
    outerName: string | undefined,
  ): Result<string, LineFault> {
    let metric = '';
    for (;;) {
      this.#take(BLANKS);
      if (this.#line[this.#at] === '}') break;
      const quoted = this.#quoted();
      const label = quoted ?? this.#take(LABEL_NAME);
      if (label === undefined) return fault('no label name', `: ${this.#rest()}`);
      this.#take(BLANKS);
      if (this.#line[this.#at] === '=') {
        this.#at += 1;
        this.#take(BLANKS);
        const value = this.#quoted();
        if (value === undefined)
          return fault('no "value" for the label', ` ${label}: ${this.#rest()}`);
        into.push([label, value]);
      } else if (quoted !== undefined && outerName === undefined && metric === '') metric = quoted;
      else return fault('no = after the label', ` ${label}: ${this.#rest()}`);
      this.#take(BLANKS);
      if (this.#line[this.#at] === ',') this.#at += 1;
      else if (this.#line[this.#at] !== '}') return fault('no , or }', `: ${this.#rest()}`);
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

/** A number as both formats write it. */
export function numberOf(token: string): number {
  if (/nan/i.test(token)) return Number.NaN;
  if (/inf/i.test(token)) return token.startsWith('-') ? -Infinity : Infinity;
  return Number(token);
}
