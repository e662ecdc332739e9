import { describe, expect, test } from 'vitest';
import { FLAPPING } from '../../core/alertmanager/flapping.ts';
import { notifications, play } from './timeline.ts';

const A = '{alertname="Down", name="a"}';
const how = { flapping: FLAPPING };

describe('an alert that comes and goes', () => {
  const line = `${'#....'.repeat(8)}${'.'.repeat(30)}`;

  test('is told twice, then that it flaps, and at last that it is over', () => {
    expect(play({ [A]: line }, how)).toEqual([
      '0 pager: +a',
      '1 pager: -a',
      '5 pager: +a',
      '6 pager: -a',
      '10 pager: +a~3',
      '51 pager: -a~8',
    ]);
  });

  test('is told without damping each time', () => {
    expect(play({ [A]: line })).toHaveLength(16);
  });

  test('says how often it came, since when, and how long it must be quiet', () => {
    const [, , , , third] = notifications({ [A]: line }, how);
    expect(third?.alerts[0]?.flapping).toEqual({
      times: 3,
      sinceMs: Date.UTC(2026, 10, 23, 12),
      quietMs: 15 * 60_000,
    });
  });

  test('slowly, is over only after three times its usual gap', () => {
    const slow = `${`#${'.'.repeat(19)}`.repeat(5)}${'.'.repeat(80)}`;
    const lines = play({ [A]: slow }, how);
    // Every 20 minutes: quiet for 60 after the last minute that fired, which is the 80th.
    expect(lines.at(-1)).toMatch(/^141 pager: -a/);
    expect(lines).toHaveLength(6);
  });
});

test('an alert that comes rarely is told each time', () => {
  const rare = `#${'.'.repeat(70)}`.repeat(4);
  expect(play({ [A]: rare }, how)).toHaveLength(8);
});
