import { expect, test } from 'vitest';
import type { Lines } from '../../../dashboard/chart/lines.ts';
import { keyNumberOf } from '../../../dashboard/machine/key-numbers.tsx';

const line = (metric: string, values: readonly (number | null)[]) => ({
  labels: { __name__: metric },
  values,
});
const lines: Lines = {
  grid: { startMs: 0, count: 30, stepMs: 10_000 },
  lines: [
    line('rx', [...Array<null>(29).fill(null), 3]),
    line('rx', [...Array<null>(29).fill(null), 4]),
    line('tx', [...Array<null>(29).fill(null), 5]),
    line('old', [7, ...Array<null>(29).fill(null)]),
  ],
};

test('a number of now is the sum of what there is, or the greatest', () => {
  expect(keyNumberOf({ metrics: ['rx', 'tx'], of: 'sum' }, lines)).toBe(12);
  expect(keyNumberOf({ metrics: ['rx', 'tx'], of: 'greatest' }, lines)).toBe(5);
});

test('what is old or absent is no number', () => {
  expect(keyNumberOf({ metrics: ['old'], of: 'sum' }, lines)).toBeUndefined();
  expect(keyNumberOf({ metrics: ['none'], of: 'greatest' }, lines)).toBeUndefined();
});
