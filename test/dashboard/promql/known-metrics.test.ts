import { expect, test } from 'vitest';
import { CATALOGUE } from '../../../core/catalogue/catalogue.ts';
import { knownMetrics, searchMetrics } from '../../../dashboard/promql/known-metrics.ts';

const ALL = [...knownMetrics().values()];

test('every metric of the catalogue has its meaning', () => {
  expect(ALL.map(({ name }) => name)).toEqual(CATALOGUE.map(({ name }) => name));
  expect(knownMetrics().get('vm_cpu_steal_percent')).toMatchObject({
    unit: '%',
    labels: ['host', 'vm', 'uuid'],
  });
});

test.each([
  ['steal', ['host_cpu_steal_percent', 'vm_cpu_steal_percent']],
  ['VM packets receive', ['vm_network_receive_packets_per_second']],
])('"%s" finds first what is called so', (words, first) => {
  const found = searchMetrics(words, ALL).map(({ name }) => name);
  expect(found.slice(0, first.length)).toEqual(first);
});

test('what it means is searched too', () => {
  expect(searchMetrics('balloon', ALL).map(({ name }) => name)).toContain(
    'vm_memory_usage_percent',
  );
  expect(searchMetrics('there is none of this', ALL)).toEqual([]);
  expect(searchMetrics(' ', ALL)).toHaveLength(ALL.length);
});
