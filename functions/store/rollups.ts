import { type AttributeValue, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { WantSeries } from '../../core/chunk/decode.ts';
import type { HourPoints } from '../../core/rollup/hour-points.ts';
import { fromColumnSeries, toColumnSeries } from '../../core/rollup/hour-series.ts';
import type { Series } from '../../core/series/series.ts';
import type { Table } from './dynamo.ts';
import {
  hourBlockSortKey,
  hourPointsSortKey,
  minutePointsSortKey,
  PARTITION_KEY,
  SORT_KEY,
  TTL_ATTRIBUTE,
  vmHistoryPartition,
  writerHistoryPartition,
} from './item-keys.ts';
import { joinParted, type PartedKey, putParted } from './parted-chunk.ts';

/** Whose day of hour points: what a writer (a host, or `@` and a sender) told of a VM, or of all else. */
export interface DayKey {
  readonly writer: string;
  /** The VM's UUID; `''` for what is of no VM. */
  readonly vm: string;
  /** Counted from 1970. */
  readonly day: number;
}

export interface Day {
  readonly points: readonly HourPoints[];
  /** What a writer must name to replace it; 0 if there is none. */
  readonly revision: number;
}

export interface MinuteHour {
  readonly series: readonly Series[];
  /** What a writer must name to replace it; 0 if there is none. */
  readonly revision: number;
}

/** Reads and writes what is left of minute chunks. */
export interface RollupStore {
  /**
   * Writes an hour (counted from 1970) of minute points. `false` if what is there was made of as many
   * samples, or more: chunks only grow, so it is as good.
   */
  readonly putMinutePoints: (
    writer: string,
    hour: number,
    series: readonly Series[],
    sampleCount: number,
    expiresAtMs: number,
  ) => Promise<boolean>;
  /** The series that `want` picks of an hour's minute points; `undefined` if that hour has none. */
  readonly minutePoints: (
    writer: string,
    hour: number,
    nowMs: number,
    want?: WantSeries,
  ) => Promise<readonly Series[] | undefined>;
  /** The same with the number to name when it is replaced, all series. */
  readonly hourOfMinutes: (writer: string, hour: number, nowMs: number) => Promise<MinuteHour>;
  /**
   * Replaces an hour of minute points that is at `revision`; `false` if it is not any more. It counts as
   * made of `sampleCount` samples more than what it replaces.
   */
  readonly replaceMinutePoints: (
    writer: string,
    hour: number,
    series: readonly Series[],
    revision: number,
    sampleCount: number,
    expiresAtMs: number,
  ) => Promise<boolean>;
  readonly day: (key: DayKey, nowMs: number) => Promise<Day>;
  /** What a host told of itself on each of some days, the last one included; in their order. */
  readonly days: (
    host: string,
    fromDay: number,
    toDay: number,
    nowMs: number,
  ) => Promise<readonly (readonly HourPoints[])[]>;
  /** Writes what a host's days have of a group of metrics, unless it is there. */
  readonly putBlock: (
    host: string,
    group: number,
    block: number,
    points: readonly HourPoints[],
    expiresAtMs: number,
  ) => Promise<void>;
  /** `false` if it is not at `revision` any more. */
  readonly putDay: (
    key: DayKey,
    points: readonly HourPoints[],
    revision: number,
    expiresAtMs: number,
  ) => Promise<boolean>;
}

export function createRollupStore(table: Table): RollupStore {
  const minuteKey = (writer: string, hour: number): PartedKey => ({
    partition: writerHistoryPartition(writer),
    sortKey: minutePointsSortKey(hour),
  });
  const dayKey = ({ writer, vm, day }: DayKey): PartedKey => ({
    partition: vm === '' ? writerHistoryPartition(writer) : vmHistoryPartition(vm),
    sortKey: hourPointsSortKey(day, writer),
  });
  const read = async (key: PartedKey, nowMs: number, want?: WantSeries) => {
    const found = joinParted(await itemsOf(table, key, nowMs), key.sortKey, want);
    if (found === undefined || found.problems.length === 0) return found;
    throw new Error(`rollups ${key.partition}: ${found.problems.join('; ')}`);
  };
  return {
    putMinutePoints: (writer, hour, series, sampleCount, expiresAtMs) =>
      putParted(table, minuteKey(writer, hour), series, sampleCount, 'lower', expiresAtMs),
    minutePoints: async (writer, hour, nowMs, want) =>
      (await read(minuteKey(writer, hour), nowMs, want))?.series,
    hourOfMinutes: async (writer, hour, nowMs) => {
      const found = await read(minuteKey(writer, hour), nowMs);
      return { series: found?.series ?? [], revision: found?.generation ?? 0 };
    },
    replaceMinutePoints: (writer, hour, series, revision, sampleCount, expiresAtMs) =>
      putParted(
        table,
        minuteKey(writer, hour),
        series,
        revision + Math.max(1, sampleCount),
        revision,
        expiresAtMs,
      ),
    day: async (key, nowMs) => {
      const found = await read(dayKey(key), nowMs);
      if (found === undefined) return { points: [], revision: 0 };
      return { points: fromColumnSeries(found.series), revision: found.generation };
    },
    days: async (host, fromDay, toDay, nowMs) => {
      const days: (readonly HourPoints[])[] = [];
      for (let day = fromDay; day <= toDay; day++) {
        const found = await read(dayKey({ writer: host, vm: '', day }), nowMs);
        if (found !== undefined) days.push(fromColumnSeries(found.series));
      }
      return days;
    },
    putBlock: async (host, group, block, points, expiresAtMs) => {
      const key = {
        partition: writerHistoryPartition(host),
        sortKey: hourBlockSortKey(group, block, host),
      };
      await putParted(table, key, points.flatMap(toColumnSeries), 1, 'lower', expiresAtMs);
    },
    putDay: (key, points, revision, expiresAtMs) =>
      putParted(
        table,
        dayKey(key),
        points.flatMap(toColumnSeries),
        revision + 1,
        revision,
        expiresAtMs,
      ),
  };
}

/** The item and its further parts. Consistently: who writes next must not miss what was just written. */
async function itemsOf(
  { client, name }: Table,
  { partition, sortKey }: PartedKey,
  nowMs: number,
): Promise<Record<string, AttributeValue>[]> {
  const items: Record<string, AttributeValue>[] = [];
  let from: Record<string, AttributeValue> | undefined;
  do {
    const page = await client.send(
      new QueryCommand({
        TableName: name,
        KeyConditionExpression: `${PARTITION_KEY} = :p AND begins_with(${SORT_KEY}, :s)`,
        ExpressionAttributeValues: { ':p': { S: partition }, ':s': { S: sortKey } },
        ConsistentRead: true,
        ...(from === undefined ? {} : { ExclusiveStartKey: from }),
      }),
    );
    for (const item of page.Items ?? [])
      if (Number(item[TTL_ATTRIBUTE]?.N) * 1000 > nowMs) items.push(item);
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  return items;
}
