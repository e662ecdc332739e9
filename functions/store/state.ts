import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { EncodedState } from '../../core/alerting/state-encoding.ts';
import { DAY_MS } from '../../core/time.ts';
import type { Table } from './dynamo.ts';
import { PARTITION_KEY } from './item-keys.ts';
import { HEAD_KEY, headItem, REVISION, readHeadItem, type StateHead } from './state-head.ts';
import { deleteParts, type PartsName, readParts, writeParts } from './state-parts.ts';

/** The evaluator's state as it is stored, and the revision a writer replaces. */
export interface StoredState extends EncodedState {
  /** 0 when nothing was ever written. */
  readonly revision: number;
}

/** An item holds 400 KB, keys and names included. */
const PART_BYTES = 350 << 10;
const HEAD_MAX_BYTES = 350 << 10;
/** 35 MB: DynamoDB takes some 1,000 KB a second here, and five minutes' worth at once. */
const MAX_PARTS = 100;

/**
 * Parts end by themselves, lest those of a crashed writer stay for ever. The encoder writes segments anew long
 * before, so only a state that no tick touched for weeks goes; the next tick then begins afresh.
 */
const PARTS_TTL_MS = 30 * DAY_MS;

/** A writer comes once a minute, or twice; a reader that meets this many in a row is told. */
const MAX_READS = 8;
const READ_AGAIN_MS = 20;

/** The one place where alert state is kept, changed by optimistic lock only. */
export interface StateStore {
  /** The whole state that some successful `replace` wrote, and was not replaced when this began. */
  readonly read: () => Promise<StoredState>;
  /**
   * `false` if another wrote since `before` was read here: then nothing has changed. Where this throws, the
   * state is either the old or the new one, and whole. One conditional PutItem decides. Segments that are those
   * of `before`, the very arrays, are not written again.
   */
  readonly replace: (before: StoredState, after: EncodedState) => Promise<boolean>;
}

/** Sizes are told by tests that look at many small states. */
export interface StateLayout {
  readonly partBytes: number;
  readonly maxParts: number;
}

const LAYOUT: StateLayout = { partBytes: PART_BYTES, maxParts: MAX_PARTS };

/** A segment and where it is. */
interface Placed {
  readonly bytes: Uint8Array;
  readonly parts: PartsName;
}

/**
 * Names of parts are their writer's own, so nobody deletes what is another's. And whoever replaces a head keeps
 * only parts which that head names, so what one head leaves out no later one names: it can be deleted.
 */
