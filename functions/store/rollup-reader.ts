import { type AttributeValue, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { WantSeries } from '../../core/chunk/decode.ts';
import { asSeries, fromColumnSeries } from '../../core/rollup/hour-series.ts';
import type { Series } from '../../core/series/series.ts';
import type { Table } from './dynamo.ts';
import {
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
      const rollups: StoredRollup[] = [];
      // The parts of one rollup follow it.
      let head = '';
      let items: Item[] = [];
      const finish = () => {
        const found = joinParted(items, head, want);
        if (found !== undefined) rollups.push(storedRollup(range, head, found));
        items = [];
      };
      for await (const item of itemsOf(table, range)) {
        if (Number(item[TTL_ATTRIBUTE]?.N) * 1000 <= nowMs) continue;
        const of = partHead(item[SORT_KEY]?.S ?? '');
        if (of !== head) finish();
        head = of;
        items.push(item);
      }
      finish();
      return rollups;
    },
  };
}

type Item = Readonly<Record<string, AttributeValue>>;

function storedRollup(
  { tier, from }: RollupRange,
  sortKey: string,
  { series, times, problems }: Parted,
): StoredRollup {
  if (tier === 'minute') return { sortKey, writer: undefined, series, times, problems };
  const writer = sortKey.slice(hourPointsSortKey(from, '').length);
  // With a part missing, columns may stand alone.
  const points = problems.length > 0 ? [] : fromColumnSeries(series).map(asSeries);
  return { sortKey, writer, series: points, times, problems };
}

/** Eventually consistent, at half the price: what was rolled up just now is no newer than what is read raw. */
async function* itemsOf(
  { client, name }: Table,
  { partition, tier, from, to }: RollupRange,
): AsyncGenerator<Item> {
  const first = tier === 'minute' ? minutePointsSortKey(from) : hourPointsSortKey(from, '');
  const last = tier === 'minute' ? minutePointsSortKey(to) : hourPointsSortKey(to, '');
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
