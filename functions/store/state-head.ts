import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { PARTITION_KEY, SORT_KEY, STATE_PARTITION, STATE_SORT_KEY } from './item-keys.ts';
import { checkVersion } from './item-version.ts';
import type { PartsName } from './state-parts.ts';

/** The one item that says which state is in force. */
export interface StateHead {
  /** 0 where nothing was ever written. */
  readonly revision: number;
  /** Whoever wrote it; `undefined` in the earliest releases. */
  readonly nonce: string | undefined;
  /** Absent where an earlier release left a state that was too large for an item, as `parts`. */
  readonly bytes: Uint8Array | undefined;
  /** Of the state that `bytes` begins, oldest first; or the parts of a state as a whole. */
  readonly parts: readonly PartsName[];
}

type Item = Record<string, AttributeValue>;

/**
 * Attributes: `v` the revision, `n` its writer's nonce, `b` the bytes, `g` the segments. A large state of earlier
 * releases had no bytes but `c`, the number of its parts, and `e`, when they end, in seconds.
 */
export const REVISION = 'v';
const NONCE = 'n';
const BYTES = 'b';
const SEGMENTS = 'g';
const PART_COUNT = 'c';
const PARTS_END = 'e';

export const HEAD_KEY: Item = {
  [PARTITION_KEY]: { S: STATE_PARTITION },
  [SORT_KEY]: { S: STATE_SORT_KEY },
};

export function headItem({ revision, nonce = '', bytes, parts }: StateHead): Item {
  return {
    ...HEAD_KEY,
    [REVISION]: { N: String(revision) },
    [NONCE]: { S: nonce },
    ...(bytes === undefined ? {} : { [BYTES]: { B: bytes } }),
    ...(parts.length === 0
      ? {}
      : { [SEGMENTS]: { L: parts.map((one) => ({ S: nameText(one) })) } }),
  };
}

export function readHeadItem(item: Item | undefined): StateHead {
  if (item !== undefined) checkVersion(item);
  const revision = Number(item?.[REVISION]?.N ?? 0);
  const nonce = item?.[NONCE]?.S;
  const count = item?.[PART_COUNT]?.N;
  const parts =
    count === undefined || nonce === undefined
      ? (item?.[SEGMENTS]?.L ?? []).map(({ S = '' }) => parseName(S))
      : [{ nonce, count: Number(count), endsAtS: Number(item?.[PARTS_END]?.N) }];
  return { revision, nonce, bytes: item?.[BYTES]?.B, parts };
}

/** Short, as it is written at each tick. */
function nameText({ nonce, count, endsAtS }: PartsName): string {
  return `${nonce} ${count} ${endsAtS}`;
}

function parseName(text: string): PartsName {
  const [nonce = '', count, endsAtS] = text.split(' ');
  if (nonce === '' || !(Number(count) > 0) || !(Number(endsAtS) > 0))
    throw new Error(`the state's head names a segment "${text}"`);
  return { nonce, count: Number(count), endsAtS: Number(endsAtS) };
}
