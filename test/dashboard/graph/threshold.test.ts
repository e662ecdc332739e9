import { describe, expect, test } from 'vitest';
import { parsePromql } from '../../../core/promql/parse.ts';
import { EXAMPLES } from '../../../dashboard/pages/graph/examples.ts';
import { thresholdOf, unitOfExpr } from '../../../dashboard/pages/graph/threshold.ts';

describe('a threshold', () => {
  test.each([
    ['up == 0', { left: 'up', op: '==', value: 0 }],
    [
      'avg_over_time(x{a="> 1"}[5m]) > 90',
      { left: 'avg_over_time(x{a="> 1"}[5m])', op: '>', value: 90 },
    ],
    ['a + b <= -1_000', { left: 'a + b', op: '<=', value: -1000 }],
    ['x > bool 1e3 # much', { left: 'x', op: '>', value: 1000 }],
    ['a > 1 > 2', { left: 'a > 1', op: '>', value: 2 }],
  ])('%s has one', (expr, expected) => {
    expect(thresholdOf(expr)).toEqual(expected);
  });

  test.each([
    'up',
    'a > 1 and b > 2',
    'a > b',
    '(a > 1)',
    'a >',
    '> 1',
    'x > 5m',
    'a{b=~"c"}',
    'a > 1 unless b',
  ])('%s has none', (expr) => {
    expect(thresholdOf(expr)).toBeUndefined();
  });
});

test.each([
  ['host_cpu_usage_percent', 'percent'],
  ['topk(10, vm_memory_used_bytes{host="a_seconds"})', 'bytes'],
  ['sum by (host) (vm_network_receive_bytes_per_second)', 'bytes_per_second'],
  ['sum without (up_seconds) (host_memory_used_bytes)', 'bytes'],
  ['avg_over_time(host_temperature_celsius[5m]) > 90', 'celsius'],
  ['predict_linear(host_filesystem_available_bytes[6h], 4 * 86400) < 0', ''],
  ['host_memory_used_bytes - host_memory_cached_bytes', 'bytes'],
  ['host_memory_used_bytes / host_memory_total_bytes', ''],
  ['rate(x_bytes[5m])', ''],
  ['count(host_cpu_usage_percent)', ''],
  ['a_bytes or b_seconds', ''],
  ['vector(1)', ''],
])('the unit of %s is "%s"', (expr, unit) => {
  expect(unitOfExpr(expr)).toBe(unit);
});

test.each(EXAMPLES.map(({ expr }) => expr))('the example %s is right', (expr) => {
  expect(parsePromql(expr)).toMatchObject({ ok: true });
});
