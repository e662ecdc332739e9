import { Buffer } from 'node:buffer';
import {
  compareStrings,
  formatLabels,
  type Labels,
  labelsKey,
  METRIC_NAME,
} from '../series/labels.ts';
import type { ByteReader } from './byte-reader.ts';
import {
  ChunkFault,
  MAX_GROUP_LABELS,
  MAX_LABEL_CHARACTERS,
  MAX_LABELS_PER_SERIES,
  MAX_SERIES,
} from './format.ts';
import { END, ESCAPE, ESCAPE_SHIFT, NAMELESS, UUID } from './targets.ts';

/** A label set and what `labelsKey` gives for it. */
export interface KeyedLabels {
  readonly labels: Labels;
  readonly key: string;
}

/**
 * The series of a chunk in stored order, as its label section names them. Who reads a chunk for a few metrics never
 * looks at the others: label sets are made once they are asked for.
 */
export class SeriesList {
  /** The distinct metrics; `''` for series without a name. */
  readonly metrics: readonly string[];
  /** Of each series the index of its metric. */
  readonly metricOf: readonly number[];
  readonly #groupOf: readonly number[];
  readonly #groups: readonly LabelGroup[];
  readonly #keyed: (KeyedLabels | undefined)[] = [];
  readonly #keys = new Set<string>();

  constructor(
    metrics: readonly string[],
    metricOf: readonly number[],
    groupOf: readonly number[],
    groups: readonly LabelGroup[],
  ) {
    this.metrics = metrics;
    this.metricOf = metricOf;
    this.#groupOf = groupOf;
    this.#groups = groups;
  }

  get count(): number {
    return this.metricOf.length;
  }

  /** The label set of the series at this index, made anew. */
  labels(index: number): Labels {
    const metric = this.metrics[this.metricOf[index] ?? -1];
    const group = this.#groups[this.#groupOf[index] ?? -1];
    if (metric === undefined || group === undefined)
      throw new Error(`no series ${index} of ${this.count}`);
    return group.with(metric);
  }

  /** The same, made once; a fault if another series has it. */
  keyed(index: number, intern: (labels: Labels) => KeyedLabels): KeyedLabels {
    const known = this.#keyed[index];
    if (known !== undefined) return known;
    const made = intern(this.labels(index));
    if (this.#keys.has(made.key)) throw standsTwice(made.labels);
    this.#keys.add(made.key);
    this.#keyed[index] = made;
    return made;
  }
}

export function standsTwice(labels: Labels): ChunkFault {
  return new ChunkFault('malformed', `${formatLabels(labels)} stands twice`);
}

/** What series of a group share: all labels but the name. */
class LabelGroup {
  readonly texts: ReadonlyMap<string, string>;
  /** Labels that sort before a metric name, and those after; only if one of the series is wanted. */
  #around: readonly [before: Labels, after: Labels] | undefined;

  constructor(texts: ReadonlyMap<string, string>) {
    this.texts = texts;
  }

  with(metric: string): Labels {
    this.#around ??= sorted(this.texts);
    const [before, after] = this.#around;
    return metric === '' ? [...before, ...after] : [...before, METRIC_NAME, metric, ...after];
  }
}

/** Without a name and without empty values, as `labelsOf` gives them. */
function sorted(texts: ReadonlyMap<string, string>): [before: Labels, after: Labels] {
  const before: string[] = [];
  const after: string[] = [];
  for (const name of [...texts.keys()].sort(compareStrings)) {
    const value = texts.get(name);
    if (value === undefined || value === '' || name === METRIC_NAME) continue;
    (name < METRIC_NAME ? before : after).push(name, value);
  }
  return [before, after];
}

/**
 * The series of a writer's last chunk. Those of the next are nearly always the same, in the same bytes: they are
 * compared and not read again.
 */
export class LabelMemory {
  readonly #known = new Map<string, KeyedLabels>();
  readonly #knownMax: number;
  #last: { readonly bytes: Uint8Array; readonly list: SeriesList } | undefined;

  /** So many label sets of earlier chunks are shared with later ones; a writer that has more begins anew. */
  constructor(knownMax: number) {
    this.#knownMax = knownMax;
  }

