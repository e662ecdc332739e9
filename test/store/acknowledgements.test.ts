import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Acknowledgement } from '../../core/alertmanager/silence.ts';
import { DAY_MS } from '../../core/time.ts';
import {
  createAcknowledgementStore,
  MAX_ACKNOWLEDGEMENTS,
} from '../../functions/store/acknowledgements.ts';
import { startTable, type TestTable } from '../functions/table.ts';

const NOW_MS = Date.UTC(2026, 2, 1, 12);

let store: TestTable;
beforeEach(async () => {
  store = await startTable();
});
afterEach(() => store.close());

function acknowledgement(parts: Partial<Acknowledgement> = {}): Acknowledgement {
  return {
    fingerprint: '0123456789abcdef',
    labels: { alertname: 'HostDown', host: 'web1' },
    alertStartsAtMs: NOW_MS - 60_000,
    by: 'ann',
    note: 'on my way',
    atMs: NOW_MS,
    untilMs: NOW_MS + 7_200_000,
    ...parts,
  };
}

function many(count: number, from = 0): Acknowledgement[] {
  return Array.from({ length: count }, (_, i) =>
    acknowledgement({ fingerprint: (from + i).toString(16).padStart(16, '0') }),
  );
}

test('an acknowledgement is the same when it is read, and a later one takes its place', async () => {
  const acknowledgements = createAcknowledgementStore(store.table);
  expect(await acknowledgements.put([acknowledgement()], NOW_MS)).toMatchObject({ ok: true });
  expect(await acknowledgements.list(NOW_MS)).toEqual([acknowledgement()]);
  const later = acknowledgement({ by: 'bob', note: '', atMs: NOW_MS + 1000 });
  await acknowledgements.put([later], NOW_MS + 1000);
  expect(await acknowledgements.list(NOW_MS + 1000)).toEqual([later]);
});

test('several who acknowledge one alert at once: one of them is kept, nobody fails', async () => {
  const acknowledgements = createAcknowledgementStore(store.table);
  const three = ['ann', 'bob', 'cy'].map((by) => acknowledgement({ by }));
  await Promise.all(three.map((one) => acknowledgements.put([one], NOW_MS)));
  const [kept, ...others] = await acknowledgements.list(NOW_MS);
  expect(three).toContainEqual(kept);
  expect(others).toEqual([]);
});

test('withdrawn, it ends now and is remembered for a day', async () => {
  const acknowledgements = createAcknowledgementStore(store.table);
  const { fingerprint } = acknowledgement();
  await acknowledgements.put([acknowledgement()], NOW_MS);
  const atMs = NOW_MS + 5000;
  const ended = { ...acknowledgement(), untilMs: atMs };
  expect(await acknowledgements.withdraw(fingerprint, atMs)).toEqual(ended);
  expect(await acknowledgements.list(atMs)).toEqual([ended]);
  expect(await acknowledgements.withdraw(fingerprint, atMs)).toBeUndefined();
  expect(await acknowledgements.list(atMs + DAY_MS)).toEqual([]);
  expect(await acknowledgements.withdraw('ffffffffffffffff', atMs)).toBeUndefined();
});

test('so many at once and no more; all are refused or none', async () => {
  const acknowledgements = createAcknowledgementStore(store.table);
  expect(await acknowledgements.put(many(MAX_ACKNOWLEDGEMENTS), NOW_MS)).toMatchObject({
    ok: true,
  });
  const refused = await acknowledgements.put(many(2, MAX_ACKNOWLEDGEMENTS - 1), NOW_MS);
  expect(refused).toMatchObject({ ok: false, error: expect.stringContaining('limit: 1000') });
  expect(await acknowledgements.list(NOW_MS)).toHaveLength(MAX_ACKNOWLEDGEMENTS);
  // An alert acknowledged already can be so again.
  expect(await acknowledgements.put(many(5), NOW_MS)).toMatchObject({ ok: true });
}, 60_000);
