import { setTimeout as wait } from 'node:timers/promises';
import * as v from 'valibot';
import { afterEach, expect, test, vi } from 'vitest';
import { FedStack } from '../local/fed-stack.ts';
import { type Seen, startTarget, type Target } from '../notify/target.ts';
import { amtool, withAlertmanager } from './programs.ts';

/** `npm start` at ticks of a second, beside what Alertmanager's own programs say. */

const RULES = `
groups:
  - name: test
    interval: 1s
    rules:
      - alert: VmDown
        expr: state == 0
        labels: { severity: critical }
      - alert: HostDown
        expr: host_state == 0
        labels: { severity: critical }
      - alert: Load
        expr: load > 5
        for: 3s
        labels: { severity: warning }
`;

const WITHIN = { timeout: 60_000, interval: 100 };

let stack: FedStack | undefined;
let target: Target | undefined;
afterEach(async () => {
  await stack?.remove();
  await target?.close();
});

const Payload = v.object({
  alerts: v.array(v.object({ status: v.string(), labels: v.record(v.string(), v.string()) })),
});

/** "/hook +VmDown/db -Load/hv-1" */
function lineOf({ path, body }: Seen): string {
  const alerts = v.parse(Payload, JSON.parse(body)).alerts.map(({ status, labels }) => {
    const what = labels['vm'] ?? labels['node'] ?? '';
    return `${status === 'firing' ? '+' : '-'}${labels['alertname']}/${what}`;
  });
  return [path, ...alerts.sort()].join(' ');
}

test('amtool silences what fires, and what is over or expired is told', async () => {
  target = await startTarget(() => ({ status: 200 }));
  const lines = () => (target?.seen ?? []).map(lineOf);
  const routing = `
route: { receiver: hook, group_by: [vm], group_wait: 0s, group_interval: 2s }
receivers: [{ name: hook, webhook_configs: [{ url: ${target.url}/hook }] }]
`;
  const it = new FedStack(RULES, routing);
  stack = it;
  await it.start();
  const run = async (...args: string[]) => {
    const url = it.url.replace('//', `//amtool:${it.token}@`);
    const { ok, stdout, stderr } = await amtool(
      ...[`--alertmanager.url=${url}`, '--no-version-check', ...args],
    );
    if (!ok) throw new Error(stderr);
    return stdout.trim();
  };
  const id = await run('silence', 'add', '-d', '1h', '-c', 'disks', '-a', 'ann', 'vm=~d.');
  await it.send({ 'state{vm="db"}': 0, 'state{vm="web"}': 0 });
  await vi.waitFor(() => expect(lines()).toEqual(['/hook +VmDown/web']), WITHIN);
  expect(await run('alert', 'query')).toMatch(/^Alertname.*\nVmDown .* active *$/);
  expect(await run('alert', 'query', '--silenced')).toMatch(
    /^Alertname.*\nVmDown .* suppressed *$/,
  );
  const updated = await run('silence', 'update', '-d', '2h', '-c', 'more disks', id);
  expect(updated).toContain('more disks');
  await run('silence', 'expire', id);
  await vi.waitFor(
    () => expect(lines()).toEqual(['/hook +VmDown/web', '/hook +VmDown/db']),
    WITHIN,
  );
  await run('silence', 'add', '-d', '1h', '-c', 'again', 'vm=web');
  await it.send({ 'state{vm="db"}': 1, 'state{vm="web"}': 1 });
  await vi.waitFor(() => expect(lines().slice(2)).toEqual(['/hook -VmDown/db']), WITHIN);
  expect(await run('silence', 'query', '-q', 'vm=web')).toMatch(/^[0-9a-f-]{36}$/);
  expect(await run('config', 'routes', 'test', 'severity=critical')).toBe('hook');
  expect(await run('config', 'show')).toContain('group_interval: 2s');
});

