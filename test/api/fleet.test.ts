import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AlertInstance } from '../../core/alerting/alert-state.ts';
import { encodeState } from '../../core/alerting/state-encoding.ts';
import { FIRST_STATE } from '../../core/alerting/tick-state.ts';
import type { FleetAnswer, FleetIds } from '../../core/answers/fleet.ts';
import { wholeId } from '../../core/answers/fleet-ids.ts';
import { MINUTE_MS } from '../../core/host-minute.ts';
import { HOST_VIEW_STATES, VM_VIEW_STATES } from '../../core/inventory/view-states.ts';
import { labelsFrom } from '../../core/series/labels.ts';
import type { HostState, VmState } from '../../core/topology/topology-state.ts';
import type { VmKind } from '../../core/topology/vm-kind.ts';
import { createHandler } from '../../functions/api/handler.ts';
import { addApiToken } from '../../functions/store/api-tokens.ts';
import { createSilenceStore } from '../../functions/store/silences.ts';
import { createStateStore } from '../../functions/store/state.ts';
import {
  apiEvent,
  encode,
  NOW_MS,
  noteHost,
  type Params,
  readReply,
  sampled,
  startApi,
  storeSeries,
  type TestApi,
} from './fixture.ts';

let api: TestApi;
let nowMs: number;
let ask: (params?: Params, token?: string) => Promise<FleetAnswer>;

const UUIDS = {
  web: '11111111-2222-4333-8444-000000000001',
  shop: '11111111-2222-4333-8444-000000000002',
  mail: '11111111-2222-4333-8444-000000000003',
} as const;

beforeEach(async () => {
  api = await startApi();
  nowMs = NOW_MS;
  // One function, warm from question to question.
  const handler = createHandler(
    { ...api.store.environment, RULES_DIR: 'test/api/rules' },
    () => nowMs,
  );
  ask = async (params = {}, token = api.token) => {
    const { status, json } = readReply(
      await handler(
        apiEvent({
          rawPath: '/api/v1/fleet',
          rawQueryString: encode(params),
          headers: { authorization: `Bearer ${token}` },
        }),
      ),
    );
    expect({ status, error: json.error }).toEqual({ status: 200, error: undefined });
    return json.data as FleetAnswer;
  };
});
afterEach(() => api.close());

function host(name: string, atMs: number, more: Partial<HostState> = {}): HostState {
  return {
    host: name,
    condition: 'up',
    lastMs: atMs - 10_000,
    libvirtUpMs: atMs - 10_000,
    ...more,
  };
}

function vm(on: string, name: keyof typeof UUIDS, kind: VmKind, sinceMs: number): VmState {
  const seen = [{ host: on, kind, reason: '', sinceMs }];
  return { uuid: UUIDS[name], vm: name, places: [{ host: on, fromMs: sinceMs }], seen };
}

function firing(labels: Readonly<Record<string, string>>): AlertInstance {
  return {
    labels: labelsFrom(labels),
    annotations: { summary: `${labels['alertname']} of ${labels['vm'] ?? labels['host']}` },
    state: 'firing',
    value: 1,
    activeAtMs: nowMs,
    firedAtMs: nowMs,
  };
}

async function tick(
  hosts: readonly HostState[],
  vms: readonly VmState[],
  alerts: readonly AlertInstance[] = [],
): Promise<void> {
  const states = createStateStore(api.store.table);
  const topology = { atMs: nowMs, hosts: [...hosts], vms: [...vms], written: [] };
  const state = { ...FIRST_STATE, lastTickMs: nowMs, alerts: { 'some;rule;0': alerts }, topology };
  await states.replace(await states.read(), encodeState(state));
}

/** The states by name: `{ 'hv-1': 'up', 'hv-1/web': 'running' }`. */
function stateNames({ layout, states }: FleetAnswer): Record<string, string | undefined> {
  if (layout === undefined || states === undefined) throw new Error('not whole');
  const named: Record<string, string | undefined> = {};
  let at = 0;
  layout.hosts.forEach((name, i) => {
    named[name] = HOST_VIEW_STATES[states.hosts[i] ?? -1];
    for (const end = at + (layout.vmCounts[i] ?? 0); at < end; at++)
      named[`${name}/${layout.vms[at]}`] = VM_VIEW_STATES[states.vms[at] ?? -1];
  });
  return named;
}

const usual = () => ({
  hosts: [host('hv-2', nowMs), host('hv-1', nowMs)],
  vms: [
    vm('hv-1', 'web', 'running', NOW_MS - 3_600_000),
    vm('hv-2', 'mail', 'off', NOW_MS - 60_000),
    vm('hv-1', 'shop', 'running', NOW_MS - 7_200_000),
  ],
});

