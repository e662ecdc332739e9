import {
  type AttributeValue,
  ConditionalCheckFailedException,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { decodeChunk, type WantSeries } from '../../core/chunk/decode.ts';
import { encodeChunk } from '../../core/chunk/encode.ts';
import { encodeInParts } from '../../core/chunk/encode-in-parts.ts';
import type { Series } from '../../core/series/series.ts';
import type { Table } from './dynamo.ts';
import { PARTITION_KEY, SORT_KEY, TTL_ATTRIBUTE } from './item-keys.ts';
import { checkVersion } from './item-version.ts';

/**
 * Series that are kept as one, as a chunk; where one item can't hold them, as several. All but the first
 * are written before it, under its generation: what the first one names is whole.
 *
 * Attributes: `b` the chunk, `g` the generation, `k` how many items there are if more than one.
 */
const BYTES = 'b';
const GENERATION = 'g';
const PARTS = 'k';

export interface PartedKey {
  readonly partition: string;
  /** Of the first item; those of the others begin so. */
  readonly sortKey: string;
}

/** What is there, and the number a writer must know to replace it. */
export interface Parted {
  readonly series: readonly Series[];
  readonly generation: number;
  /** When there was any sample, wanted or not: the distinct columns of timestamps. */
  readonly times: readonly Float64Array[];
  /** Items that are missing or can't be read; a line each. */
  readonly problems: readonly string[];
}

/** Which generation may be replaced: any lower one, or exactly this one (0: none is there). */
export type Supersedes = 'lower' | number;

/** Writes all of it; `false` if what is there is not what may be replaced. */
export async function putParted(
  { client, name }: Table,
  { partition, sortKey }: PartedKey,
  series: readonly Series[],
  generation: number,
  supersedes: Supersedes,
  expiresAtMs: number,
): Promise<boolean> {
  const [first = encodeChunk([]), ...others] = encodeInParts(series).map(({ bytes }) => bytes);
  const base = (sort: string, bytes: Uint8Array): Record<string, AttributeValue> => ({
    [PARTITION_KEY]: { S: partition },
    [SORT_KEY]: { S: sort },
    [BYTES]: { B: bytes },
    [GENERATION]: { N: String(generation) },
    [TTL_ATTRIBUTE]: { N: String(Math.ceil(expiresAtMs / 1000)) },
  });
  for (const [index, bytes] of others.entries()) {
    const sort = partSortKey(sortKey, generation, index + 1);
    await client.send(new PutItemCommand({ TableName: name, Item: base(sort, bytes) }));
  }
  const parts = others.length === 0 ? {} : { [PARTS]: { N: String(others.length + 1) } };
  try {
    await client.send(
      new PutItemCommand({
        TableName: name,
        Item: { ...base(sortKey, first), ...parts },
        ...conditionFor(supersedes, generation),
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

function conditionFor(supersedes: Supersedes, generation: number) {
  if (supersedes === 0) return { ConditionExpression: `attribute_not_exists(${PARTITION_KEY})` };
  const isLower = supersedes === 'lower';
  return {
    ConditionExpression: isLower
      ? `attribute_not_exists(${PARTITION_KEY}) OR ${GENERATION} < :g`
      : `${GENERATION} = :g`,
    ExpressionAttributeValues: { ':g': { N: String(isLower ? generation : supersedes) } },
  };
}

/** Puts together what a query of all items gave whose sort keys begin with that of the first. */
export function joinParted(
  items: readonly Readonly<Record<string, AttributeValue>>[],
  sortKey: string,
  want?: WantSeries,
): Parted | undefined {
  const bySort = new Map(items.map((item) => [item[SORT_KEY]?.S ?? '', item]));
  const head = bySort.get(sortKey);
  if (head === undefined) return undefined;
  checkVersion(head);
  const generation = Number(head[GENERATION]?.N);
  const count = Number(head[PARTS]?.N ?? 1);
  const series: Series[] = [];
  const times: Float64Array[] = [];
  const problems: string[] = [];
  for (let part = 0; part < count; part++) {
    const sort = part === 0 ? sortKey : partSortKey(sortKey, generation, part);
    const bytes = bySort.get(sort)?.[BYTES]?.B;
    const decoded = bytes && decodeChunk(bytes, want);
    if (decoded?.ok) {
      series.push(...decoded.value.series);
      times.push(...decoded.value.times);
    } else problems.push(`${sort}: ${decoded === undefined ? 'missing' : decoded.error.message}`);
  }
  return { series, generation, times, problems };
}

/** The sort key of the first item of what an item is a part of. */
export function partHead(sortKey: string): string {
  return sortKey.replace(/#part#\d+#\d+$/, '');
}

function partSortKey(sortKey: string, generation: number, part: number): string {
  return `${sortKey}#part#${generation}#${part}`;
}