  read(input: ByteReader): SeriesList {
    if (this.#last !== undefined && input.skipIfNext(this.#last.bytes)) return this.#last.list;
    const from = input.offset;
    const list = readSeriesList(input);
    this.#last = { bytes: input.since(from).slice(), list };
    return list;
  }

  /** The label set, as it was first seen. */
  readonly intern = (labels: Labels): KeyedLabels => {
    const key = labelsKey(labels);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (this.#known.size >= this.#knownMax) this.#known.clear();
    const keyed = { labels, key };
    this.#known.set(key, keyed);
    return keyed;
  };
}

const NO_TEXTS: ReadonlyMap<string, string> = new Map();

/** Reads a label section (targets.ts). */
export function readSeriesList(input: ByteReader): SeriesList {
  const indexOf = new Map<string, number>();
  const metricOf: number[] = [];
  const groupOf: number[] = [];
  const groups: LabelGroup[] = [];
  let groupLabels = 0;
  let characters = 0;
  const count = input.count('label groups', MAX_SERIES);
  for (let group = 0; group < count; group++) {
    const code = input.varint('parent group');
    const parent = groups[code === 1 ? 0 : group - code + 1];
    if (code > 0 && parent === undefined)
      throw new ChunkFault('malformed', `group ${group}: no parent ${code}`);
    const inherited = code === 0 ? undefined : parent?.texts;
    const texts = readLabels(input, inherited ?? NO_TEXTS);
    groupLabels += texts.size;
    if (groupLabels > MAX_GROUP_LABELS)
      throw new ChunkFault('too_large', `groups of more than ${MAX_GROUP_LABELS} labels`);
    const shared = charactersOf(texts);
    groups.push(new LabelGroup(texts));
    for (;;) {
      const metric = readName(input);
      if (metric === undefined) break;
      if (metricOf.length === MAX_SERIES)
        throw new ChunkFault('too_large', `more than ${MAX_SERIES} series`);
      characters += shared + metric.length;
      if (characters > MAX_LABEL_CHARACTERS)
        throw new ChunkFault('too_large', `labels of more than ${MAX_LABEL_CHARACTERS} characters`);
      let index = indexOf.get(metric);
      if (index === undefined) {
        index = indexOf.size;
        indexOf.set(metric, index);
      }
      metricOf.push(index);
      groupOf.push(group);
    }
  }
  return new SeriesList([...indexOf.keys()], metricOf, groupOf, groups);
}

function charactersOf(texts: ReadonlyMap<string, string>): number {
  let characters = 0;
  for (const [name, value] of texts) characters += name.length + value.length;
  return characters;
}

function readLabels(
  input: ByteReader,
  inherited: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const labels = new Map(inherited);
  while (input.peek() !== END) {
    const name = readText(input, 'label name');
    labels.set(name, readText(input, 'label value'));
    if (labels.size > MAX_LABELS_PER_SERIES) {
      throw new ChunkFault('too_large', `a series of more than ${MAX_LABELS_PER_SERIES} labels`);
    }
  }
  input.u8('label end');
  return labels;
}

/** The next metric name of a group (`''` for none), or `undefined` at the group's end. */
function readName(input: ByteReader): string | undefined {
  const next = input.peek();
  if (next === END || next === NAMELESS) {
    input.u8('name');
    return next === END ? undefined : '';
  }
  return readText(input, 'metric name');
}

const ESCAPE_CHAR = String.fromCharCode(ESCAPE);

function readText(input: ByteReader, what: string): string {
  if (input.peek() === UUID) {
    input.u8(what);
    const hex = Buffer.from(input.raw(16, what)).toString('hex');
    return [
      hex.slice(0, 8),
      hex.slice(8, 12),
      hex.slice(12, 16),
      hex.slice(16, 20),
      hex.slice(20),
    ].join('-');
  }
  const text = input.text(END, what);
  if (!text.includes(ESCAPE_CHAR)) return text;
  const [first = '', ...rest] = text.split(ESCAPE_CHAR);
  return first + rest.map((part) => unescapeFirst(part)).join('');
}

/** A part that stood behind an escape: its first character moves back down. */
function unescapeFirst(part: string): string {
  const code = part.charCodeAt(0) - ESCAPE_SHIFT;
  if (!(code >= 0 && code <= NAMELESS)) throw new ChunkFault('malformed', 'an escape of no mark');
  return String.fromCharCode(code) + part.slice(1);
}
