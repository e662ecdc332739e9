import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { MINUTE_MS } from '../../core/host-minute.ts';
import { parseRuleFile } from '../../core/rules/rule-file.ts';
import { labelsFrom } from '../../core/series/labels.ts';
import { type Series, setStaleAt } from '../../core/series/series.ts';
import { backtest } from '../../infra/cli/backtest/backtest.ts';
import { readBacktestRouting } from '../../infra/cli/backtest/backtest-routing.ts';
import type { BacktestReport } from '../../infra/cli/backtest/report.ts';
import { createClient } from '../../infra/cli/client.ts';
import { LiveRun, sampleTimes } from './live-run.ts';

// Two hours of ticks against a table, each some 20 ms.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const NOW_MS = Date.UTC(2026, 2, 1, 12, 0, 0);
const at = (minutes: number) => NOW_MS + (minutes - 150) * MINUTE_MS;
const SPAN = [at(0), NOW_MS] as const;

const RULES = `
groups:
  - name: live
    rules:
      - { record: 'site:load:avg', expr: avg(host_load1) }
      - { alert: HostSilent, expr: up == 0, labels: { severity: critical } }
      - { alert: LoadHigh, expr: host_load1 > 5, for: 3m, labels: { severity: warning } }
      - { alert: LoadHeld, expr: host_load1 > 5, keep_firing_for: 7m, labels: { severity: info } }
      - { alert: LoadRising, expr: 'avg_over_time(site:load:avg[10m]) > 2.5' }
      - { alert: VmThere, expr: 'vm_state == 1' }
      - { alert: NoVm, expr: 'count by (host) (host_load1) unless on (host) vm_state' }
      - { alert: HostDark, expr: 'host_condition{condition="dark"}', labels: { severity: critical } }
      - { alert: VmBad, expr: 'vm_condition{condition=~"crashed|vanished|host_dark"}' }
  - name: slow
    interval: 5m
    rules:
      - { alert: Often, expr: 'sum by (host) (count_over_time(ALERTS{alertname="LoadHigh",alertstate="firing"}[30m])) > 3' }
`;

const ROUTING = `
route:
  receiver: team
  group_by: [alertname]
  group_wait: 1m
  group_interval: 5m
  repeat_interval: 30m
  routes:
    - matchers: [severity = critical]
      receiver: oncall
      group_wait: 0s
    - matchers: [severity = info]
      receiver: nobody
receivers:
  - name: team
    sns_configs: [{ topic_arn: 'arn:aws:sns:eu-central-1:000000000000:team' }]
  - name: oncall
    webhook_configs: [{ url: https://example.org/hook }, { url: https://example.org/other }]
  - name: nobody
inhibit_rules:
  - source_matchers: [alertname = HostSilent]
    target_matchers: [alertname = NoVm]
    equal: [host]
`;

function series(
  labels: Readonly<Record<string, string>>,
  times: readonly number[],
  value: (minute: number) => number,
): Series {
  const timestamps = Float64Array.from(times);
  return {
    labels: labelsFrom(labels),
    timestamps,
    values: timestamps.map((time) => value((time - at(0)) / MINUTE_MS)),
  };
}

/** With a staleness marker one sample after its last. */
function ended(one: Series): Series {
  const timestamps = new Float64Array(one.timestamps.length + 1);
  timestamps.set(one.timestamps);
  timestamps[one.timestamps.length] = (one.timestamps.at(-1) ?? 0) + 10_000;
  const values = new Float64Array(timestamps.length);
  values.set(one.values);
  setStaleAt(values, one.values.length);
  return { labels: one.labels, timestamps, values };
}

function host(name: string, times: readonly number[], load: (minute: number) => number): Series[] {
  return [
    series({ __name__: 'hypervigil_agent_batch_interval_seconds', host: name }, times, () => 60),
    series({ __name__: 'host_load1', host: name }, times, load),
  ];
}

/** A VM of web-1 in a state for some minutes. */
function vm(
  name: string,
  state: number,
  reason: string,
  [from, to]: readonly [number, number],
): Series {
  return series(
    { __name__: 'vm_state', host: 'web-1', vm: name, uuid: `uuid-of-${name}`, reason },
    sampleTimes('web-1', [at(from), at(to)]),
    () => state,
  );
}

const HOSTS: Readonly<Record<string, readonly Series[]>> = {
  // Short and long overloads, near the edge of the rule's `for`.
  'web-1': [
    ...host('web-1', sampleTimes('web-1', SPAN), (minute) =>
      (minute > 30.7 && minute < 33.9) || (minute > 60.8 && minute < 75.8) || minute > 140.6
        ? 9
        : 1,
    ),
    series(
      { __name__: 'hypervigil_agent_collector_up', host: 'web-1', collector: 'libvirt' },
      sampleTimes('web-1', SPAN),
      () => 1,
    ),
    // One VM vanishes while it runs. Another is shut down, runs again, and crashes.
    ended(vm('a', 1, 'booted', [0, 41])),
    ended(vm('b', 1, 'booted', [43, 80])),
    ended(vm('b', 5, 'shutdown', [80.2, 84])),
    ended(vm('b', 1, 'booted', [84.2, 110])),
    vm('b', 5, 'crashed', [110.2, 150]),
  ],
  // Silent for some time, then back; and its load comes and goes.
  'web-2': [
    ...host(
      'web-2',
      [...sampleTimes('web-2', [at(0), at(50)]), ...sampleTimes('web-2', [at(71), at(150)])],
      (minute) => (Math.floor(minute / 3.7) % 2 === 0 ? 6 : 2),
    ),
  ],
  // Gone for good.
  db: host('db', sampleTimes('db', [at(0), at(100)]), () => 2),
};