describe('the fleet', () => {
  test('is told whole to who knows nothing: hosts with tags and state, VMs with state and since when', async () => {
    await noteHost(api.store, 'hv-1', { facts: { tags: { site: 'a' } } });
    const { hosts, vms } = usual();
    const silent = host('hv-0', nowMs, { condition: 'dark', lastMs: nowMs - 600_000 });
    await tick([...hosts, silent], vms);
    const answer = await ask();
    expect(stateNames(answer)).toEqual({
      'hv-0': 'silent',
      'hv-1': 'up',
      'hv-1/shop': 'running',
      'hv-1/web': 'running',
      'hv-2': 'up',
      'hv-2/mail': 'off',
    });
    const { layout, states } = answer;
    expect(layout?.tagsOf.map((set) => layout.tagSets[set])).toEqual([{}, { site: 'a' }, {}]);
    expect(states?.silentSinceS).toEqual([(nowMs - 600_000) / 1000, 0, 0]);
    expect(states?.vmSinceS[2]).toBe(NOW_MS / 1000 - 60);
    expect(answer.asOfMs).toBe(NOW_MS);
    const { uuids, layout: of } = (await ask({ ids: 'true' })) as unknown as FleetIds;
    expect(uuids.map(wholeId)).toEqual([UUIDS.shop, UUIDS.web, UUIDS.mail]);
    expect(answer.version.startsWith(of)).toBe(true);
  });

  test('is empty, and no error, before the first tick', async () => {
    const { layout, asOfMs } = await ask();
    expect(layout?.hosts).toEqual([]);
    expect(asOfMs).toBe(0);
  });

  test('who has it is told no more than that nothing happened, then just the VM that crashed', async () => {
    const { hosts, vms } = usual();
    await tick(hosts, vms);
    const { version } = await ask();
    nowMs += 5000;
    expect(await ask({ version })).toEqual({ version, asOfMs: NOW_MS });
    const crashed = vm('hv-1', 'web', 'crashed', nowMs);
    const down = firing({
      alertname: 'VmDown',
      severity: 'critical',
      host: 'hv-1',
      vm: 'web',
      uuid: UUIDS.web,
    });
    await tick(hosts, [crashed, ...vms.slice(1)], [down]);
    nowMs += 5000;
    const { changes, alerts, ...rest } = await ask({ version });
    expect(changes).toEqual({
      hosts: [],
      vms: [[1, VM_VIEW_STATES.indexOf('crashed'), (NOW_MS + 5000) / 1000]],
    });
    expect(alerts).toMatchObject({
      counts: { critical: 1, warning: 0, info: 0, muted: 0 },
      vms: [[1, 1, 0, 0]],
      hosts: [],
      top: [{ name: 'VmDown', summary: 'VmDown of web', sinceMs: NOW_MS + 5000, uuid: UUIDS.web }],
    });
    expect(rest).toEqual({ version: expect.any(String), asOfMs: NOW_MS + 5000 });
  });

  test('says how old it is once ticks have stopped, and not again once they go on', async () => {
    const { hosts, vms } = usual();
    await tick(hosts, vms);
    nowMs += 4 * MINUTE_MS - 1000;
    expect((await ask()).staleMs).toBeUndefined();
    nowMs += 61_000;
    const { version, staleMs } = await ask();
    expect(staleMs).toBe(5 * MINUTE_MS);
    expect(await ask({ version })).toEqual({ version, asOfMs: NOW_MS, staleMs });
    await tick(hosts, vms);
    nowMs += 5000;
    expect((await ask()).staleMs).toBeUndefined();
  });

  test('is told whole again once a VM has come or moved, or to a version of who knows whom', async () => {
    const { hosts, vms } = usual();
    await tick(hosts, vms);
    const { version } = await ask();
    for (const strange of ['1.2.3', `${'0'.repeat(12)}.${'0'.repeat(12)}..`])
      expect(stateNames(await ask({ version: strange }))).toHaveProperty('hv-1/web');
    nowMs += 5000;
    await tick(hosts, [vm('hv-2', 'web', 'running', nowMs), ...vms.slice(1)]);
    expect(stateNames(await ask({ version }))).toHaveProperty('hv-2/web', 'running');
  });

  test('a VM that nobody has is shown where it was for as long as an alert tells of it', async () => {
    const { hosts, vms } = usual();
    const gone = vm('hv-1', 'web', 'running', NOW_MS - 60_000);
    const lost = { ...gone, seen: gone.seen.map((one) => ({ ...one, goneMs: NOW_MS - 1000 })) };
    await tick(hosts, [lost, ...vms.slice(1)]);
    expect(stateNames(await ask())).not.toHaveProperty('hv-1/web');
    nowMs += 5000;
    const down = firing({ alertname: 'VmDown', host: 'hv-1', vm: 'web', uuid: UUIDS.web });
    await tick(hosts, [lost, ...vms.slice(1)], [down]);
    expect(stateNames(await ask())).toHaveProperty('hv-1/web', 'gone');
  });

  test('a silence shows within seconds: what it covers is counted as muted', async () => {
    const { hosts, vms } = usual();
    const busy = firing({ alertname: 'HostBusy', severity: 'warning', host: 'hv-1' });
    await tick(hosts, vms, [busy, firing({ alertname: 'Other', host: 'hv-2' })]);
    const before = await ask();
    expect(before.alerts).toMatchObject({
      hosts: [
        [0, 1, 1, 0],
        [1, 1, 2, 0],
      ],
    });
    const matches = (value: string) => value === 'HostBusy';
    const silence = {
      id: 'b6b0ad6c-6f1a-4c34-9d7b-0a4d4d0c2f10',
      matchers: [{ name: 'alertname', op: '=', value: 'HostBusy', matches }],
      ...{ startsAtMs: nowMs, endsAtMs: nowMs + 3_600_000, updatedAtMs: nowMs },
      ...{ createdBy: 'me', comment: '' },
    } as const;
    const added = await createSilenceStore(api.store.table).add(silence, nowMs);
    expect(added.ok).toBe(true);
    nowMs += 10_000;
    const { alerts } = await ask({ version: before.version });
    expect(alerts).toMatchObject({
      counts: { warning: 0, info: 1, muted: 1 },
      hosts: [
        [0, 0, -1, 1],
        [1, 1, 2, 0],
      ],
      top: [{ name: 'Other' }, { name: 'HostBusy', isMuted: true }],
    });
  });
});

