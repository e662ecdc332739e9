import { describe, expect, it } from 'vitest';
import { billOf, durationMs } from '../../../bench/cost/bill.ts';
import type { Deployment } from '../../../bench/cost/deployment.ts';
import { otherBills } from '../../../bench/cost/others.ts';
import type { Linear, TrafficProfile, Work } from '../../../bench/cost/traffic.ts';

const NOTHING: Work = { cpuMs: 0, waits: 0, tableCalls: 0, readUnits: 0, writeUnits: 0 };

function linear(work: Partial<Work<Linear>>): Work<Linear> {
  const none = { fixed: 0, perHost: 0 };
  return { cpuMs: none, waits: none, tableCalls: none, readUnits: none, writeUnits: none, ...work };
}

/** A fleet that does nothing but post. */
function profile(change: Partial<TrafficProfile> = {}): TrafficProfile {
  return {
    shape: { hosts: 1000, vmsPerHost: 0, seriesPerVm: 0, intervalMs: 10_000 },
    runs: [],
    seriesPerHost: 100,
    samplesPerBatch: 600,
    chunkBytes: 900,
    chunkBytes95: 950,
    receiptBytes: 0,
    batch: { ...NOTHING, writeUnits: 1 },
    tick: linear({}),
    coldTick: linear({}),
    compaction: linear({}),
    queries: [],
    storage: [],
    coldStartMs: {},
    logBytesPerTick: 0,
    ...change,
  };
}

const DEPLOYMENT: Deployment = {
  memoryMb: { Ingest: 512, Evaluator: 1769, Compactor: 1769, Api: 1769 },
  alarmMetrics: 8,
  dashboards: 1,
  retention: {
    rawRetentionDays: 7,
    minuteRetentionDays: 30,
    hourRetentionDays: 400,
    logRetentionDays: 14,
  },
  chattyFunctions: [],
};

function usdOf(of: TrafficProfile, service: string, what?: string): number {
  return billOf(of, DEPLOYMENT, { viewers: 0 })
    .lines.filter((line) => line.service === service && (what ?? line.what) === line.what)
    .reduce((sum, line) => sum + line.usd, 0);
}

describe('a bill', () => {
  it('has a write unit for each host and minute at its published price', () => {
    // 1,000 hosts x 43,800 minutes x $0.625 a million.
    expect(usdOf(profile(), 'DynamoDB writes', 'batches')).toBeCloseTo(27.375, 6);
  });

  it('has reads that grow with the fleet, once a minute', () => {
    const readUnits = { fixed: 10, perHost: 0.5 };
    const fleet = profile({ tick: linear({ readUnits }), coldTick: linear({ readUnits }) });
    expect(usdOf(fleet, 'DynamoDB reads')).toBeCloseTo((510 * 43_800 * 0.125) / 1e6, 6);
  });

  it('counts 100 bytes beside each item, in storage and in the backup', () => {
    const count = { fixed: 0, perHost: 1 };
    const storage = [{ name: 'samples', itemBytes: 2 ** 20 - 100, count }];
    const fleet = profile({ storage });
    expect(usdOf(fleet, 'DynamoDB storage')).toBeCloseTo((1000 / 1024) * 0.25, 6);
    expect(usdOf(fleet, 'DynamoDB backup')).toBeCloseTo((1000 / 1024) * 0.2, 6);
  });

  it('has the alarms and the dashboard that the stack has', () => {
    expect(usdOf(profile(), 'CloudWatch', 'alarms')).toBeCloseTo(0.8, 9);
    expect(usdOf(profile(), 'CloudWatch', 'dashboard of Hypervigil itself')).toBeCloseTo(3, 9);
  });

  it('adds up, and is told by host and by VM', () => {
    const shape = { hosts: 500, vmsPerHost: 4, seriesPerVm: 20, intervalMs: 10_000 };
    const bill = billOf(profile({ shape }), DEPLOYMENT, { viewers: 0 });
    expect(bill.usd).toBeCloseTo(
      bill.lines.reduce((sum, line) => sum + line.usd, 0),
      9,
    );
    expect(bill.usdPerHost).toBeCloseTo(bill.usd / 500, 9);
    expect(bill.usdPerVm).toBeCloseTo(bill.usd / 2000, 9);
  });

  it('has no price by VM where there is none', () => {
    expect(billOf(profile(), DEPLOYMENT, { viewers: 0 }).usdPerVm).toBeUndefined();
  });

  it('has dashboards as one line that can be left out', () => {
    const queries = [{ ...NOTHING, name: 'a panel', readUnits: 31, responseBytes: 0 }];
    const of = (viewers: number) =>
      billOf(profile({ queries }), DEPLOYMENT, { viewers }).lines.filter(
        ({ service }) => service === 'Dashboards',
      );
    expect(of(0)).toEqual([]);
    const [line] = of(2);
    // The reads alone, as docs/query-cost.md has them for one.
    expect(line?.usd).toBeGreaterThan(2 * 0.81);
    expect(of(2)).toHaveLength(1);
  });
});

describe('the time of a Lambda', () => {
  it('is CPU by its share of one, and what it waits for the table', () => {
    const work = { ...NOTHING, cpuMs: 1.5, waits: 2 };
    // (1.5 + 0.5) ms on a whole CPU; a quarter of one takes four times as long.
    expect(durationMs(work, 1769)).toBe(2 + 10);
    expect(durationMs(work, 1769 / 4)).toBe(8 + 10);
  });

  it('is no shorter with more than a CPU: a handler is one thread', () => {
    const work = { ...NOTHING, cpuMs: 100 };
    expect(durationMs(work, 3538)).toBe(durationMs(work, 1769));
  });
});

describe('what others cost for the same series', () => {
  it('is by CloudWatch each metric, cheaper by the thousand', () => {
    const [cloudWatch] = otherBills(profile());
    // 100,000 metrics: 10,000 x $0.30 + 90,000 x $0.10; and a request a host and minute.
    expect(cloudWatch?.usd).toBeCloseTo(3000 + 9000 + 438, 6);
  });

  it('is by Datadog each host, and VMs as custom metrics or as hosts', () => {
    const shape = { hosts: 1000, vmsPerHost: 10, seriesPerVm: 20, intervalMs: 10_000 };
    const [, hosts, all] = otherBills(profile({ shape, seriesPerHost: 300 }));
    expect(hosts?.usd).toBeCloseTo(1000 * 15 + 100 * 1000 * 0.05, 6);
    expect(all?.usd).toBeCloseTo(11_000 * 15, 6);
  });

  it('is by Amazon Managed Prometheus each sample', () => {
    const prometheus = otherBills(profile()).at(-1);
    // 100,000 series x 262,800 samples = 26.28e9: 2e9 at $0.90 and 24.28e9 at $0.35, each 10 million.
    const ingested = 180 + 849.8;
    expect(prometheus?.usd).toBeGreaterThan(ingested);
    expect(prometheus?.usd).toBeLessThan(ingested * 1.05);
  });
});
