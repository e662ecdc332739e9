import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { simulateWrites } from '../../bench/scale/arrivals.ts';
import { simulateHerd } from '../../bench/scale/herd.ts';
import { Partition, partitionCount, partitionOf, WRITES } from '../../bench/scale/partition.ts';
import { fleetOf, type MeasuredFleet, readProfile } from '../../bench/scale/profile.ts';
import { repeatableRandom } from '../../bench/scale/random.ts';
import {
  resourcesOf,
  type ScaleSettings,
  verdictOf,
  wallsOf,
} from '../../bench/scale/resources.ts';
import { benchScale } from '../../bench/scale/scale.ts';

const NO_BURST = { ...WRITES, burstSeconds: 0 };

const SETTINGS: ScaleSettings = {
  shardCount: 1,
  ingestMemoryMb: 512,
  evaluatorMemoryMb: 1769,
  compactorMemoryMb: 1769,
  concurrencyMax: 1000,
  queryMaxHostMinutes: 100_000,
};

const profile = readProfile(undefined);
const fleets: readonly MeasuredFleet[] = profile.fleets;

describe('a partition', () => {
  const requests = fc.array(
    fc.record({
      afterS: fc.double({ min: 0, max: 20, noNaN: true }),
      units: fc.integer({ min: 1, max: 400 }),
    }),
    { maxLength: 200 },
  );

  it('never gives more than it had saved and what a second brings, over any stretch of time', () => {
    fc.assert(
      fc.property(requests, fc.constantFrom(WRITES, NO_BURST), (all, limit) => {
        const partition = new Partition(limit, 0);
        let atS = 0;
        let given = 0;
        for (const { afterS, units } of all) {
          atS += afterS;
          if (partition.take(units, atS)) given += units;
        }
        const saved = limit.perSecond * Math.max(1, limit.burstSeconds);
        expect(given).toBeLessThanOrEqual(saved + atS * limit.perSecond + 1e-6);
      }),
    );
  });

  it('saves up 300 seconds of what was not used, and no more', () => {
    const partition = new Partition(WRITES, 0);
    expect(partition.take(300_000, 10_000)).toBe(true);
    expect(partition.take(1, 10_000)).toBe(false);
    expect(partition.take(5000, 10_005)).toBe(true);
    expect(partition.take(1, 10_005)).toBe(false);
  });

  it('takes none of a request that it throttles', () => {
    const partition = new Partition(NO_BURST, 0);
    expect(partition.take(1001, 0)).toBe(false);
    expect(partition.take(1000, 0)).toBe(true);
  });

  it('is one of four at first, and of more with each 10 GB', () => {
    expect([0, 30e9, 41e9, 1e12].map(partitionCount)).toEqual([4, 4, 5, 100]);
  });

  it('gets its share of keys, also of keys that differ in one digit', () => {
    const counts = new Array<number>(16).fill(0);
    for (let minute = 0; minute < 16_000; minute++) {
      const place = partitionOf(`M#${29_000_000 + minute}#0`, 16);
      counts[place] = (counts[place] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(850);
    expect(Math.max(...counts)).toBeLessThan(1150);
  });
});

describe('a fleet that posts', () => {
  const writes = (hosts: number, shards: number, limit = NO_BURST) =>
    simulateWrites(
      { hosts, shards, partitions: 64, unitsPerBatch: 2 },
      5,
      limit,
      repeatableRandom(1),
    );

  it('is throttled where one shard takes it all, and not with enough of them', () => {
    expect(writes(60_000, 1).throttledShare).toBeGreaterThan(0.3);
    expect(writes(60_000, 16).throttledShare).toBeLessThan(0.01);
  });

  it('gives a shard about its part', () => {
    const [one, eight] = [writes(20_000, 1), writes(20_000, 8)];
    expect(eight.peakKeyUnits).toBeLessThan(one.peakKeyUnits / 5);
    expect(eight.peakPerSecond).toBe(one.peakPerSecond);
  });

  it('lives for minutes on what partitions have saved', () => {
    expect(writes(60_000, 1, WRITES).throttledShare).toBe(0);
  });
});

describe('agents that come back after ten minutes', () => {
  const herd = (hosts: number, changes: object = {}) =>
    simulateHerd(
      {
        ...{ hosts, shards: 1, partitions: 16, unitsPerBatch: 2, outageMinutes: 10 },
        ...{ storedMs: 25, refusedMs: 500, retryAfterMs: 5000, concurrencyMax: 1000 },
        ...changes,
      },
      NO_BURST,
      repeatableRandom(1),
    );

  it('have all sent everything within two minutes where nothing is short', () => {
    const { caughtUpS, stored, throttled, noRoom } = herd(2000);
    expect(caughtUpS).toBeLessThan(120);
    expect({ throttled, noRoom }).toEqual({ throttled: 0, noRoom: 0 });
    expect(stored).toBeGreaterThanOrEqual(20_000);
  });

  it('lose nothing where Lambda has little room, and take longer', () => {
    const { caughtUpS = Number.NaN, noRoom, peakConcurrency } = herd(2000, { concurrencyMax: 10 });
    expect(noRoom).toBeGreaterThan(0);
    expect(peakConcurrency).toBeLessThanOrEqual(10);
    expect(caughtUpS).toBeGreaterThan(herd(2000).caughtUpS ?? 0);
  });

  it('come on and on where the table takes less than they make', () => {
    const outcome = herd(2000, { partitions: 1, unitsPerBatch: 60 });
    expect(outcome.throttled).toBeGreaterThan(0);
    expect(outcome).not.toHaveProperty('caughtUpS');
  });
});

describe('what a fleet uses', () => {
  it.each(fleets)('only grows with its hosts: $vmsPerHost VMs', (fleet) => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200_000 }),
        fc.integer({ min: 1, max: 200_000 }),
        (a, b) => {
          const small = resourcesOf(Math.min(a, b), fleet, SETTINGS);
          const large = resourcesOf(Math.max(a, b), fleet, SETTINGS);
          // The compactor's rate of writes is the same for any.
          for (const [i, { name, load }] of small.entries())
            if (!name.startsWith("compactor's writes"))
              expect(large[i]?.load, name).toBeGreaterThanOrEqual(load);
        },
      ),
    );
  });

  it.each(fleets)('hits each wall just where it is said to: $vmsPerHost VMs', (fleet) => {
    for (const { name, hosts } of wallsOf(fleet, SETTINGS)) {
      const verdictAt = (count: number) => {
        const found = resourcesOf(count, fleet, SETTINGS).find((one) => one.name === name);
        return found && verdictOf(found);
      };
      expect(verdictAt(hosts), name).not.toBe('WALL');
      if (hosts < 9_000_000) expect(verdictAt(hosts + 1), name).toBe('WALL');
    }
  });

  it('has its walls moved by the settings that are said to move them', () => {
    const fleet = fleetOf(profile, 10);
    const wall = (changes: Partial<ScaleSettings>, name: string) =>
      wallsOf(fleet, { ...SETTINGS, ...changes }).find((one) => one.name === name)?.hosts ?? 0;
    const writes = "writes of a shard's minute";
    expect(wall({ shardCount: 8 }, writes)).toBeGreaterThan(7 * wall({}, writes));
    const memory = "evaluator's memory";
    expect(wall({ evaluatorMemoryMb: 3538 }, memory)).toBeGreaterThan(1.9 * wall({}, memory));
    const calls = 'calls of ingest at once';
    expect(wall({ concurrencyMax: 100 }, calls)).toBeLessThan(wall({}, calls) / 8);
  });

  it('names the VMs a profile has, where others are asked for', () => {
    expect(() => fleetOf(profile, 7)).toThrow(
      '--vms 7: the profile has fleets with 0, 10 VMs a host',
    );
  });
});

describe('npm run bench -- scale', () => {
  it('prints what is short of two fleets, with the settings of the stack', async () => {
    const [log, table] = [vi.spyOn(console, 'log'), vi.spyOn(console, 'table')];
    for (const spy of [log, table]) spy.mockImplementation(() => undefined);
    await benchScale(['--hosts', '1000,20000', '--vms', '10', '--outage', '1']);
    expect(log.mock.calls.flat().join('\n')).toContain('evaluator with 1769 MB');
    const [small, , large] = table.mock.calls.map(([rows]) => rows);
    expect(small).toHaveProperty(["writes of a shard's minute, units/s", 'verdict'], 'fits');
    expect(large).toHaveProperty(["evaluator's memory, MB", 'verdict'], 'WALL');
    vi.restoreAllMocks();
  }, 20_000);

  it('says which option it does not understand', async () => {
    await expect(benchScale(['--hosts', 'many'])).rejects.toThrow(
      '--hosts many: not whole numbers',
    );
  });
});