describe('values of a metric', () => {
  const store = async (name: string, own: number, vms: Readonly<Record<string, number>>) => {
    const time = [nowMs - 3 * MINUTE_MS, nowMs - 10_000] as const;
    await storeSeries(api.store, name, [
      sampled({ __name__: 'host_cpu_usage_percent', host: name }, time, () => own),
      ...Object.entries(vms).flatMap(([vm, value]) => {
        const labels = { host: name, vm, uuid: UUIDS[vm as keyof typeof UUIDS] };
        const rate = { __name__: 'vm_network_receive_bytes_per_second', ...labels };
        return [
          sampled({ __name__: 'vm_cpu_usage_percent', ...labels }, time, () => value),
          sampled({ ...rate, device: 'vnet0' }, time, () => value * 10),
          sampled({ ...rate, device: 'vnet1' }, time, () => 1),
        ];
      }),
    ]);
  };

  test('are the newest of each VM and host; none where none is', async () => {
    const { hosts, vms } = usual();
    await tick(hosts, vms);
    await store('hv-1', 41.26, { web: 7, shop: 93.04 });
    const { values, version } = await ask({ metric: 'vm_cpu_usage_percent' });
    expect(values).toMatchObject({ hosts: [41.3, null], vms: [93, 7, null] });
    nowMs += 5000;
    expect(await ask({ metric: 'vm_cpu_usage_percent', version })).toEqual({
      version,
      asOfMs: NOW_MS,
    });
    const network = await ask({ metric: 'vm_network_receive_bytes_per_second', version });
    // Of two network cards the sum.
    expect(network.values).toMatchObject({ vms: [931, 71, null] });
  });

  test('of more than five minutes ago are none', async () => {
    const { hosts, vms } = usual();
    await tick(hosts, vms);
    await store('hv-1', 41, { web: 7 });
    expect((await ask({ metric: 'vm_cpu_usage_percent' })).values?.hosts).toEqual([41, null]);
    nowMs += 6 * MINUTE_MS;
    await tick(usual().hosts, vms);
    expect((await ask({ metric: 'vm_cpu_usage_percent' })).values?.hosts).toEqual([null, null]);
  });

  test('a metric that is none is refused by name, and so is another method', async () => {
    const { status, json } = await api.get('/api/v1/fleet', { metric: 'vm_state' });
    expect([status, json.error]).toEqual([400, expect.stringContaining('"vm_state"')]);
    expect((await api.post('/api/v1/fleet')).status).toBe(405);
    expect((await api.get('/api/v1/fleet', { ids: 'maybe' })).status).toBe(400);
  });
});

test('a token for the inventory alone is told no alerts and no metric', async () => {
  const { hosts, vms } = usual();
  await tick(hosts, vms, [firing({ alertname: 'HostBusy', host: 'hv-1' })]);
  const terms = { role: 'viewer', areas: ['inventory'] } as const;
  const token = await addApiToken(api.store.table, 'hosts', NOW_MS, terms);
  const answer = await ask({}, token);
  expect(answer.alerts).toBeNull();
  expect(stateNames(answer)).toHaveProperty('hv-1');
});
