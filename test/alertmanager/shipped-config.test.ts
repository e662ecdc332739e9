import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fingerprint } from '../../core/alertmanager/fingerprint.ts';
import { createInhibitor } from '../../core/alertmanager/inhibit.ts';
import { parseEscalations } from '../../core/alertmanager/parse-escalations.ts';
import { matchRoutes } from '../../core/alertmanager/route.ts';
import { parsed } from './config-fixture.ts';

const read = (name: string) =>
  readFileSync(new URL(`../../rules/${name}`, import.meta.url), 'utf8');

const arn = (name: string) => `arn:aws:sns:eu-central-1:123456789012:${name}`;
const CONFIG = parsed(read('alertmanager.yaml'), {
  variables: {
    TOPIC_ARN_CRITICAL: arn('critical'),
    TOPIC_ARN_WARNING: arn('warning'),
    TOPIC_ARN_INFO: arn('info'),
  },
});

test.each([
  [{ alertname: 'VmDown', severity: 'critical' }, 'critical'],
  [{ alertname: 'HostCpuHigh', severity: 'warning' }, 'warning'],
  [{ alertname: 'Anything', severity: 'info' }, 'info'],
  [{ alertname: 'Own', severity: 'page' }, 'warning'],
  [{ alertname: 'Watchdog', severity: 'none' }, 'nobody'],
])('%j is told to %s only', (labels, receiver) => {
  expect(matchRoutes(CONFIG.route, labels).map((route) => route.receiver)).toEqual([receiver]);
});

test('each severity has its topic, and nobody has none', () => {
  const targets = [...CONFIG.receivers.values()].map(({ name, integrations }) => [
    name,
    integrations.map(({ settings }) => (settings.kind === 'sns' ? settings.target : settings.kind)),
  ]);
  expect(targets).toEqual([
    ['critical', [{ topicArn: arn('critical') }]],
    ['warning', [{ topicArn: arn('warning') }]],
    ['info', [{ topicArn: arn('info') }]],
    ['nobody', []],
  ]);
});

describe('inhibition', () => {
  const mutes = (source: Record<string, string>, target: Record<string, string>): boolean => {
    const [firing, alert] = [source, target].map((labels) => {
      return { fingerprint: fingerprint(labels), labels };
    });
    if (firing === undefined || alert === undefined) throw new Error('two alerts');
    return createInhibitor(CONFIG.inhibitRules, [firing, alert])(alert).length > 0;
  };
  const on = (alertname: string, host: string, rest = {}) => ({ alertname, host, ...rest });

  test.each(['HostDown', 'HostStopped'])('%s mutes what is on the host and no other', (name) => {
    expect(mutes(on(name, 'a'), on('VmDown', 'a', { vm: 'x' }))).toBe(true);
    expect(mutes(on(name, 'a'), on('AgentCollectorFailed', 'a'))).toBe(true);
    expect(mutes(on(name, 'a'), on('VmDown', 'b'))).toBe(false);
    expect(mutes(on(name, 'a'), { alertname: 'Watchdog' })).toBe(false);
  });

  test('the two never mute each other, which would tell nobody', () => {
    expect(mutes(on('HostDown', 'a'), on('HostStopped', 'a'))).toBe(false);
    expect(mutes(on('HostStopped', 'a'), on('HostDown', 'a'))).toBe(false);
  });

  test('of a pair the urgent one is told', () => {
    const root = { mountpoint: '/' };
    expect(mutes(on('HostMemoryExhausted', 'a'), on('HostMemoryLow', 'a'))).toBe(true);
    expect(mutes(on('HostMemoryLow', 'a'), on('HostMemoryExhausted', 'a'))).toBe(false);
    expect(mutes(on('HostDiskFull', 'a', root), on('HostDiskSpaceLow', 'a', root))).toBe(true);
    expect(mutes(on('HostDiskFull', 'a', root), on('HostDiskFillsUp', 'a', root))).toBe(true);
    expect(
      mutes(on('HostDiskFull', 'a', root), on('HostDiskFillsUp', 'a', { mountpoint: '/x' })),
    ).toBe(false);
    expect(mutes(on('HostMemoryExhausted', 'a'), on('HostDiskFillsUp', 'a', root))).toBe(false);
  });
});

test('nothing escalates until somebody says so, and the example can be taken as it is', () => {
  const text = read('escalations.yaml');
  expect(parseEscalations(text, 'escalations.yaml', CONFIG)).toEqual({ ok: true, value: [] });
  const example = text
    .split('\n')
    .filter((line) => /^# (escalations:| {2})/.test(line))
    .map((line) => line.slice(2));
  const webhook = { integrations: CONFIG.receivers.get('critical')?.integrations ?? [] };
  const receivers = new Map(
    ['critical', 'team-lead', 'everybody'].map((name) => [name, { name, ...webhook }]),
  );
  expect(parseEscalations(example.join('\n'), 'example', { receivers })).toMatchObject({
    ok: true,
    value: [
      { from: 'critical', to: 'team-lead', afterMs: 900_000 },
      { from: 'team-lead', to: 'everybody', afterMs: 1_800_000 },
    ],
  });
});
