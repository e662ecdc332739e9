import { PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countItems, itemBytes } from '../../../bench/cost/items.ts';
import { type Meter, startMeter } from '../../../bench/cost/meter.ts';
import { type Services, startServices } from '../../../bench/cost/services.ts';
import { SimulatedFleet } from '../../../bench/cost/simulated-fleet.ts';
import { SimulatedHost } from '../../../bench/cost/workload.ts';
import { decodeChunk } from '../../../core/chunk/decode.ts';
import { labelValue } from '../../../core/series/labels.ts';
import { ensureTable } from '../../../functions/store/create-table.ts';
import { openTable } from '../../../functions/store/dynamo.ts';

const START_MS = Date.UTC(2026, 9, 20);
const SHAPE = { hosts: 2, vmsPerHost: 2, seriesPerVm: 20, intervalMs: 10_000 };

let services: Services;
let meter: Meter;

beforeAll(async () => {
  services = await startServices();
  meter = startMeter();
});

afterAll(async () => {
  meter.stop();
  await services.close();
});

describe('a simulated host', () => {
  it('has exactly the series that are asked for of each VM', () => {
    for (const seriesPerVm of [5, 20, 45]) {
      const host = new SimulatedHost(3, { ...SHAPE, seriesPerVm });
      const decoded = decodeChunk(host.batch(29_000_000).bytes);
      if (!decoded.ok) throw new Error(decoded.error.message);
      const { series } = decoded.value;
      const uuids = series.map(({ labels }) => labelValue(labels, 'uuid'));
      for (const uuid of new Set(uuids.filter((one) => one !== '')))
        expect(uuids.filter((one) => one === uuid)).toHaveLength(seriesPerVm);
      expect(new Set(uuids).size).toBe(1 + SHAPE.vmsPerHost);
      expect(series).toHaveLength(host.seriesCount);
    }
  });

  it('sends the same on every run', () => {
    const one = new SimulatedHost(1, SHAPE).batch(29_000_000);
    expect(new SimulatedHost(1, SHAPE).batch(29_000_000)).toEqual(one);
  });

  it('samples at the interval', () => {
    const half = new SimulatedHost(1, { ...SHAPE, intervalMs: 20_000 });
    expect(half.batch(29_000_000).sampleCount).toBe(3 * half.seriesCount);
  });
});

describe('the meter', () => {
  it('counts the units that the size of an item tells, and calls that wait for one another', async () => {
    const table = openTable({ tableName: 'meter', endpoint: services.table });
    await ensureTable(table);
    const item = { p: { S: 'a' }, s: { S: 'b' }, b: { B: new Uint8Array(3000) }, n: { N: '12' } };
    const put = (sort: string) =>
      table.client.send(
        new PutItemCommand({ TableName: 'meter', Item: { ...item, s: { S: sort } } }),
      );
    const { used } = await meter.measure(async () => {
      await put('1');
      await Promise.all([put('2'), put('3')]);
    });
    expect(used).toMatchObject({ tableCalls: 3, waits: 2, readUnits: 0 });
    expect(used.writeUnits).toBe(3 * Math.ceil(itemBytes(item) / 1024));
    const { used: read } = await meter.measure(() =>
      table.client.send(
        new QueryCommand({
          TableName: 'meter',
          KeyConditionExpression: 'p = :p',
          ExpressionAttributeValues: { ':p': { S: 'a' } },
        }),
      ),
    );
    expect(read.readUnits).toBe(Math.ceil((3 * itemBytes(item)) / 4096) / 2);
    table.client.destroy();
  });
});

describe('a small fleet', () => {
  it('costs what the items in the table tell', async () => {
    const fleet = await SimulatedFleet.open(services, SHAPE, START_MS, meter);
    try {
      await fleet.run(15);
      expect([...fleet.errors]).toEqual([]);
      const items = await countItems(fleet.table);
      const samples = items.get('samples');
      expect(samples?.items).toBe(15 * SHAPE.hosts);
      // Each chunk was written once, and all are of nearly one size.
      const meanBytes = (samples?.bytes ?? 0) / (samples?.items ?? 1);
      const units = fleet.batches.reduce((sum, { writeUnits }) => sum + writeUnits, 0);
      expect(units).toBe(fleet.batches.length * Math.ceil(meanBytes / 1024));
      expect(fleet.ticks.every(({ writeUnits }) => writeUnits >= 1)).toBe(true);
      // The watchdog alone: on an ordinary day nobody is told anything.
      expect(fleet.firing).toBe(1);
      expect(fleet.compactions).toHaveLength(1);
    } finally {
      fleet.close();
    }
  }, 120_000);

  it('has hours that are rolled up, and panels that are answered', async () => {
    const fleet = await SimulatedFleet.open(services, { ...SHAPE, hosts: 1 }, START_MS, meter);
    try {
      await fleet.run(73);
      expect([...fleet.errors]).toEqual([]);
      const items = await countItems(fleet.table);
      expect(items.get('minute points')?.items).toBeGreaterThanOrEqual(1);
      expect(items.get('hour points of VMs')?.items).toBeGreaterThanOrEqual(SHAPE.vmsPerHost);
      const ask = await fleet.openApi();
      const answer = await ask('/api/v1/query', {
        query: `count(vm_up{host="${fleet.hosts[0]?.name}"})`,
        time: String(fleet.nowMs / 1000),
      });
      expect(answer.used.readUnits).toBeGreaterThan(0);
      expect(answer.responseBytes).toBeGreaterThan(100);
    } finally {
      fleet.close();
    }
  }, 120_000);
});
