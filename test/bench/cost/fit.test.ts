import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitLine } from '../../../bench/cost/fit.ts';
import { at } from '../../../bench/cost/traffic.ts';

const amount = fc.double({ min: 0, max: 1e4, noNaN: true });

describe('what grows with the fleet', () => {
  it('is found again from fleets of any sizes', () => {
    const sizes = fc.uniqueArray(fc.integer({ min: 1, max: 500 }), { minLength: 2, maxLength: 5 });
    fc.assert(
      fc.property(sizes, amount, amount, (all, fixed, perHost) => {
        const line = fitLine(all.map((hosts) => ({ hosts, value: at({ fixed, perHost }, hosts) })));
        expect(at(line, 1000)).toBeCloseTo(at({ fixed, perHost }, 1000), 3);
      }),
    );
  });

  it('is all of it by host where only one size is known', () => {
    expect(fitLine([{ hosts: 4, value: 8 }])).toEqual({ fixed: 0, perHost: 2 });
  });

  it('is never less than nothing', () => {
    const falling = fitLine([
      { hosts: 1, value: 9 },
      { hosts: 2, value: 8 },
    ]);
    expect(falling).toEqual({ fixed: 8.5, perHost: 0 });
    const steep = fitLine([
      { hosts: 2, value: 1 },
      { hosts: 4, value: 5 },
    ]);
    expect(steep).toEqual({ fixed: 0, perHost: 1 });
  });
});
