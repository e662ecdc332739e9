import { deflateRawSync, inflateRawSync } from 'node:zlib';
import * as v from 'valibot';
import { newerVersionText } from '../newer-version.ts';
import { type StateClock, stateClockSchema } from './state-clock.ts';
import { type RecordTexts, readRecord, type StateRecord } from './state-records.ts';

/**
 * Heads and segments of a stored state as bytes: deflated lines, the first one JSON that says what it is, each
 * other one a record: its key, a tab and its value, or its key alone if it is gone.
 */

/** Values of records by key; `undefined`: there is none any more. */
export type Changes = ReadonlyMap<string, string | undefined>;

export interface StoredRecord {
  readonly text: string;
  readonly record: StateRecord;
}

export type StoredRecords = ReadonlyMap<string, StoredRecord | undefined>;

export interface StateSegment {
  /** The tick that wrote it. */
  readonly madeAtMs: number;
  readonly records: StoredRecords;
}

export interface StateHead {
  readonly clock: StateClock;
  readonly records: StoredRecords;
}

/** The form's version. Versions 1 and 2 were a state as a whole. */
const VERSION = 3;
/** Inflated: 35 MB of items hold some ten times that. A bound against damage, not a limit to meet. */
const MAX_BYTES = 512 << 20;

const segmentSchema = v.object({ version: v.literal(VERSION), madeAtMs: v.number() });
const headSchema = v.object({ version: v.literal(VERSION), ...stateClockSchema.entries });
/** Whatever a version is like, its first line is JSON that tells it. */
const versionSchema = v.looseObject({ version: v.number() });

/** They never change, and a function that lives on reads the same ones at every tick. */
const SEGMENTS = new WeakMap<Uint8Array, StateSegment>();

export function encodeSegment(changes: Changes, madeAtMs: number): Uint8Array {
  return deflateRawSync(linesOf({ version: VERSION, madeAtMs }, changes));
}

/** Reads what `encodeSegment` wrote. Damage throws, and so does what a newer release wrote. */
export function decodeSegment(bytes: Uint8Array): StateSegment {
  const known = SEGMENTS.get(bytes);
  if (known !== undefined) return known;
  const [first = '', ...lines] = textOf(bytes).split('\n');
  const stored: unknown = JSON.parse(first);
  checkVersion(stored);
  const { madeAtMs } = v.parse(segmentSchema, stored);
  const segment = { madeAtMs, records: readLines(lines) };
  SEGMENTS.set(bytes, segment);
  return segment;
}

export function encodeHead(clock: StateClock, changes: Changes): Uint8Array {
  return deflateRawSync(linesOf({ version: VERSION, ...clock }, changes));
}

/** Reads what `encodeHead` wrote; of a state as a whole, as it was once stored, the JSON. Throws as above. */
export function decodeHead(bytes: Uint8Array): StateHead | { readonly whole: unknown } {
  const [first = '', ...lines] = textOf(bytes).split('\n');
  const stored: unknown = JSON.parse(first);
  if (checkVersion(stored) < VERSION) return { whole: stored };
  const { version: _, ...clock } = v.parse(headSchema, stored);
  return { clock, records: readLines(lines) };
}

/** Throws for a version that is not known yet: whoever reads so must not write either. */
function checkVersion(stored: unknown): number {
  const { version } = v.parse(versionSchema, stored);
  if (version > VERSION)
    throw new Error(newerVersionText("the evaluator's state", version, VERSION));
  return version;
}

/** How many bytes changes take before they are deflated; at least, as letters beyond ASCII take more. */
export function roughSize(changes: Changes): number {
  let size = 0;
  for (const [key, text = ''] of changes) size += key.length + text.length + 2;
  return size;
}

/** What of the records is not so in `base`. */
export function changedFrom(
  base: StoredRecords,
  records: RecordTexts,
): Map<string, string | undefined> {
  const changes = new Map<string, string | undefined>();
  for (const [key, text] of records) if (base.get(key)?.text !== text) changes.set(key, text);
  for (const [key, stored] of base)
    if (stored !== undefined && !records.has(key)) changes.set(key, undefined);
  return changes;
}

/** All records, of which later ones override earlier ones. */
export function overlaid(all: readonly StoredRecords[]): StoredRecords {
  const [first = new Map(), ...others] = all;
  if (others.every(({ size }) => size === 0)) return first;
  const merged = new Map<string, StoredRecord | undefined>(first);
  for (const records of others) {
    for (const [key, record] of records) {
      // Taken out and put back, it comes after those that were there all the time.
      if (record === undefined) merged.delete(key);
      else merged.set(key, record);
    }
  }
  return merged;
}

function linesOf(first: object, changes: Changes): string {
  const lines = [JSON.stringify(first)];
  for (const [key, text] of changes) lines.push(text === undefined ? key : `${key}\t${text}`);
  return lines.join('\n');
}

function readLines(lines: readonly string[]): StoredRecords {
  const records = new Map<string, StoredRecord | undefined>();
  for (const line of lines) {
    const tab = line.indexOf('\t');
    const key = tab < 0 ? line : line.slice(0, tab);
    const text = line.slice(tab + 1);
    records.set(key, tab < 0 ? undefined : { text, record: readRecord(key, text) });
  }
  return records;
}

function textOf(bytes: Uint8Array): string {
  return inflateRawSync(bytes, { maxOutputLength: MAX_BYTES }).toString('utf8');
}
