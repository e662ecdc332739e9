import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { MINUTE_MS } from '../../core/host-minute.ts';
import { DAY_MS, HOUR_MS } from '../../core/time.ts';
import { createHandler as createCompact } from '../../functions/compact/handler.ts';
import { createInventoryLedger } from '../../functions/store/inventory-ledger.ts';
import {
  NOW_MS,
  noteHost,
  type Params,
  sampled,
  startApi,
  storeSeries,
  type TestApi,
} from './fixture.ts';

const UUID = '11111111-2222-4333-8444-000000000001';

let api: TestApi;

async function list(path: string, params: Params = {}): Promise<Record<string, unknown>> {
  const { json } = await api.get(path, params);
  expect(json).toMatchObject({ status: 'success' });
  return json.data as Record<string, unknown>;
}

describe('queries of hosts that are gone', () => {
  const OLD_MS = NOW_MS - 50 * HOUR_MS;
  const values = async (query: string, fromMs: number) => {
    const params = { query, start: `${fromMs / 1000}`, end: `${NOW_MS / 1000}`, step: '3600' };
    const { json } = await api.get('/api/v1/query_range', params);
    const { result } = json.data as { result: { metric: Record<string, string> }[] };
    return result.map(({ metric }) => metric['host']).sort();
  };

  beforeAll(async () => {
    api = await startApi();
    const ledger = createInventoryLedger(api.store.table);
    const vm = { vm: 'mail', uuid: UUID };
    for (const [host, lastMs] of [
      ['worker-1', OLD_MS + HOUR_MS],
      ['worker-2', NOW_MS],
    ] as const) {
      const time = [lastMs - HOUR_MS, lastMs] as const;
      await storeSeries(api.store, host, [
        sampled({ __name__: 'host_load1', host }, time, () => 1, 4 * MINUTE_MS),
        sampled({ __name__: 'vm_cpu_usage_percent', host, ...vm }, time, () => 1, 4 * MINUTE_MS),
      ]);
      const seen = { firstSeenMs: time[0], lastSeenMs: lastMs };
      const vms = [{ uuid: UUID, name: 'mail', lastSeenMs: lastMs }];
      const facts = { tags: { pool: 'blue' } };
      if (lastMs === NOW_MS) await noteHost(api.store, host, { ...seen, vms, facts });
      else await ledger.putApart({ host, ...seen, vms, facts }, lastMs, NOW_MS + DAY_MS);
    }
    const [report] = await createCompact(api.store.environment, () => NOW_MS)();
    expect(report).toMatchObject({ left: 0, errors: [] });
  }, 60_000);
  afterAll(() => api.close());

  test('find them by pattern, by VM and as part of the fleet, and only if they reach back so far', async () => {
    const both = ['worker-1', 'worker-2'];
    const fromMs = NOW_MS - 3 * DAY_MS;
    expect(await values('host_load1{host=~"worker-.*"}', fromMs)).toEqual(both);
    expect(await values('host_load1', fromMs)).toEqual(both);
    expect(await values('vm_cpu_usage_percent{vm="mail"}', fromMs)).toEqual(both);
    expect(await values('host_load1{host=~"worker-.*"}', NOW_MS - DAY_MS)).toEqual(['worker-2']);
  });

  test('are listed as gone, or as they were then', async () => {
    const names = async (params: Params) =>
      ((await list('/api/v1/hosts', params))['hosts'] as { host: string }[]).map(
        ({ host }) => host,
      );
    expect(await names({ state: 'gone', name: 'worker-1' })).toEqual(['worker-1']);
    expect(await names({ at: `${OLD_MS / 1000}` })).toEqual(['worker-1']);
    expect(await names({ tag: 'pool=blue', state: ['gone', 'up'] })).toEqual([
      'worker-1',
      'worker-2',
    ]);
    expect(await names({ tag: 'pool=red', state: ['gone'] })).toEqual([]);
  });
});

describe('the lists', () => {
  beforeEach(async () => {
    api = await startApi();
  });
  afterEach(() => api.close());

  test('come in pages', async () => {
    const vms = ['c', 'a', 'b'].map((name) => ({ uuid: `u-${name}`, name, lastSeenMs: NOW_MS }));
    const stays = vms.map(({ uuid }) => ({ uuid, fromMs: NOW_MS - HOUR_MS }));
    await noteHost(api.store, 'hv1', { vms, stays });
    const at = `${NOW_MS / 1000 - 60}`;
    const first = await list('/api/v1/vms', { limit: '2', at });
    expect(first).toMatchObject({ total: 3, vms: [{ name: 'a', host: 'hv1' }, { name: 'b' }] });
    const rest = await list('/api/v1/vms', { limit: '2', at, next: String(first['next']) });
    expect(rest['vms']).toMatchObject([{ name: 'c' }]);
    expect(rest).not.toHaveProperty('next');
  });

  test('have the whole history of a VM, on whichever hosts', async () => {
    const vm = { uuid: UUID, name: 'mail', lastSeenMs: NOW_MS };
    const moved = NOW_MS - HOUR_MS;
    const stayed = [{ uuid: UUID, fromMs: NOW_MS - DAY_MS }];
    await noteHost(api.store, 'hv1', { vms: [vm], stays: stayed });
    await noteHost(api.store, 'hv2', {
      vms: [vm],
      stays: [{ uuid: UUID, fromMs: moved, toMs: NOW_MS }],
    });
    const { vms } = await list('/api/v1/vms', { name: 'mail', history: 'true' });
    const iso = (ms: number) => new Date(ms).toISOString();
    expect(vms).toMatchObject([
      {
        placements: [
          { host: 'hv1', from: iso(NOW_MS - DAY_MS), to: iso(moved) },
          { host: 'hv2', from: iso(moved), to: iso(NOW_MS) },
        ],
      },
    ]);
  });

  test('say what is wrong with a question', async () => {
    const error = async (path: string, params: Params) => (await api.get(path, params)).json.error;
    expect(await error('/api/v1/hosts', { state: 'fine' })).toMatch(
      /"state": "fine" is not one of up/,
    );
    expect(await error('/api/v1/hosts', { at: 'noon' })).toMatch(/'at'.*"noon"/);
    expect(await error('/api/v1/vms', { tag: '=x' })).toMatch(/"tag": "=x" is not NAME=VALUE/);
    expect(await error('/api/v1/vms', { history: 'yes' })).toMatch(/"yes" is not true or false/);
    expect((await api.post('/api/v1/vms')).status).toBe(405);
  });
});
