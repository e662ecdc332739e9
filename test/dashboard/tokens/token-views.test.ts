import { describe, expect, test } from 'vitest';
import {
  endsSoon,
  livesFor,
  nameProblem,
  rolesUpTo,
} from '../../../dashboard/pages/tokens/token-views.ts';

const NOW_MS = Date.UTC(2026, 10, 24, 12);
const days = (count: number) => new Date(NOW_MS + count * 86_400_000).toISOString();

test('nobody is offered a role above their own', () => {
  expect(rolesUpTo('viewer')).toEqual(['viewer']);
  expect(rolesUpTo('operator')).toEqual(['viewer', 'operator']);
  expect(rolesUpTo('admin')).toEqual(['viewer', 'operator', 'admin']);
});

describe('how long a token may last', () => {
  test('is not longer than the token it is made with, which is then what is usual', () => {
    const caller = { role: 'operator', kind: 'token', until: days(40) } as const;
    expect(livesFor(caller, 'personal', NOW_MS)).toEqual([undefined, 1, 7, 30]);
  });

  test('is anything for an admin, and for who has signed in', () => {
    const admin = { role: 'admin', kind: 'token', until: days(1) } as const;
    const person = { role: 'viewer', kind: 'session', until: days(0.1) } as const;
    expect(livesFor(admin, 'service', NOW_MS)[0]).toBe(366);
    expect(livesFor(person, 'personal', NOW_MS)[0]).toBe(90);
  });
});

test('a token that ends within two weeks is marked, one that has ended is not', () => {
  expect(endsSoon({ state: 'good', endsAt: days(13) }, NOW_MS)).toBe(true);
  expect(endsSoon({ state: 'good', endsAt: days(15) }, NOW_MS)).toBe(false);
  expect(endsSoon({ state: 'ended', endsAt: days(-1) }, NOW_MS)).toBe(false);
  expect(endsSoon({ state: 'good' }, NOW_MS)).toBe(false);
});

test('a name says something, within what the API takes', () => {
  expect(nameProblem('  ')).toBe('empty');
  expect(nameProblem('x'.repeat(101))).toBe('long');
  expect(nameProblem('Grafana')).toBeUndefined();
});
