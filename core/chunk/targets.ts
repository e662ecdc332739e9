import { Buffer } from 'node:buffer';
import { type Labels, labelPairs, labelsKey, METRIC_NAME } from '../series/labels.ts';
import type { ByteWriter } from './byte-writer.ts';
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
export const END = 0x00;
export const ESCAPE = 0x01;
export const UUID = 0x02;
export const NAMELESS = 0x03;
/** Escaped bytes move up by this, so that none of the marks above is met inside a text. */
export const ESCAPE_SHIFT = 0x10;

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

/** The labels that sort before a metric name, and those from there on. */
function aroundMetricName(labels: Labels): [before: Labels, after: Labels] {
  let at = 0;
  while (at < labels.length && (labels[at] ?? '') < METRIC_NAME) at += 2;
  return [labels.slice(0, at), labels.slice(at)];
}
