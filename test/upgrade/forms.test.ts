import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Fixture, fixtureNames, readFixture } from './fixture.ts';
import { makeFixture } from './make-fixture.ts';
import { formOf, kindOf } from './stored-form.ts';

/** What whoever changes a stored form must do. */
const WHAT_TO_DO =
  'a stored form has changed: give it another version, keep the reader of this one, and make a fixture of the new one (docs/upgrades.md)';

const ROOT = resolve(import.meta.dirname, '../..');

let today: Fixture['items'];
let newest: Fixture['items'];

beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const name = fixtureNames().at(-1) ?? '';
  newest = readFixture(name).items;
  today = (await makeFixture(ROOT, (ms) => vi.setSystemTime(ms))).items;
}, 60_000);
afterAll(() => {
  vi.useRealTimers();
});

/** All forms that items of each kind have. */
function formsOf(items: Fixture['items']): Record<string, string[]> {
  const forms = Map.groupBy(items, kindOf);
  return Object.fromEntries(
    [...forms].map(([kind, all]) => [kind, [...new Set(all.map(formOf))].sort()]),
  );
}

test('what is stored today is what the newest fixture holds, byte by byte where that can be', () => {
  const [stored, recorded] = [formsOf(today), formsOf(newest)];
  expect(Object.keys(stored).sort(), WHAT_TO_DO).toEqual(Object.keys(recorded).sort());
  for (const [kind, forms] of Object.entries(stored))
    expect(forms, `${kind}: ${WHAT_TO_DO}`).toEqual(recorded[kind]);
});
