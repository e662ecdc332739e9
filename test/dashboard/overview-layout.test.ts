import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  dimensionsOf,
  drawnSize,
  heightOf,
  layOut,
  type Move,
  moved,
  rowsWithin,
  whereIs,
} from '../../dashboard/pages/overview/layout.ts';

const counts = fc.array(fc.oneof(fc.nat(12), fc.nat(400)), { maxLength: 60 });
const width = fc.integer({ min: 0, max: 2000 });
const dimensions = fc
  .tuple(fc.constantFrom('small', 'medium', 'large'), fc.boolean(), fc.boolean())
  .map(([size, coarse, hasValues]) => dimensionsOf(size, coarse, hasValues));

test('every cell stands in one row, rows follow each other, and what is in view is drawn', () => {
  fc.assert(
    fc.property(counts, width, dimensions, fc.nat(), (all, px, size, seed) => {
      const layout = layOut(all, px, size);
      const { tops, rows } = layout;
      tops.forEach((top, i) => {
        if (i > 0) expect(top).toBeGreaterThan(tops[i - 1] ?? 0);
      });
      all.forEach((count, group) => {
        for (const cell of count === 0 ? [] : [0, seed % count, count - 1]) {
          const { row, topPx, heightPx } = whereIs(layout, { group, cell });
          expect(topPx).toBeGreaterThanOrEqual(tops[row] ?? Number.NaN);
          expect(topPx + heightPx).toBeLessThanOrEqual(tops[row + 1] ?? Number.NaN);
          const at = rows[row];
          const isIn =
            at?.kind === 'cards'
              ? at.from <= group && group < at.to
              : at?.kind === 'cells' && at.group === group && at.from <= cell && cell < at.to;
          expect(isIn).toBe(true);
          const drawn = rowsWithin(layout, topPx - 100, topPx + 500);
          expect(row >= drawn.from && row < drawn.to).toBe(true);
        }
      });
    }),
  );
});

test('arrow keys lead to every cell and back, and never to none', () => {
  fc.assert(
    fc.property(counts, width, dimensions, fc.nat(), (all, px, size, seed) => {
      const layout = layOut(all, px, size);
      const first = all.findIndex((count) => count > 0);
      fc.pre(first >= 0);
      let at = { group: first, cell: 0 };
      const total = all.reduce((sum, count) => sum + count, 0);
      for (let i = 0; i < Math.min(total, 200); i++) {
        const next = moved(layout, all, at, 'right');
        if (i + 1 < total) expect(moved(layout, all, next, 'left')).toEqual(at);
        at = next;
      }
      const moves: Move[] = [
        'up',
        'down',
        'left',
        'right',
        'groupFirst',
        'groupLast',
        'first',
        'last',
      ];
      for (let i = 0, random = seed; i < 40; i++, random = (random * 48_271) % 2_147_483_647) {
        at = moved(layout, all, at, moves[random % moves.length] ?? 'down');
        expect(at.cell).toBeLessThan(all[at.group] ?? 0);
      }
    }),
    { numRuns: 60 },
  );
});

test('down and up go to the cell right below and above', () => {
  // Two cards side by side, each of a line of ten and one of two; below them one with a line.
  const layout = layOut([12, 12, 3], 620, dimensionsOf('medium', false));
  const all = [12, 12, 3];
  expect([layout.columns, layout.perCardLine]).toEqual([2, 10]);
  expect(moved(layout, all, { group: 0, cell: 1 }, 'down')).toEqual({ group: 0, cell: 11 });
  expect(moved(layout, all, { group: 1, cell: 0 }, 'down')).toEqual({ group: 1, cell: 10 });
  expect(moved(layout, all, { group: 0, cell: 11 }, 'down')).toEqual({ group: 2, cell: 1 });
  expect(moved(layout, all, { group: 2, cell: 2 }, 'up')).toEqual({ group: 0, cell: 11 });
  expect(moved(layout, all, { group: 2, cell: 2 }, 'down')).toEqual({ group: 2, cell: 2 });
});

test('a group with many cells stands for itself, and only the lines in view of it are drawn', () => {
  const layout = layOut([5000], 1000, dimensionsOf('medium', false));
  expect(layout.rows[0]?.kind).toBe('head');
  const { from, to } = rowsWithin(layout, 2000, 2800);
  expect(to - from).toBeLessThan(40);
  expect(heightOf(layout)).toBeGreaterThan(3500);
});

test('few VMs have their names in their cells by themselves, many are squares; what is chosen holds', () => {
  expect([1, 200, 201, 10_000].map((vms) => drawnSize('auto', vms))).toEqual([
    ...['large', 'large', 'medium', 'medium'],
  ]);
  expect(drawnSize('small', 3)).toBe('small');
  expect(drawnSize('large', 10_000)).toBe('large');
});

test('the names of a host of twelve fit beside each other, with a mouse and with fingers', () => {
  expect(layOut([12], 342, dimensionsOf('large', false)).perCardLine).toBe(3);
  expect(layOut([12], 366, dimensionsOf('large', true)).perCardLine).toBe(3);
  expect(layOut([12], 342, dimensionsOf('large', false, true)).perCardLine).toBe(2);
  expect(layOut([12], 366, dimensionsOf('large', true, true)).perCardLine).toBe(2);
});
