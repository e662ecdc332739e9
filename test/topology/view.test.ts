import { expect, test } from 'vitest';
import { evaluateInstant } from '../../core/promql/evaluate.ts';
import { createMemorySource } from '../../core/promql/memory-source.ts';
import { parsePromql } from '../../core/promql/parse.ts';
import { formatLabels } from '../../core/series/labels.ts';
import type { Series } from '../../core/series/series.ts';
import { viewByPlacement } from '../../core/topology/view.ts';
import { batchesOf, MINUTE, play, START, type Timelines, windowOf } from './fleet.ts';

/** What a query gives over the view of the last ten minutes. */
function ask(timelines: Timelines, minutes: number, query: string): string[] {
  const state = play({ timelines, minutes }).at(-1);
  if (state === undefined) throw new Error('no minutes');
  const nowMs = START + minutes * MINUTE;
  const { series } = windowOf(batchesOf(timelines, minutes), nowMs - 10 * MINUTE, nowMs);
  const expr = parsePromql(query);
  if (!expr.ok) throw new Error(expr.error.message);
  const result = evaluateInstant(
    expr.value,
    nowMs,
    createMemorySource(viewByPlacement(series, state)),
  );
  if (!result.ok || result.value.kind !== 'vector') throw new Error(`no vector: ${query}`);
  return result.value.samples.map(({ labels, value }) => `${formatLabels(labels)} ${value}`).sort();
}

const MOVE = {
  kvm1: { web: 'R R R R R M M M' },
  kvm2: { web: '- - - I I R R R' },
};

test('a range runs across a migration, as one series of the new host', () => {
  expect(ask(MOVE, 8, 'count_over_time(vm_state{reason="booted"}[9m])')).toEqual([
    '{host="kvm2", reason="booted", uuid="uuid-of-web", vm="web"} 48',
  ]);
});

test('what the far end said while it waited is not seen, nor what the near end says afterwards', () => {
  expect(ask(MOVE, 8, 'count_over_time(vm_state{reason!="booted"}[9m])')).toEqual([]);
  expect(ask(MOVE, 5, 'vm_state')).toEqual([
    'vm_state{host="kvm1", reason="booted", uuid="uuid-of-web", vm="web"} 1',
  ]);
});

test('a series that only the old host had ends with the move', () => {
  const timelines = { kvm1: { web: 'R R R - -' }, kvm2: { web: '- - - m m' } };
  expect(ask(timelines, 5, 'vm_state')).toEqual([
    'vm_state{host="kvm2", reason="migrated", uuid="uuid-of-web", vm="web"} 1',
  ]);
});

test('a VM that came back has all its stretches', () => {
  const timelines = {
    kvm1: { web: 'R R M M R R' },
    kvm2: { web: '- - R R M M' },
  };
  expect(ask(timelines, 6, 'count_over_time(vm_state{reason="booted"}[7m])')).toEqual([
    '{host="kvm1", reason="booted", uuid="uuid-of-web", vm="web"} 36',
  ]);
});

test('series of hosts, and of VMs that stay, are the same objects', () => {
  const timelines = { ...MOVE, kvm3: { db: 'R' } };
  const state = play({ timelines, minutes: 8 }).at(-1);
  const { series } = windowOf(batchesOf(timelines, 8), START, START + 8 * MINUTE);
  const isOther = ({ labels }: Series) => !labels.includes('uuid-of-web');
  const others = series.filter(isOther);
  expect(others.length).toBeGreaterThan(3);
  expect(state && viewByPlacement(series, state).filter(isOther)).toEqual(others);
  const view = state === undefined ? [] : viewByPlacement(series, state);
  expect(others.every((one) => view.includes(one))).toBe(true);
});
