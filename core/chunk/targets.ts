import { Buffer } from 'node:buffer';
import { type Labels, labelPairs, labelsKey, labelsOf, METRIC_NAME } from '../series/labels.ts';
import { type ByteReader, decodeUtf8 } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { ChunkFault, MAX_LABELS_PER_SERIES, MAX_SERIES } from './format.ts';
import { ParentIndex } from './parent-index.ts';

/**
 * Series in groups that share all labels but the name: a host, a disk, a VM, a VM's disk.
 *
 *     labels := groups:varint group*
 *     group  := parent:varint (label value)* 0 name* 0
 *
 * `parent` says whose labels a group has besides its own: 0 nobody's, 1 the first group's, k + 1 those
 * of the group k before it. A disk thus says `device` only, and a VM's disk too, its VM having said
 * name and UUID; and it says so in the same bytes, wherever in the chunk it stands. Texts end with 0 (the few that hold
 * a 0 or 1 escape it with a 1 before it); a value that is a UUID is a 2 and its 16 bytes. A series without
 * a name has the mark 3 for one.
 */
const END = 0x00;
const ESCAPE = 0x01;
const UUID = 0x02;
const NAMELESS = 0x03;
/** Escaped bytes move up by this, so that none of the marks above is met inside a text. */
const ESCAPE_SHIFT = 0x10;
const ESCAPE_CHAR = String.fromCharCode(ESCAPE);

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is escaped.
const MARKS = /[\u0000-\u0003]/;
const UUID_CHARACTERS = 36;
const UUID_TEXT = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A group: its labels other than the name, and where each of its series stands in the input. */
export interface Group {
  readonly labels: Labels;
  readonly names: string[];
  readonly indexes: number[];
}

/** Groups in order of first sight. A sender that names a VM before its disks has the smaller chunk. */
export function groupSeries(series: readonly { readonly labels: Labels }[]): Group[] {
  const groups = new Map<string, Group>();
  series.forEach(({ labels }, index) => {
    const [before, after] = aroundMetricName(labels);
    const own = after[0] === METRIC_NAME ? [...before, ...after.slice(2)] : labels;
    const key = labelsKey(own);
    let group = groups.get(key);
    if (group === undefined) {
      group = { labels: own, names: [], indexes: [] };
      groups.set(key, group);
    }
    group.names.push(after[0] === METRIC_NAME ? (after[1] ?? '') : '');
    group.indexes.push(index);
  });
  return [...groups.values()];
}

export function writeGroups(out: ByteWriter, groups: readonly Group[]): void {
  const parents = new ParentIndex();
  out.varint(groups.length);
  groups.forEach((group, at) => {
    const parent = parents.find(group.labels);
    out.varint(parentCode(at, parent));
    const known = parent === undefined ? NOTHING : new Set(names(groups[parent]?.labels ?? []));
    for (const [name, value] of labelPairs(group.labels)) {
      if (known.has(name)) continue;
      writeText(out, name);
      writeText(out, value);
    }
    out.u8(END);
    for (const name of group.names) {
      if (name === '') out.u8(NAMELESS);
      else writeText(out, name);
    }
    out.u8(END);
    parents.add(group.labels, at);
  });
}

function parentCode(at: number, parent: number | undefined): number {
  if (parent === undefined) return 0;
  return parent === 0 ? 1 : at - parent + 1;
}

const NOTHING: ReadonlySet<string> = new Set();

function names(labels: Labels): string[] {
  return [...labelPairs(labels)].map(([name]) => name);
}

function writeText(out: ByteWriter, text: string): void {
  if (text.length === UUID_CHARACTERS && UUID_TEXT.test(text)) {
    out.u8(UUID);
    out.raw(Buffer.from(text.replaceAll('-', ''), 'hex'));
    return;
  }
  out.utf8(escapeMarks(text));
  out.u8(END);
}

function escapeMarks(text: string): string {
  if (!MARKS.test(text)) return text;
  let escaped = '';
  for (const char of text) {
    const code = char.charCodeAt(0);
    escaped += code <= NAMELESS ? String.fromCharCode(ESCAPE, code + ESCAPE_SHIFT) : char;
  }
  return escaped;
}

const NO_TEXTS: ReadonlyMap<string, string> = new Map();

/** The label sets of a chunk's series, in stored order. */
export function readGroups(input: ByteReader): Labels[] {
  const all: Labels[] = [];
  const groups: Map<string, string>[] = [];
  const count = input.count('label groups', MAX_SERIES);
  for (let i = 0; i < count; i++) {
    const code = input.varint('parent group');
    const parent = groups[code === 1 ? 0 : i - code + 1];
    if (code > 0 && parent === undefined)
      throw new ChunkFault('malformed', `group ${i}: no parent ${code}`);
    const labels = readLabels(input, code === 0 ? NO_TEXTS : (parent ?? NO_TEXTS));
    groups.push(labels);
    // Sorted once a group: where a chunk is read for one metric, this is most of the work.
    const rest = labelsOf([...labels].filter(([name]) => name !== METRIC_NAME));
    const [before, after] = aroundMetricName(rest);
    for (;;) {
      const name = readName(input);
      if (name === undefined) break;
      if (all.length === MAX_SERIES)
        throw new ChunkFault('too_large', `more than ${MAX_SERIES} series`);
      all.push(name === '' ? rest : [...before, METRIC_NAME, name, ...after]);
    }
  }
  return all;
}

/** The labels that sort before a metric name, and those from there on. */
function aroundMetricName(labels: Labels): [before: Labels, after: Labels] {
  let at = 0;
  while (at < labels.length && (labels[at] ?? '') < METRIC_NAME) at += 2;
  return [labels.slice(0, at), labels.slice(at)];
}

function readLabels(
  input: ByteReader,
  inherited: ReadonlyMap<string, string>,
): Map<string, string> {
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
  const text = decodeUtf8(input.until(END, what), what);
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
