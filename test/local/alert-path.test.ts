import * as v from 'valibot';
import { afterEach, expect, test, vi } from 'vitest';
import { type Reply, startTarget, type Target } from '../notify/target.ts';
import { FedStack } from './fed-stack.ts';

/** From a sample to a message, with the real stack at ticks of a second. */
vi.setConfig({ testTimeout: 180_000 });

const RULES = `
groups:
  - name: test
    interval: 1s
    rules:
      - alert: VmDown
        expr: state == 0
        labels: { severity: critical }
        annotations: { summary: "VM {{ $labels.vm }} is down" }
      - alert: Load
        expr: load > 5
        labels: { severity: warning }
`;

/** A slow machine takes some seconds for each step; a delivery that was cut off rests for a minute. */
const WITHIN = { timeout: 90_000, interval: 50 };

let stack: FedStack | undefined;
let target: Target | undefined;
afterEach(async () => {
  await stack?.remove();
  await target?.close();
});

/** What receivers answer by path; else 200. */
async function started(routing: string, answers: Record<string, Reply> = {}, escalations?: string) {
  target = await startTarget(({ path }) => answers[path] ?? { status: 200, body: 'ok' });
  stack = new FedStack(RULES, routing.replaceAll('HOOK', target.url), escalations);
  return { stack, target };
}

const Payload = v.object({
  status: v.string(),
  alerts: v.array(v.object({ status: v.string(), labels: v.record(v.string(), v.string()) })),
});

/** "firing: +db -web", a line for each request to a path. */
function told({ seen }: Target, path: string): string[] {
  return seen
    .filter((one) => one.path === path)
    .map(({ body }) => {
      const { status, alerts } = v.parse(Payload, JSON.parse(body));
      const names = alerts.map(
        (alert) => `${alert.status === 'firing' ? '+' : '-'}${alert.labels['vm'] ?? ''}`,
      );
      return `${status}: ${names.sort().join(' ')}`;
    });
}

async function hears(who: Target, path: string, lines: readonly string[]): Promise<void> {
  await vi.waitFor(() => expect(told(who, path)).toEqual(lines), WITHIN);
}

const ONE = `
route: { receiver: hook, group_by: [alertname], group_wait: 0s, group_interval: 2s }
receivers: [{ name: hook, webhook_configs: [{ url: HOOK/hook }] }]
`;

test('what a receiver refuses comes once it takes it, in order, though the stack crashed meanwhile', async () => {
  const answers: Record<string, Reply> = { '/hook': { status: 503, body: 'not now' } };
  const { stack: it, target: receiver } = await started(ONE, answers);
  await it.start();
  await it.send({ 'state{vm="db"}': 0 });
  await hears(receiver, '/hook', ['firing: +db']);
  await vi.waitFor(
    () => expect(it.output).toMatch(/will be tried again: .* answers 503: not now/),
    WITHIN,
  );
  await it.send({ 'state{vm="db"}': 1 });
  await vi.waitFor(async () => expect(await it.ask('/api/v2/alerts')).toEqual([]), WITHIN);
  await it.kill();
  receiver.seen.length = 0;
  delete answers['/hook'];
  await it.start();
  await hears(receiver, '/hook', ['firing: +db', 'resolved: -db']);
});

test('a receiver that fails holds up no other one', async () => {
  const routing = `
route:
  receiver: bad
  group_by: [alertname]
  group_wait: 0s
  routes: [{ receiver: bad, continue: true }, { receiver: good }]
receivers:
  - name: bad
    webhook_configs: [{ url: HOOK/bad }, { url: 'http://127.0.0.1:1/' }]
    slack_configs: [{ api_url: HOOK/slack, channel: '#ops' }]
    pagerduty_configs: [{ url: HOOK/pagerduty, routing_key: '0123456789' }]
  - name: good
    webhook_configs: [{ url: HOOK/good }]
`;
  const { stack: it, target: receiver } = await started(routing, {
    '/bad': { status: 500 },
    '/slack': { status: 429, headers: { 'retry-after': '2' } },
    '/pagerduty': { status: 400, body: '{"status":"invalid event","message":"key 0123456789"}' },
  });
  await it.start();
  await it.send({ 'state{vm="db"}': 0 });
  await hears(receiver, '/good', ['firing: +db']);
  await vi.waitFor(() => {
    expect(it.output).toContain('bad/webhook[1] was not delivered and will be tried again');
    expect(it.output).toMatch(/bad\/pagerduty\[0\] is given up and kept as a dead letter: .*400/);
  }, WITHIN);
  // Neither a key nor the path of a webhook is for the log.
  expect(it.output).not.toContain('0123456789');
  expect(it.output).not.toContain('/bad:');
});

test('who acknowledges hears no reminders, and nobody else is woken', async () => {
  const routing = `
route: { receiver: hook, group_by: [vm], group_wait: 0s, group_interval: 1s, repeat_interval: 8s }
receivers:
  - { name: hook, webhook_configs: [{ url: HOOK/hook }] }
  - { name: boss, webhook_configs: [{ url: HOOK/boss }] }
`;
  const { stack: it, target: receiver } = await started(
    routing,
    {},
    'escalations: [{ from: hook, to: boss, after: 10s }]',
  );
  await it.start();
  await it.send({ 'state{vm="db"}': 0, 'state{vm="web"}': 0 });
  await vi.waitFor(() => expect(told(receiver, '/hook')).toHaveLength(2), WITHIN);
  await it.ask('/v1/acknowledgements', {
    method: 'POST',
    body: JSON.stringify({ filter: ['vm=db'], by: 'ann', note: 'on it', for: '1h' }),
  });
  await hears(receiver, '/boss', ['firing: +web']);
  await vi.waitFor(
    () => expect(told(receiver, '/hook').filter((line) => line.includes('web')).length).toBe(2),
    WITHIN,
  );
  expect(told(receiver, '/hook').filter((line) => line.includes('db'))).toEqual(['firing: +db']);
  await it.send({ 'state{vm="db"}': 1, 'state{vm="web"}': 1 });
  await vi.waitFor(() => expect(told(receiver, '/hook')).toContain('resolved: -db'), WITHIN);
  await vi.waitFor(() => expect(told(receiver, '/boss')).toContain('resolved: -web'), WITHIN);
  expect(told(receiver, '/boss').filter((line) => line.includes('db'))).toEqual([]);
});

test('links lead to the stack itself, or to where it is told that people reach it', async () => {
  const { stack: it, target: receiver } = await started(ONE);
  const links = async () => {
    const alerts = v.parse(
      v.array(v.object({ generatorURL: v.string() })),
      await it.ask('/api/v2/alerts'),
    );
    return alerts.map(({ generatorURL }) => generatorURL);
  };
  await it.start();
  await it.send({ 'state{vm="db"}': 0 });
  await hears(receiver, '/hook', ['firing: +db']);
  expect(await links()).toEqual([`${it.url}/graph?g0.expr=state+%3D%3D+0&g0.tab=1`]);
  await it.kill();
  await it.start('--external-url', 'https://watch.example.com');
  expect(await links()).toEqual([
    'https://watch.example.com/graph?g0.expr=state+%3D%3D+0&g0.tab=1',
  ]);
});
