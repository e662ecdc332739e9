import { type AttributeValue, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { WantSeries } from '../../core/chunk/decode.ts';
import { blockOfDay } from '../../core/rollup/blocks.ts';
import { asSeries, fromColumnSeries } from '../../core/rollup/hour-series.ts';
import type { Series } from '../../core/series/series.ts';
import type { Table } from './dynamo.ts';
import {
  hourBlockSortKey,
  hourPointsSortKey,
  minutePointsSortKey,
  PARTITION_KEY,
  SORT_KEY,
  TTL_ATTRIBUTE,
} from './item-keys.ts';
import { joinParted, type Parted, partHead } from './parted-chunk.ts';

/** Rollups of one partition over some time, by one Query, and more for pages. */
export interface RollupRange {
  /** Whose it is: a host, `@` and a sender, or a VM's UUID. */
  readonly owner: string;
  readonly partition: string;
  readonly tier: 'minute' | 'hour';
  /** Hours of minute points, days of hour points; counted from 1970, both ends included. */
  readonly from: number;
  readonly to: number;
  /** Of one group of metrics only, from blocks of days up to this one, where there are such. */
  readonly blocks?: { readonly group: number; readonly done: number };
}

/** What one writer left of an hour, or of a day. */
export interface StoredRollup {
  readonly sortKey: string;
  /** Who wrote a day; `undefined` of minute points, whose partition says it. */
  readonly writer: string | undefined;
  readonly series: readonly Series[];
  /** When there was any sample, wanted or not. */
  readonly times: readonly Float64Array[];
  /** What of it can't be read; a line each. */
  readonly problems: readonly string[];
}

export interface RollupReader {
  readonly read: (
    range: RollupRange,
    nowMs: number,
    want: WantSeries,
  ) => Promise<readonly StoredRollup[]>;
}

/** After all that a sort key may go on with. */
const GREATEST = '\u{10ffff}';

export function createRollupReader(table: Table): RollupReader {
  return {
    read: async (range, nowMs, want) => {
      const ofTime = ({ from, to }: Pick<RollupRange, 'from' | 'to'>) => {
        const sortKey = range.tier === 'minute' ? minutePointsSortKey : dayPrefix;
        return readKeys(table, range, [sortKey(from), sortKey(to)], nowMs, want);
      };
      if (range.blocks === undefined) return ofTime(range);
      const { group, done } = range.blocks;
      const first = blockOfDay(range.from);
      const last = Math.min(blockOfDay(range.to), done);
      if (last < first) return ofTime(range);
      const keys = [hourBlockSortKey(group, first, ''), hourBlockSortKey(group, last, '')] as const;
      const blocks = await readKeys(table, range, keys, nowMs, want);
      const found = new Set(blocks.map(({ sortKey }) => sortKey));
      const has = (day: number) => found.has(hourBlockSortKey(group, blockOfDay(day), range.owner));
      // Days that are in no block: new ones, and those of hosts that were gone when blocks were made.
      const days = await Promise.all(runsWithout(range, has).map(ofTime));
      return [...blocks, ...days.flat()];
    },
  };
}

function dayPrefix(day: number): string {
  return hourPointsSortKey(day, '');
}

/** The runs of days that `has` does not have. */
function runsWithout(
  { from, to }: RollupRange,
  has: (day: number) => boolean,
): { from: number; to: number }[] {
  const runs: { from: number; to: number }[] = [];
  for (let day = from; day <= to; day++) {
    const run = runs.at(-1);
    if (has(day)) continue;
    if (run?.to === day - 1) run.to = day;
    else runs.push({ from: day, to: day });
  }
  return runs;
}

async function readKeys(
  table: Table,
  range: RollupRange,
  keys: readonly [first: string, last: string],
  nowMs: number,
  want: WantSeries,
): Promise<StoredRollup[]> {
  const rollups: StoredRollup[] = [];
  // The parts of one rollup follow it.
  let head = '';
  let items: Item[] = [];
  const finish = () => {
    const found = joinParted(items, head, want);
    if (found !== undefined) rollups.push(storedRollup(range, head, found));
    items = [];
  };
  for await (const item of itemsOf(table, range.partition, keys)) {
    if (Number(item[TTL_ATTRIBUTE]?.N) * 1000 <= nowMs) continue;
    const of = partHead(item[SORT_KEY]?.S ?? '');
    if (of !== head) finish();
    head = of;
    items.push(item);
  }
  finish();
  return rollups;
}

/** What the sort keys of all blocks begin with, and those of no days. */
const BLOCK_PREFIX = 'R#M#';

type Item = Readonly<Record<string, AttributeValue>>;

function storedRollup(
  { tier }: RollupRange,
  sortKey: string,
  { series, times, problems }: Parted,
): StoredRollup {
  if (tier === 'minute') return { sortKey, writer: undefined, series, times, problems };
  const isBlock = sortKey.startsWith(BLOCK_PREFIX);
  const prefix = isBlock ? hourBlockSortKey(0, 0, '') : dayPrefix(0);
  const writer = sortKey.slice(prefix.length);
  // With a part missing, columns may stand alone.
  const points = problems.length > 0 ? [] : fromColumnSeries(series).map(asSeries);
  return { sortKey, writer, series: points, times, problems };
}

/** Eventually consistent, at half the price: what was rolled up just now is no newer than what is read raw. */
async function* itemsOf(
  { client, name }: Table,
  partition: string,
  [first, last]: readonly [string, string],
): AsyncGenerator<Item> {
  let start: Record<string, AttributeValue> | undefined;
  do {
    const page = await client.send(
      new QueryCommand({
        TableName: name,
        KeyConditionExpression: `${PARTITION_KEY} = :p AND ${SORT_KEY} BETWEEN :a AND :b`,
        ExpressionAttributeValues: {
          ':p': { S: partition },
          ':a': { S: first },
          ':b': { S: `${last}${GREATEST}` },
        },
        ...(start === undefined ? {} : { ExclusiveStartKey: start }),
      }),
    );
    yield* page.Items ?? [];
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
}
