import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FUTURE_LIMIT_MS, MINUTE_MS } from '../../core/host-minute.ts';
import { BLOCK_DAYS } from '../../core/rollup/blocks.ts';
import {
  doneByAll,
  EPOCHS_MAX,
  EPOCHS_SURE_MS,
  inBlocks,
  nextOfShard,
  type ShardEpochs,
  sameShards,
  shardCountAt,
  shardsSince,
  withCount,
} from '../../core/shard-epochs.ts';
import { HOUR_MS } from '../../core/time.ts';

const HORIZON = 60;
const count = fc.integer({ min: 1, max: 6 });
const epochs: fc.Arbitrary<ShardEpochs> = fc
  .tuple(count, fc.array(fc.tuple(fc.integer({ min: 1, max: HORIZON - 10 }), count)))
  .map(([first, later]) => {
    const byFrom = new Map(later);
    const rest = [...byFrom].map(([from, one]) => ({ from, count: one }));
    return [{ from: 0, count: first }, ...rest.sort((a, b) => a.from - b.from)];
  });
const done = fc.array(fc.option(fc.nat({ max: HORIZON }), { nil: undefined }), {
  minLength: 6,
  maxLength: 6,
});
const hours = Array.from({ length: HORIZON }, (_, hour) => hour);

describe('epochs of shards', () => {
  it('that were read once are right for all hours that begin soon after, whatever is written meanwhile', () => {
    const step = fc.record({
      afterMs: fc.nat({ max: 3 * HOUR_MS }),
      wish: count,
      // From the decision to the item's being there; how far the decider's clock is off.
      takesMs: fc.nat({ max: 15 * MINUTE_MS }),
      skewMs: fc.integer({ min: -MINUTE_MS, max: MINUTE_MS }),
    });
    const reads = fc.array(fc.nat({ max: 20 * HOUR_MS }), { minLength: 20, maxLength: 20 });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), reads, (steps, readsAtMs) => {
        let now = 10 * HOUR_MS;
        let item = sameShards(1);
        const versions = [{ atMs: 0, item }];
        for (const { afterMs, wish, takesMs, skewMs } of steps) {
          now += afterMs;
          const changed = withCount(item, wish, now + skewMs);
          if (changed === undefined) continue;
          now += takesMs;
          item = changed;
          versions.push({ atMs: now, item });
        }
        for (const readMs of readsAtMs.map((ms) => ms + 10 * HOUR_MS)) {
          const seen = versions.findLast(({ atMs }) => atMs <= readMs)?.item ?? item;
          const sureBefore = Math.ceil((readMs + EPOCHS_SURE_MS) / HOUR_MS);
          for (let hour = 0; hour < sureBefore; hour++)
            expect(shardCountAt(seen, hour)).toBe(shardCountAt(item, hour));
        }
      }),
    );
  });

  it('cover all that ingest takes: what is ahead too', () => {
    expect(EPOCHS_SURE_MS).toBeGreaterThan(FUTURE_LIMIT_MS);
  });

  it('change at full hours, one after the other', () => {
    const halfPast = 100 * HOUR_MS + 30 * MINUTE_MS;
    const changed = withCount(sameShards(1), 4, halfPast);
    expect(changed).toEqual([
      { from: 0, count: 1 },
      { from: 101, count: 4 },
    ]);
    expect(withCount(sameShards(1), 4, halfPast + 1)?.at(-1)).toEqual({ from: 102, count: 4 });
    // Not even back, before it has begun.
    expect(withCount(changed ?? sameShards(1), 1, 101 * HOUR_MS - 1)).toBeUndefined();
    expect(withCount(changed ?? sameShards(1), 1, 101 * HOUR_MS)?.at(-1)?.from).toBe(102);
    expect(withCount(sameShards(4), 4, halfPast)).toBeUndefined();
  });

  it('are bounded, and forget the oldest', () => {
    let all = sameShards(1);
    for (let hour = 0; hour < 2 * EPOCHS_MAX + 10; hour++)
      all = withCount(all, 1 + (hour % 7), hour * HOUR_MS) ?? all;
    expect(all).toHaveLength(EPOCHS_MAX);
    expect(shardCountAt(all, 0)).toBe(all[0].count);
  });

  it('say which hour a shard has to do next', () => {
    fc.assert(
      fc.property(epochs, fc.nat({ max: 5 }), done, (all, shard, [last]) => {
        const first = hours.find((hour) => hour > (last ?? -1) && shardCountAt(all, hour) > shard);
        const next = nextOfShard(all, shard, last);
        expect(next < HORIZON ? next : undefined).toBe(first);
      }),
    );
  });

  it('say up to which hour all is done: by the shards of each hour, and no others', () => {
    fc.assert(
      fc.property(epochs, done, (all, doneOf) => {
        const isDone = (hour: number) =>
          doneOf
            .slice(0, shardCountAt(all, hour))
            .every((last) => last !== undefined && last >= hour);
        const open = hours.findIndex((hour) => !isDone(hour));
        const found = doneByAll(all, doneOf);
        if (open >= 0) expect(found).toBe(open === 0 ? undefined : open - 1);
        else expect(found).toBeGreaterThanOrEqual(HORIZON - 1);
      }),
    );
  });

  it('give a block of days the shards of its last hour', () => {
    const blockHours = BLOCK_DAYS * 24;
    const long = epochs.map(
      ([first, ...later]): ShardEpochs => [
        first,
        ...later.map(({ from, count }) => ({ from: from * 100, count })),
      ],
    );
    fc.assert(
      fc.property(long, fc.nat({ max: 10 }), (all, block) => {
        const lastHour = (block + 1) * blockHours - 1;
        expect(shardCountAt(inBlocks(all), block)).toBe(shardCountAt(all, lastHour));
      }),
    );
  });

  it('know the most shards there are from an hour on', () => {
    fc.assert(
      fc.property(epochs, fc.nat({ max: HORIZON - 1 }), (all, from) => {
        const counts = hours.slice(from).map((hour) => shardCountAt(all, hour));
        expect(shardsSince(all, from)).toBe(Math.max(...counts));
      }),
    );
  });
});
