import { numberOf, readSampleLine, type SampleLine } from '../../../core/exposition/sample-line.ts';
import { matchesAll } from '../../../core/rules/written-samples.ts';
import { type Labels, labelsOf, METRIC_NAME } from '../../../core/series/labels.ts';
import type { Choice } from '../transfer/choice.ts';
import type { Faults } from './faults.ts';
import { MAX_LINE_CHARS } from './line-stream.ts';

/** Samples of one series as they come; times may be in any order. */
export interface Gathered {
  readonly labels: Labels;
  readonly timestamps: number[];
  readonly values: number[];
}

/** A series by its text in lines. */
interface Known {
  readonly gathered: Gathered;
  readonly isWanted: boolean;
}

/** Arrays of numbers: 16 MB. */
const GATHERED_SAMPLES = 1_000_000;
/** Some 100 MB with long labels; also of series that are not wanted. */
const KNOWN_SERIES = 100_000;

/** The end of the year 9999. Who gives ms for seconds is beyond it. */
const MAX_SECONDS = 253_402_300_800;
const VALUE_AND_TIME = /^([^ \t{]+)[ \t]+(-?\d+(?:\.\d+)?)(?:[ \t]*|[ \t]+#.*)$/;
const NUMBER = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|inf(?:inity)?|nan)$/i;
const IS_ALL_WANTED = () => true;

/**
 * Reads OpenMetrics line by line into series. What is wrong with a line is noted, and the next one read: `# HELP`,
 * `# TYPE` and other comments mean nothing here, exemplars are passed over, and `# EOF` must be there.
 */
export class OpenMetricsReader {
  readonly #choice: Choice;
  readonly #faults: Faults;
  readonly #known = new Map<string, Known>();
  #file = '';
  #line = 0;
  #last = '';
  #lastKnown: Known | undefined;
  #hasEnded = false;
  #gatheredSamples = 0;
  /** Of all lines. */
  samples = 0;

  constructor(choice: Choice, faults: Faults) {
    this.#choice = choice;
    this.#faults = faults;
  }

  /** Is it time to take out what was gathered? */
  get isFull(): boolean {
    return this.#gatheredSamples >= GATHERED_SAMPLES || this.#known.size >= KNOWN_SERIES;
  }

  begin(file: string): void {
    this.#file = file;
    this.#line = 0;
    this.#hasEnded = false;
  }

  /** Notes if the file's end is missing: the file may have been cut off. */
  end(): void {
    if (this.#hasEnded) return;
    this.#line++;
    this.#fault('no # EOF', 'no # EOF at the end: the file may be cut off');
  }

  read(line: string): void {
    this.#line++;
    if (line === '# EOF') {
      this.#hasEnded = true;
      return;
    }
    if (line === '' || line.startsWith('#')) return;
    if (this.#hasEnded) {
      this.#hasEnded = false;
      this.#fault('text after # EOF', 'text after # EOF');
    }
    if (line.length >= MAX_LINE_CHARS) this.#fault('too long', 'a line that is too long');
    else this.#readSample(line);
  }

  #readSample(line: string): void {
    // Nearly always the series of the line before.
    const isLast = this.#last !== '' && line.startsWith(this.#last) && isBlank(line, this.#last);
    const series = isLast ? this.#last : line.slice(0, endOfSeries(line));
    const known = isLast ? this.#lastKnown : this.#known.get(series);
    const [, value = '', seconds] =
      VALUE_AND_TIME.exec(line.slice(series.length).trimStart()) ?? [];
    if (known === undefined || !NUMBER.test(value)) {
      this.#readWhole(line, series);
      return;
    }
    this.#last = series;
    this.#lastKnown = known;
    this.#add(known, numberOf(value), seconds);
  }

  /** Takes what was gathered out. */
  take(): Gathered[] {
    const all = [...this.#known.values()]
      .filter(({ gathered }) => gathered.timestamps.length > 0)
      .map(({ gathered }) => gathered);
    this.#known.clear();
    this.#last = '';
    this.#lastKnown = undefined;
    this.#gatheredSamples = 0;
    return all;
  }

  #readWhole(line: string, series: string): void {
    const parsed = readSampleLine(line, IS_ALL_WANTED);
    if (!parsed.ok) {
      this.#fault(parsed.error.kind, parsed.error.text);
      return;
    }
    if (parsed.value === undefined) return;
    const labels = labelsIn(parsed.value);
    if (typeof labels === 'string') {
      this.#fault(labels, `${labels}: ${series}`);
      return;
    }
    const { selectors } = this.#choice;
    const known = this.#known.get(series) ?? {
      gathered: { labels, timestamps: [], values: [] },
      isWanted:
        selectors.length === 0 || selectors.some((matchers) => matchesAll(matchers, labels)),
    };
    this.#known.set(series, known);
    this.#add(known, parsed.value.value, parsed.value.timestamp);
  }

  #add({ gathered, isWanted }: Known, value: number, seconds: string | undefined): void {
    const at = Number(seconds);
    if (seconds === undefined) {
      this.#fault('no timestamp', 'a sample without a timestamp: nobody knows of when it is');
      return;
    }
    if (at < 0 || at > MAX_SECONDS) {
      const why = 'is no time from 1970 to 9999: OpenMetrics has seconds';
      this.#fault('time out of range', `${seconds} ${why}`);
      return;
    }
    this.samples++;
    const timestampMs = Math.round(at * 1000);
    if (!isWanted || timestampMs < this.#choice.fromMs || timestampMs >= this.#choice.toMs) return;
    gathered.timestamps.push(timestampMs);
    gathered.values.push(value);
    this.#gatheredSamples++;
  }

  #fault(kind: string, text: string): void {
    this.#faults.add(kind, () => `${this.#file}:${this.#line}`, text);
  }
}

/** Is there a blank after the series, so that it does not go on? */
function isBlank(line: string, series: string): boolean {
  const after = line[series.length];
  return after === ' ' || after === '\t';
}

/** Where name and labels end, with the quotes heeded. */
function endOfSeries(line: string): number {
  const brace = line.indexOf('{');
  const blank = line.search(/[ \t]/);
  if (brace < 0 || (blank >= 0 && blank < brace && line.slice(blank, brace).trim() !== ''))
    return blank < 0 ? line.length : blank;
  let isQuoted = false;
  for (let at = brace + 1; at < line.length; at++) {
    const char = line[at];
    if (char === '\\' && isQuoted) at++;
    else if (char === '"') isQuoted = !isQuoted;
    else if (char === '}' && !isQuoted) return at + 1;
  }
  return line.length;
}

/** The labels with the name, or what is wrong with them. */
function labelsIn({ name, labels }: SampleLine): Labels | string {
  const names = new Set(labels.map(([label]) => label));
  if (names.has(METRIC_NAME)) return `a label called ${METRIC_NAME}`;
  if (names.size < labels.length) return 'a label given twice';
  return labelsOf([[METRIC_NAME, name], ...labels]);
}