let run: LiveRun;
let folder: string;
let file: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hypervigil-'));
  file = join(folder, 'live.rules.yaml');
  writeFileSync(file, RULES);
  const groups = parseRuleFile(RULES, file);
  if (!groups.ok) throw new Error(groups.error.map(({ message }) => message).join());
  // Fewer host-minutes at once than an hour of three hosts has: long windows are refused.
  writeFileSync(join(folder, 'alertmanager.yaml'), ROUTING);
  const found = await readBacktestRouting([file], {}, createClient('http://127.0.0.1:1', ''));
  if (!found.ok) throw new Error(found.error.message);
  run = await LiveRun.start(NOW_MS, { QUERY_MAX_HOST_MINUTES: '170' });
  await run.live(groups.value, found.value.notify, HOSTS, SPAN);
});

afterAll(async () => {
  await run.close();
  rmSync(folder, { recursive: true });
});

async function replayed(flags: { since: string; until?: string }): Promise<BacktestReport> {
  const terminal = { progress: () => undefined };
  const all = { until: 'now', step: '60s', ...flags };
  const report = await backtest([file], all, run.client, terminal, NOW_MS);
  if (!report.ok) throw new Error(report.error.message);
  return report.value;
}

const Answer = v.object({
  data: v.object({
    result: v.array(
      v.object({
        metric: v.record(v.string(), v.string()),
        values: v.array(v.tuple([v.number(), v.string()])),
      }),
    ),
  }),
});

/** What really fired, minute by minute, as the evaluator has stored it. */
async function firedLive(fromMinute = 0): Promise<string[]> {
  const answer = await run.client.get('/api/v1/query_range', Answer, {
    query: 'ALERTS{alertstate="firing"}',
    start: String(at(fromMinute) / 1000),
    end: String(NOW_MS / 1000),
    step: '60',
  });
  if (!answer.ok) throw new Error(answer.error.message);
  return answer.value.data.result
    .flatMap(({ metric: { __name__: _, alertstate: __, ...labels }, values }) =>
      values.map(([seconds]) => line(seconds * 1000, labels)),
    )
    .sort();
}

function line(atMs: number, labels: Readonly<Record<string, string>>): string {
  const minute = String((atMs - at(0)) / MINUTE_MS).padStart(3, '0');
  const { alertname, ...rest } = labels;
  return `${minute} ${alertname} ${Object.entries(rest).sort().join(' ')}`;
}

/** The same of a backtest. */
function firedInReplay({ episodes }: BacktestReport, fromMinute = 0): string[] {
  return episodes
    .flatMap(({ labels, firingFromMs, firingUntilMs = NOW_MS + 1 }) => {
      const lines: string[] = [];
      for (let minute = fromMinute; minute <= 150; minute++)
        if (at(minute) >= firingFromMs && at(minute) < firingUntilMs)
          lines.push(line(at(minute), labels));
      return lines;
    })
    .sort();
}

describe('a backtest over what a running Hypervigil has stored', () => {
  test('finds what really fired, minute by minute', async () => {
    const live = await firedLive();
    for (const name of [
      'HostSilent',
      'LoadHigh',
      'LoadHeld',
      'LoadRising',
      'VmThere',
      'NoVm',
      'HostDark',
      'VmBad',
      'Often',
    ])
      expect(live.some((one) => one.includes(` ${name} `))).toBe(true);
    expect(firedInReplay(await replayed({ since: '150m' }))).toEqual(live);
  });

  test('knows what was pending or firing already when its time begins', async () => {
    const names = /LoadHigh|LoadHeld|VmThere|NoVm/;
    const live = (await firedLive(62)).filter((one) => names.test(one));
    const found = firedInReplay(await replayed({ since: '88m' }), 62);
    expect(found.filter((one) => names.test(one))).toEqual(live);
  });

  test('counts the messages that were really sent, to each receiver and of each kind', async () => {
    const { receivers } = await replayed({ since: '150m' });
    expect(receivers.length).toBe(3);
    for (const { receiver, integration, messages, byHour, worstHour, ...kinds } of receivers) {
      const live = run.messages.filter((one) => one.includes(` ${receiver} ${integration} `));
      const count = (kind: string) => live.filter((one) => one.endsWith(kind)).length;
      expect(messages).toBe(live.length);
      expect(kinds).toMatchObject({
        firing: count('firing'),
        resolved: count('resolved'),
        reminders: count('reminder'),
      });
      const hourOf = (line: string) => new Date(Number(line.split(' ')[0])).getHours();
      expect(byHour).toEqual(
        byHour.map((_, hour) => live.filter((one) => hourOf(one) === hour).length),
      );
      expect(worstHour.messages).toBeLessThanOrEqual(messages);
    }
    expect(run.messages.some((one) => one.endsWith('reminder'))).toBe(true);
  });

  test('puts the noisiest rule first, with how long it fired', async () => {
    const { rules } = await replayed({ since: '150m' });
    expect(rules.map(({ count }) => count)).toEqual(
      rules.map(({ count }) => count).toSorted((a, b) => b - a),
    );
    expect(rules.find(({ alert }) => alert === 'HostSilent')).toMatchObject({
      count: 2,
      alerts: 2,
    });
  });
});