const ROUTING = `
route:
  receiver: hook
  group_by: [alertname]
  group_wait: 2s
  group_interval: 7s
  repeat_interval: 20s
  routes:
    - matchers: [severity = critical]
      receiver: each
      continue: true
      group_by: ['...']
      group_wait: 0s
    - matchers: [severity =~ "crit.*"]
      receiver: node
      group_by: [node]
      routes:
        - matchers: [alertname = HostDown]
          receiver: host
    - matchers: [vm = night]
      active_time_intervals: [long-ago]
receivers:
  - name: hook
    webhook_configs: [{ url: HOOK/hook }, { url: HOOK/begun, send_resolved: false }]
  - { name: each, webhook_configs: [{ url: HOOK/each }] }
  - { name: node, webhook_configs: [{ url: HOOK/node }] }
  - { name: host, webhook_configs: [{ url: HOOK/host }] }
inhibit_rules:
  - source_matchers: [alertname = HostDown]
    target_matchers: [alertname = VmDown]
    equal: [node]
time_intervals:
  - name: long-ago
    time_intervals: [{ years: ['2020'] }]
`;

const WELL = {
  'state{vm="db",node="hv-1"}': 1,
  'state{vm="web",node="hv-1"}': 1,
  'host_state{node="hv-1"}': 1,
  'load{node="hv-1"}': 1,
  'load{node="hv-2"}': 1,
  'load{node="hv-2",vm="night"}': 1,
};

/** What changes, and how long it is left so; not at multiples of the intervals, where chance decides. */
const STORY: readonly (readonly [Readonly<Record<string, number>>, number])[] = [
  [WELL, 2000],
  [
    { 'state{vm="db",node="hv-1"}': 0, 'load{node="hv-1"}': 9, 'load{node="hv-2",vm="night"}': 9 },
    5500,
  ],
  [{ 'state{vm="web",node="hv-1"}': 0, 'load{node="hv-2"}': 9 }, 17_500],
  [{ 'host_state{node="hv-1"}': 0 }, 11_500],
  [{ 'host_state{node="hv-1"}': 1, 'state{vm="web",node="hv-1"}': 1 }, 16_500],
  [WELL, 11_000],
];

/**
 * Alertmanager looks at a group at fixed times; here what joins one that has been quiet for longer than
 * `group_interval` is told at the next tick. So the same message may come sooner, by less than that.
 */
const SOONER_MAX_MS = 7000;
const SAME_SECOND_MS = 1500;

test('the same alerts are told in the same messages as by Alertmanager, at the same seconds or sooner', async () => {
  const started = performance.now();
  const at: Record<'ours' | 'theirs', [line: string, ms: number][]> = { ours: [], theirs: [] };
  target = await startTarget((seen) => {
    const side = seen.path.startsWith('/ours') ? 'ours' : 'theirs';
    const line = lineOf(seen).replace(`/${side}`, '');
    at[side].push([line, performance.now() - started]);
    return { status: 200 };
  });
  const routing = (side: string) => ROUTING.replaceAll('HOOK', `${target?.url}/${side}`);
  const it = new FedStack(RULES, routing('ours'));
  stack = it;
  await withAlertmanager(routing('theirs'), async (url) => {
    await it.start('--alertmanager', url);
    for (const [changes, forMs] of STORY) {
      await it.send(changes);
      await wait(forMs);
    }
  });
  for (const path of ['/hook', '/begun', '/each', '/node', '/host']) {
    const [ours, theirs] = [at.ours, at.theirs].map((all) =>
      all
        .filter(([line]) => line.startsWith(`${path} `))
        .sort(([a, i], [b, j]) =>
          // Groups of one second come in any order.
          Math.abs(i - j) < 700 ? (a < b ? -1 : 1) : i - j,
        ),
    );
    expect(ours?.map(([line]) => line)).toEqual(theirs?.map(([line]) => line));
    for (const [i, [line, ms]] of (ours ?? []).entries()) {
      const laterMs = ms - (theirs?.[i]?.[1] ?? 0);
      expect(laterMs, line).toBeLessThan(SAME_SECOND_MS);
      expect(laterMs, line).toBeGreaterThan(-SOONER_MAX_MS - SAME_SECOND_MS);
    }
  }
  expect(at.ours.length).toBeGreaterThan(15);
});
