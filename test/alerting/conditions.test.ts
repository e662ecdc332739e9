import { describe, expect, test } from 'vitest';
import { aboutSubject, conditionsOf, unitMetricOf } from '../../core/alerting/conditions.ts';
import type { Expr } from '../../core/promql/ast.ts';
import { formatExpr } from '../../core/promql/format.ts';
import { parsePromql } from '../../core/promql/parse.ts';

function parsed(text: string): Expr {
  const expr = parsePromql(text);
  if (!expr.ok) throw new Error(expr.error.message);
  return expr.value;
}

describe('the conditions of a rule', () => {
  test.each([
    ['avg_over_time(x[5m]) > 90', [['avg_over_time(x[5m])', '>', 90]]],
    ['90 < x', [['x', '>', 90]]],
    [
      'x > 90 and on (host) (y < 8 * 1024^3)',
      [
        ['x', '>', 90],
        ['y', '<', 8 * 1024 ** 3],
      ],
    ],
    ['x == 0 unless on (host) y == 1', [['x', '==', 0]]],
    ['(x <= -1)', [['x', '<=', -1]]],
    ['x > y', [['x', undefined, undefined]]],
    ['up{job="a"}', [['up{job="a"}', undefined, undefined]]],
    ['vector(1)', [['vector(1)', undefined, undefined]]],
  ])('%s', (text, expected) => {
    const found = conditionsOf(parsed(text));
    expect(found.map(({ expr, op, threshold }) => [formatExpr(expr), op, threshold])).toEqual(
      expected,
    );
  });

  test('of many are the first few', () => {
    expect(conditionsOf(parsed('a > 1 or b > 1 or c > 1 or d > 1 or e > 1')).length).toBe(4);
  });
});

test.each([
  ['host_cpu_usage_percent', 'host_cpu_usage_percent'],
  ['max by (host) (avg_over_time(host_cpu_usage_percent[5m]))', 'host_cpu_usage_percent'],
  ['predict_linear(host_filesystem_available_bytes[1h], 3600)', 'host_filesystem_available_bytes'],
  ['count(vm_up)', undefined],
  ['rate(x_total[5m])', undefined],
  ['a / b', undefined],
])('%s has the unit of %s', (text, metric) => {
  expect(unitMetricOf(parsed(text))).toBe(metric);
});

describe("an expression about one alert's subject", () => {
  const vm = { alertname: 'A', host: 'hv-1', vm: 'mail', uuid: 'u-1' };

  test.each([
    ['avg_over_time(host_load1[5m])', 'avg_over_time(host_load1{host="hv-1"}[5m])'],
    ['vm_up', 'vm_up{uuid="u-1"}'],
    // A sum by host is of that host alone, one over all is of all.
    ['sum by (host) (host_load1)', 'sum by (host) (host_load1{host="hv-1"})'],
    ['sum(host_load1)', 'sum(host_load1)'],
    ['sum without (host) (host_load1)', 'sum without (host) (host_load1)'],
    ['host_load1 / scalar(sum(host_load1))', 'host_load1{host="hv-1"} / scalar(sum(host_load1))'],
    ['host_load1{host="db"}', 'host_load1{host="db"}'],
  ])('%s', (text, expected) => {
    expect(formatExpr(aboutSubject(parsed(text), vm))).toBe(formatExpr(parsed(expected)));
  });

  test('of no host is what it was', () => {
    const expr = parsed('host_load1');
    expect(aboutSubject(expr, { alertname: 'Watchdog' })).toBe(expr);
  });
});
