import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { DAY_MS } from '../../core/time.ts';
import type { Table } from './dynamo.ts';
import { PARTITION_KEY, SORT_KEY, STATE_PARTITION, STATE_SORT_KEY } from './item-keys.ts';
import { deleteParts, type PartsName, readParts, writeParts } from './state-parts.ts';

/** The evaluator's state as bytes, and the revision a writer must name to replace it. */
export interface StoredState {
  /** 0 when nothing was ever written. */
  readonly revision: number;
  readonly bytes: Uint8Array | undefined;
}

/**
 * Attributes of the head: `v` its revision, `n` its writer's nonce; `b` the state, or, where that
 * is too large for an item, `c` the number of its parts and `e` when they end, in seconds.
 */
const BYTES = 'b';
const REVISION = 'v';
const NONCE = 'n';
const PART_COUNT = 'c';
const PARTS_END = 'e';

/** An item holds 400 KB, keys and names included. */
const PART_BYTES = 350 << 10;
/** 35 MB: DynamoDB takes some 1,000 KB a second here, and five minutes' worth at once. */
const MAX_PARTS = 100;

/**
 * Parts end by themselves, lest those of a crashed writer stay for ever. Each write makes them anew,
 * so only a state that no tick touched for so long goes; the next tick then begins afresh.
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
   * `false` if another wrote since `revision` was read: then nothing has changed. Where this throws,
   * the state is either the old or the new one, and whole. One conditional PutItem decides.
   */
  readonly replace: (revision: number, bytes: Uint8Array) => Promise<boolean>;
}

/** Sizes are told by tests that look at many small states. */
export interface StateLayout {
  readonly partBytes: number;
  readonly maxParts: number;
}

const LAYOUT: StateLayout = { partBytes: PART_BYTES, maxParts: MAX_PARTS };

type Item = Record<string, AttributeValue>;

const KEY = { [PARTITION_KEY]: { S: STATE_PARTITION }, [SORT_KEY]: { S: STATE_SORT_KEY } };

export function createStateStore(
  table: Table,
  nowMs: () => number = Date.now,
  layout: StateLayout = LAYOUT,
): StateStore {
  const { client, name } = table;

  const readHead = async (): Promise<Item | undefined> => {
    const { Item } = await client.send(
      new GetItemCommand({ TableName: name, Key: KEY, ConsistentRead: true }),
    );
    return Item;
  };

  const read: StateStore['read'] = async () => {
    let lastRevision: number | undefined;
    for (let attempt = 0; attempt < MAX_READS; attempt++) {
      const head = await readHead();
      const revision = revisionOf(head);
      const parts = partsOf(head);
      if (parts === undefined) return { revision, bytes: head?.[BYTES]?.B };
      const bytes = await readParts(table, parts);
      if (bytes !== undefined) return { revision, bytes };
      if (Number(head?.[PARTS_END]?.N) * 1000 <= nowMs()) return { revision, bytes: undefined };
      // Another replaced the state meanwhile and took the parts away: unless it says so, they are lost.
      if (revision === lastRevision)
        throw new Error(
          `state ${revision}: some of its ${parts.count} parts ${parts.nonce} are missing`,
        );
      lastRevision = revision;
      await sleep(READ_AGAIN_MS * attempt);
    }
    throw new Error(`the state was replaced ${MAX_READS} times while it was read`);
  };

  const replace: StateStore['replace'] = async (revision, bytes) => {
    const nonce = randomBytes(8).toString('hex');
    const count = bytes.length <= layout.partBytes ? 0 : Math.ceil(bytes.length / layout.partBytes);
    if (count > layout.maxParts)
      throw new Error(
        `a state of ${bytes.length} bytes is more than ${layout.maxParts} parts of ${layout.partBytes}`,
      );
    const parts: PartsName = { nonce, count };
    const endsAtS = Math.ceil((nowMs() + PARTS_TTL_MS) / 1000);
    await writeParts(table, parts, bytes, layout.partBytes, endsAtS);
    const content: Item =
      count === 0
        ? { [BYTES]: { B: bytes } }
        : { [PART_COUNT]: { N: String(count) }, [PARTS_END]: { N: String(endsAtS) } };
    try {
      const { Attributes } = await client.send(
        new PutItemCommand({
          TableName: name,
          Item: {
            ...KEY,
            ...content,
            [NONCE]: { S: nonce },
            [REVISION]: { N: String(revision + 1) },
          },
          ...conditionOf(revision),
          ReturnValues: 'ALL_OLD',
        }),
      );
      await deleteParts(table, partsOf(Attributes));
      return true;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      // The client tries again where an answer was lost; then what stands in the way is its own head.
      if ((await readHead())?.[NONCE]?.S === nonce) return true;
      await deleteParts(table, parts);
      return false;
    }
  };

  return { read, replace };
}

function conditionOf(revision: number) {
  if (revision === 0) return { ConditionExpression: `attribute_not_exists(${PARTITION_KEY})` };
  return {
    ConditionExpression: `${REVISION} = :v`,
    ExpressionAttributeValues: { ':v': { N: String(revision) } },
  };
}

function revisionOf(head: Item | undefined): number {
  return Number(head?.[REVISION]?.N ?? 0);
}

/** `undefined` for a head that holds the state itself, as all of them once did. */
function partsOf(head: Item | undefined): PartsName | undefined {
  const count = head?.[PART_COUNT]?.N;
  const nonce = head?.[NONCE]?.S;
  return count === undefined || nonce === undefined ? undefined : { nonce, count: Number(count) };
}
