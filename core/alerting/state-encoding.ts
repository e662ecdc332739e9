import { stateFrom } from './state-assembly.ts';
import { clockOf } from './state-clock.ts';
import { recordsOf, type StateRecord } from './state-records.ts';
import {
  type Changes,
  changedFrom,
  decodeHead,
  decodeSegment,
  encodeHead,
  encodeSegment,
  overlaid,
  roughSize,
  type StoredRecords,
} from './state-segments.ts';
import { FIRST_STATE, type TickState } from './tick-state.ts';
import { decodeWholeState } from './whole-state.ts';

/**
 * The state as it is stored: segments of records, which are written once and stay as they are, and a head with
 * the times and what changed since. A later segment overrides those before it, and the head all of them. So a
 * tick at which nothing happens writes some hundred bytes, however large the fleet.
 */
export interface EncodedState {
  /** The head; or a whole state, as it was once stored. `undefined`: none, as before the first tick. */
  readonly bytes: Uint8Array | undefined;
  /** Oldest first. */
  readonly segments: readonly Uint8Array[];
}

const NO_STATE: EncodedState = { bytes: undefined, segments: [] };

/**
 * What changed at this tick may change again at the next one, so it is in the head, which is written in any
 * case. What has come to rest there goes to a segment, if it takes more than so much.
 */
const RESTING_MAX_BYTES = 1 << 10;
/** More than this goes to a segment at once: some 8 KB once deflated. */
const RESTLESS_MAX_BYTES = 64 << 10;

/** A segment is merged into the one before it unless that is so many times as large; so there are a dozen at most. */
const MERGE_RATIO = 2;
/** Segments are written anew when they hold more records than this for each that counts. */
const STORED_RATIO_MAX = 2;
const STORED_SPARE = 200;
/** And when they are so old: what is stored of a state ends by itself, 30 days after it was written. */
const SEGMENT_AGE_MAX_MS = 10 * 86_400_000;

/**
 * Encodes a state. Of the segments of `before`, which is what has been stored until now, those that still serve
 * are among the new ones, as the very same arrays: they need not be written.
 */
export function encodeState(state: TickState, before: EncodedState = NO_STATE): EncodedState {
  const nowMs = state.lastTickMs;
  const records = recordsOf(state);
  const segments = usable(before.segments, records.size, nowMs);
  const base = overlaid(segments.map((bytes) => decodeSegment(bytes).records));
  const changes = changedFrom(base, records);
  const clock = clockOf(state);
  const { resting, restless } = divided(changes, headRecords(before));
  if (roughSize(restless) > RESTLESS_MAX_BYTES)
    return {
      bytes: encodeHead(clock, new Map()),
      segments: withSegment(segments, changes, nowMs),
    };
  if (isSmall(resting)) return { bytes: encodeHead(clock, changes), segments };
  return { bytes: encodeHead(clock, restless), segments: withSegment(segments, resting, nowMs) };
}

/** Reads what `encodeState` wrote, now or in an earlier release. Damage throws. */
export function decodeState({ bytes, segments }: EncodedState): TickState {
  if (bytes === undefined) return FIRST_STATE;
  const head = decodeHead(bytes);
  if ('whole' in head) return decodeWholeState(head.whole);
  const all = overlaid([...segments.map((one) => decodeSegment(one).records), head.records]);
  return stateFrom(head.clock, recordsIn(all));
}

function* recordsIn(all: StoredRecords): Generator<StateRecord> {
  for (const stored of all.values()) if (stored !== undefined) yield stored.record;
}

/** The segments, or none if it is time to write them anew. */
function usable(
  segments: readonly Uint8Array[],
  recordCount: number,
  nowMs: number,
): readonly Uint8Array[] {
  const decoded = segments.map(decodeSegment);
  const storedCount = decoded.reduce((sum, { records }) => sum + records.size, 0);
  if (storedCount > STORED_RATIO_MAX * recordCount + STORED_SPARE) return [];
  // Both ways: the clock may have been set back.
  const isOld = decoded.some(({ madeAtMs }) => Math.abs(nowMs - madeAtMs) > SEGMENT_AGE_MAX_MS);
  return isOld ? [] : segments;
}

function headRecords({ bytes }: EncodedState): StoredRecords {
  const head = bytes === undefined ? undefined : decodeHead(bytes);
  return head === undefined || 'whole' in head ? new Map() : head.records;
}

/** What changed now, and what was in the head before just as it is. */
function divided(changes: Changes, before: StoredRecords) {
  const resting = new Map<string, string | undefined>();
  const restless = new Map<string, string | undefined>();
  for (const [key, text] of changes) {
    const isSame = before.has(key) && before.get(key)?.text === text;
    (isSame ? resting : restless).set(key, text);
  }
  return { resting, restless };
}

function isSmall(changes: Changes): boolean {
  if (roughSize(changes) <= RESTING_MAX_BYTES) return true;
  return encodeSegment(changes, 0).length <= RESTING_MAX_BYTES;
}

/** The segments with these changes: in a new last one, which takes the place of those that are not much larger. */
function withSegment(
  segments: readonly Uint8Array[],
  changes: Changes,
  madeAtMs: number,
): Uint8Array[] {
  const kept = [...segments];
  let merged = changes;
  let bytes = encodeSegment(merged, madeAtMs);
  for (let last = kept.at(-1); last !== undefined; last = kept.at(-1)) {
    if (last.length > MERGE_RATIO * bytes.length) break;
    kept.pop();
    merged = mergedInto(last, merged, kept.length === 0);
    bytes = encodeSegment(merged, madeAtMs);
  }
  return [...kept, bytes];
}

function mergedInto(segment: Uint8Array, changes: Changes, isFirst: boolean): Changes {
  const merged = new Map<string, string | undefined>();
  for (const [key, stored] of decodeSegment(segment).records) merged.set(key, stored?.text);
  for (const [key, text] of changes) {
    // What is gone needs no word where nothing lies below.
    if (text === undefined && isFirst) merged.delete(key);
    else merged.set(key, text);
  }
  return merged;
}
