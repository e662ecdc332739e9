import { describe, expect, test } from 'vitest';
import {
  alignMatrix,
  type Lines,
  lastValue,
  linesOf,
  movedOn,
  reachesTo,
  sumOf,
  withTail,
} from '../../../dashboard/chart/lines.ts';
import { gridOf } from '../../../dashboard/chart/range.ts';

/** `1 2 _ 4`: values at 10 s, 20 s ...; `_`: none. */
const values = (text: string) => text.split(' ').map((one) => (one === '_' ? null : Number(one)));
const linesFrom = (startMs: number, series: Readonly<Record<string, string>>): Lines => {
  const count = (Object.values(series)[0] ?? '_').split(' ').length;
  return {
    grid: { startMs, count, stepMs: 10_000 },
    lines: Object.entries(series).map(([host, text]) => ({
      labels: { host },
      values: values(text),
    })),
  };
};
const shownOf = ({ lines }: Lines) =>
  Object.fromEntries(
    lines.map(({ labels, values }) => [
      labels['host'],
      values.map((value) => value ?? '_').join(' '),
    ]),
  );

test('samples take their places; what is missing or no number is a gap', () => {
  const grid = { startMs: 10_000, count: 4, stepMs: 10_000 };
  const [line] = alignMatrix(
    [
      {
        metric: { host: 'a' },
        values: [
          [10, '1'],
          [20, 'NaN'],
          [40, '+Inf'],
        ],
      },
    ],
    grid,
  );
  expect(line?.values).toEqual([1, null, null, null]);
});

describe('following', () => {
  const known = linesFrom(10_000, { a: '1 2 3 4', b: '5 6 7 8' });

  test('the end is asked for again and put in place of what was there', () => {
    const tail = linesFrom(40_000, { a: '4.5 5 6', c: '_ 1 2' });
    const grid = { startMs: 30_000, count: 4, stepMs: 10_000 };
    const moved = withTail(known, tail, grid);
    // The tail has b no more: it ended.
    expect(shownOf(moved)).toEqual({ a: '3 4.5 5 6', b: '7 _ _ _', c: '_ _ 1 2' });
  });

  test('a series that has moved out of sight is gone', () => {
    const ended = linesFrom(10_000, { old: '1 _ _ _' });
    const tail = linesFrom(50_000, { a: '1' });
    const moved = withTail(ended, tail, { startMs: 20_000, count: 4, stepMs: 10_000 });
    expect(Object.keys(shownOf(moved))).toEqual(['a']);
  });

  test('a hole between them is noticed', () => {
    expect(reachesTo(known, { startMs: 50_000, count: 1, stepMs: 10_000 })).toBe(true);
    expect(reachesTo(known, { startMs: 60_000, count: 1, stepMs: 10_000 })).toBe(false);
    expect(reachesTo(known, { startMs: 50_000, count: 1, stepMs: 5_000 })).toBe(false);
  });

  test('only the newest is asked for, all of it after a long time away', async () => {
    const hour = { fromMs: 0, toMs: 3_600_000 };
    const asked: number[] = [];
    const askFor = async (grid: ReturnType<typeof gridOf>): Promise<Lines> => {
      asked.push(grid.count);
      const counts = Array.from({ length: grid.count }, (_, i) => i);
      return { grid, lines: [{ labels: { host: 'a' }, values: counts }] };
    };
    const first = await askFor(gridOf(hour, 10_000));
    const next = await movedOn(first, { fromMs: 30_000, toMs: 3_630_000 }, askFor);
    await movedOn(next, { fromMs: 8_000_000, toMs: 11_600_000 }, askFor);
    // An hour; three minutes and what is new; an hour.
    expect(asked).toEqual([361, 22, 361]);
    expect(next.lines[0]?.values).toHaveLength(361);
    expect(next.grid.startMs).toBe(30_000);
  });
});

test('sums count what there is, and nothing is not zero', () => {
  expect(sumOf([values('1 _ _'), values('2 3 _')], 3)).toEqual([3, 3, null]);
  expect(lastValue(values('1 2 _'))).toBe(2);
  expect(lastValue(values('_ _'))).toBeUndefined();
});

test('lines of a metric are found by its name, wherever the query left it', () => {
  const grid = { startMs: 0, count: 1, stepMs: 1 };
  const lines = [
    { labels: { __name__: 'host_load1' }, values: [1] },
    { labels: { metric: 'host_load1' }, values: [2] },
    { labels: { metric: 'host_load5' }, values: [3] },
  ];
  expect(linesOf({ grid, lines }, 'host_load1').map(({ values }) => values[0])).toEqual([1, 2]);
});