export function createStateStore(
  table: Table,
  nowMs: () => number = Date.now,
  layout: StateLayout = LAYOUT,
): StateStore {
  const { client, name } = table;
  /** The segments that this process read or wrote last, by nonce: it need not read them again. */
  let known = new Map<string, Placed>();

  const readHead = async (): Promise<StateHead> => {
    const { Item } = await client.send(
      new GetItemCommand({ TableName: name, Key: HEAD_KEY, ConsistentRead: true }),
    );
    return readHeadItem(Item);
  };

  const remember = (placed: readonly Placed[]): void => {
    known = new Map(placed.map((one) => [one.parts.nonce, one]));
  };

  /** `undefined` if one is missing. */
  const readAll = async (all: readonly PartsName[]): Promise<Placed[] | undefined> => {
    const placed = await Promise.all(
      all.map(async (parts): Promise<Placed | undefined> => {
        const cached = known.get(parts.nonce);
        if (cached !== undefined) return cached;
        const bytes = await readParts(table, parts);
        return bytes && { bytes, parts };
      }),
    );
    const found = placed.filter((one) => one !== undefined);
    if (found.length < all.length) return undefined;
    remember(found);
    return found;
  };

  const read: StateStore['read'] = async () => {
    let lastRevision: number | undefined;
    for (let attempt = 0; attempt < MAX_READS; attempt++) {
      const { revision, bytes, parts } = await readHead();
      const placed = await readAll(parts);
      if (placed !== undefined) return stateOf(revision, bytes, placed);
      if (parts.some(({ endsAtS }) => endsAtS * 1000 <= nowMs()))
        return { revision, bytes: undefined, segments: [] };
      // Another replaced the state meanwhile and took the parts away: unless it says so, they are lost.
      if (revision === lastRevision)
        throw new Error(`state ${revision}: some of its parts ${namesOf(parts)} are missing`);
      lastRevision = revision;
      await sleep(READ_AGAIN_MS * attempt);
    }
    throw new Error(`the state was replaced ${MAX_READS} times while it was read`);
  };

  const place = (before: StoredState, bytes: Uint8Array): Placed => {
    const kept = before.segments.includes(bytes)
      ? [...known.values()].find((one) => one.bytes === bytes)
      : undefined;
    if (kept !== undefined) return kept;
    const nonce = randomBytes(8).toString('hex');
    const endsAtS = Math.ceil((nowMs() + PARTS_TTL_MS) / 1000);
    const count = Math.ceil(bytes.length / layout.partBytes);
    return { bytes, parts: { nonce, count, endsAtS } };
  };

  const replace: StateStore['replace'] = async (before, { bytes, segments }) => {
    const placed = segments.map((segment) => place(before, segment));
    const fresh = placed.filter(({ parts }) => !known.has(parts.nonce));
    checkSize(bytes, placed, layout);
    for (const one of fresh) await writeParts(table, one.parts, one.bytes, layout.partBytes);
    const nonce = randomBytes(8).toString('hex');
    const parts = placed.map((one) => one.parts);
    try {
      const { Attributes } = await client.send(
        new PutItemCommand({
          TableName: name,
          Item: headItem({ revision: before.revision + 1, nonce, bytes, parts }),
          ...conditionOf(before.revision),
          ReturnValues: 'ALL_OLD',
        }),
      );
      remember(placed);
      await deleteParts(table, without(readHeadItem(Attributes).parts, parts));
      return true;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      // The client tries again where an answer was lost; then what stands in the way is its own head.
      const head = await readHead();
      if (head.nonce === nonce) return true;
      // Or one that came after it, and names what was written here.
      await deleteParts(
        table,
        without(
          fresh.map((one) => one.parts),
          head.parts,
        ),
      );
      return false;
    }
  };

  return { read, replace };
}

/** A state that an earlier release left in parts was whole. */
function stateOf(
  revision: number,
  bytes: Uint8Array | undefined,
  placed: readonly Placed[],
): StoredState {
  const [first] = placed;
  return bytes === undefined
    ? { revision, bytes: first?.bytes, segments: [] }
    : { revision, bytes, segments: placed.map((one) => one.bytes) };
}

function namesOf(parts: readonly PartsName[]): string {
  return parts.map(({ nonce, count }) => `${nonce} (${count})`).join(', ');
}

function without(all: readonly PartsName[], kept: readonly PartsName[]): PartsName[] {
  const names = new Set(kept.map(({ nonce }) => nonce));
  return all.filter(({ nonce }) => !names.has(nonce));
}

function checkSize(
  head: Uint8Array | undefined,
  placed: readonly Placed[],
  { partBytes, maxParts }: StateLayout,
): void {
  if (head !== undefined && head.length > HEAD_MAX_BYTES)
    throw new Error(`a state's head of ${head.length} bytes is more than ${HEAD_MAX_BYTES}`);
  const count = placed.reduce((sum, { parts }) => sum + parts.count, 0);
  const length = placed.reduce((sum, { bytes }) => sum + bytes.length, 0);
  if (count > maxParts)
    throw new Error(`a state of ${length} bytes is more than ${maxParts} parts of ${partBytes}`);
}

function conditionOf(revision: number) {
  if (revision === 0) return { ConditionExpression: `attribute_not_exists(${PARTITION_KEY})` };
  return {
    ConditionExpression: `${REVISION} = :v`,
    ExpressionAttributeValues: { ':v': { N: String(revision) } },
  };
}
