import { expect, test } from 'vitest';
import { parse } from 'yaml';
import {
  scaledDuration,
  scaledExpr,
  scaledRouting,
  scaledRules,
} from '../../bench/storms/time-scale.ts';

test.each([
  ['5m', '5s'],
  ['1h30m', '1m30s'],
  ['10s', '167ms'],
  ['0s', '0s'],
])('%s is %s sixty times as fast', (text, scaled) => {
  expect(scaledDuration(text, 60)).toBe(scaled);
});

test('ranges and offsets of an expression are scaled, numbers and names are not', () => {
  expect(scaledExpr('increase(a[15m]) > 60 or a unless a offset 15m or b[1h:1m] or c5m', 60)).toBe(
    'increase(a[15s]) > 60 or a unless a offset 15s or b[1m:1m] or c5m',
  );
});

test('rules keep all but their times, and those that need our evaluator are left out', () => {
  const yaml = `
groups:
  - name: g
    rules:
      - { alert: Dark, expr: 'host_condition{condition="dark"}' }
      - alert: Busy
        expr: avg_over_time(cpu[5m]) > 90
        for: 10m
        keep_firing_for: 5m
        labels: { severity: warning }
`;
  expect(parse(scaledRules(yaml, 60))).toEqual({
    groups: [
      {
        name: 'g',
        rules: [
          {
            alert: 'Busy',
            expr: 'avg_over_time(cpu[5s]) > 90',
            for: '10s',
            keep_firing_for: '5s',
            labels: { severity: 'warning' },
          },
        ],
      },
    ],
  });
});

const ROUTING = `
route:
  receiver: people
  group_by: [alertname]
  group_wait: 0s
  routes:
    - { matchers: [a = b], receiver: nobody, group_interval: 1m, repeat_interval: 4h }
receivers:
  - name: people
    sns_configs: [{ topic_arn: arn }]
  - name: nobody
`;

test('a routing tells a webhook instead of SNS, and nobody instead of nobody', () => {
  const changes = { webhook: 'http://127.0.0.1:1/', groupBy: 'world' };
  expect(parse(scaledRouting(ROUTING, 60, changes))).toEqual({
    route: {
      receiver: 'people',
      group_by: ['alertname', 'world'],
      group_wait: '0s',
      routes: [
        { matchers: ['a = b'], receiver: 'nobody', group_interval: '1s', repeat_interval: '4m' },
      ],
    },
    receivers: [
      { name: 'people', webhook_configs: [{ url: 'http://127.0.0.1:1/', send_resolved: true }] },
      { name: 'nobody' },
    ],
  });
});

test('another group_wait is scaled as well', () => {
  const changes = { webhook: 'http://127.0.0.1:1/', groupBy: 'world', groupWait: '30s' };
  expect(parse(scaledRouting(ROUTING, 60, changes)).route.group_wait).toBe('500ms');
});
