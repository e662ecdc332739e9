import { describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../../core/host-minute.ts';
import { HOUR_MS } from '../../core/time.ts';
import { createChunkStore } from '../../functions/store/chunks.ts';
import { putEntry } from '../../functions/store/conf-items.ts';
import { isStoreBusy } from '../../functions/store/errors.ts';
import { COMPACTION_PARTITION } from '../../functions/store/item-keys.ts';
import { changeShards, createShards } from '../../functions/store/shards.ts';
import { MemoryTable, type Turn } from '../store/memory-table.ts';

const HOUR = 492_000;
const START_MS = HOUR * HOUR_MS;

/** A table, and functions that are given a clock of their own and whatever `turn` does to their calls. */
function world() {
  const memory = new MemoryTable();
  const clock = { nowMs: START_MS };
  const open = (turn: Turn = async (effect) => effect()) => memory.open(turn);
  return {
    clock,
    open,
    start: (wish: number, turn?: Turn, mayBegin = true) =>
      createShards(open(turn), wish, () => clock.nowMs, mayBegin),
    change: (wish: number) => changeShards(open(), wish, () => clock.nowMs),
  };
}

const throttled = Object.assign(new Error('slow down'), { name: 'ThrottlingException' });

describe('the shards of a table', () => {
  it('are at first as many as the first who writes wishes, for all hours', async () => {
    const { start } = world();
    const all = await Promise.all([4, 2, 3].map((wish) => start(wish).upTo(HOUR)));
    const [first] = all;
    expect(first).toEqual([{ from: 0, count: expect.any(Number) }]);
    expect(all).toEqual([first, first, first]);
    expect(await start(9).upTo(HOUR)).toEqual(first);
  });

  it('are not begun by who may only read, who sees them within a minute', async () => {
    const { start, clock } = world();
    const reading = start(4, undefined, false);
    expect(await reading.upTo(HOUR)).toEqual([{ from: 0, count: 4 }]);
    await start(2).upTo(HOUR);
    clock.nowMs += MINUTE_MS;
    expect(await reading.upTo(HOUR)).toEqual([{ from: 0, count: 2 }]);
  });

  it('are as many as an earlier release had, whatever the deployment wishes that brings them', async () => {
    const DAY_MS = 24 * HOUR_MS;
    const { start, open, change } = world();
    // Once there were 5, and all is late.
    for (const [shard, daysAgo] of [0, 0, 0, 0, 3].entries()) {
      const value = { doneHour: HOUR - 100 * (shard + 1), leaseUntilMs: 0 };
      const entry = { sortKey: String(shard), revision: 0, value };
      const endMs = START_MS - shard * 1000 + (400 - daysAgo) * DAY_MS;
      await putEntry(open(), COMPACTION_PARTITION, entry, endMs);
    }
    expect(await start(2, undefined, false).upTo(HOUR)).toEqual([{ from: 0, count: 4 }]);
    expect(await start(2).upTo(HOUR)).toEqual([{ from: 0, count: 4 }]);
    expect((await change(2))?.at(-1)).toEqual({ from: HOUR + 1, count: 2 });
  });

  it('change for a function that was frozen meanwhile as for all others', async () => {
    const { start, change, clock } = world();
    const frozen = start(1);
    await frozen.upTo(HOUR);
    clock.nowMs += 12 * MINUTE_MS;
    expect(await change(4)).toEqual([
      { from: 0, count: 1 },
      { from: HOUR + 1, count: 4 },
    ]);
    clock.nowMs = START_MS + HOUR_MS;
    expect((await frozen.upTo(HOUR + 1)).at(-1)).toEqual({ from: HOUR + 1, count: 4 });
  });

  it('are changed once, whoever else tries', async () => {
    const { start, change, clock } = world();
    await start(1).upTo(HOUR);
    const changes = await Promise.all([change(4), change(5), change(1), change(4)]);
    expect(changes.filter((one) => one !== undefined)).toHaveLength(1);
    clock.nowMs += 20 * MINUTE_MS;
    expect(await change(7)).toBeUndefined();
  });

  it('can not be changed before there are any', async () => {
    expect(await world().change(4)).toBeUndefined();
  });

  it('are read once an hour, and not while anybody waits', async () => {
    const { start, clock } = world();
    let reads = 0;
    let waiting = false;
    const shards = start(1, async (effect, command) => {
      expect(waiting && clock.nowMs > START_MS).toBe(false);
      if (command === 'GetItemCommand') reads++;
      return effect();
    });
    for (let minute = 0; minute < 5 * 60; minute++) {
      clock.nowMs = START_MS + minute * MINUTE_MS;
      waiting = minute % 60 === 0;
      await shards.upTo(HOUR + Math.floor(minute / 60));
      waiting = false;
      await new Promise(setImmediate);
    }
    // And once whether an earlier release was there.
    expect(reads).toBe(2 + 5);
  });

  it('that can not be read keep what is new from being written, and nothing else', async () => {
    const { start, open, clock } = world();
    let isThrottled = false;
    const sent: string[] = [];
    const turn: Turn = async (effect, command) => {
      sent.push(command);
      if (isThrottled) throw throttled;
      return effect();
    };
    const shards = start(1, turn);
    await shards.upTo(HOUR);
    isThrottled = true;
    clock.nowMs += 5 * HOUR_MS;
    sent.length = 0;
    const chunks = createChunkStore(open(turn), shards);
    const chunk = { writer: 'web-1', bytes: new Uint8Array(1), firstMs: 0, sampleCount: 1 };
    const minute = (HOUR + 5) * 60;
    const put = chunks.put({ ...chunk, minute }, 'shorter', clock.nowMs);
    await expect(put).rejects.toSatisfy(isStoreBusy);
    expect(sent).toEqual(['GetItemCommand']);
    // Where old hours are does not change.
    expect(await shards.upTo(HOUR)).toEqual([{ from: 0, count: 1 }]);
    await new Promise(setImmediate);
    isThrottled = false;
    expect(await shards.upTo(HOUR + 5)).toEqual([{ from: 0, count: 1 }]);
  });

  it('are asked for anew where an answer was on its way when the function was frozen', async () => {
    const { start, change, clock } = world();
    let isLost = false;
    const shards = start(1, async (effect) => (isLost ? new Promise<never>(() => {}) : effect()));
    await shards.upTo(HOUR);
    await change(4);
    clock.nowMs += 50 * MINUTE_MS;
    isLost = true;
    await shards.upTo(HOUR);
    isLost = false;
    clock.nowMs += HOUR_MS;
    expect((await shards.upTo(HOUR + 1)).at(-1)?.count).toBe(4);
  });

  it('are told of no hour that somebody may still change', async () => {
    const { start } = world();
    await expect(start(1).upTo(HOUR + 1)).rejects.toSatisfy(isStoreBusy);
  });
});
