import { expect, test } from 'vitest';
import { parseTimeMs } from '../../functions/alertmanager-api/time.ts';

test.each([
  ['2026-03-01T12:00:00Z', Date.UTC(2026, 2, 1, 12)],
  ['2026-03-01T12:00:00.123456789Z', Date.UTC(2026, 2, 1, 12, 0, 0, 123)],
  ['2026-03-01T12:00:00+01:30', Date.UTC(2026, 2, 1, 10, 30)],
  ['2026-03-01t12:00:00z', Date.UTC(2026, 2, 1, 12)],
  ['2026-03-01T12:00:00', Date.UTC(2026, 2, 1, 12)],
  ['2026-03-01', Date.UTC(2026, 2, 1)],
  ['2024-02-29', Date.UTC(2024, 1, 29)],
  ['0001-01-01T00:00:00.000Z', 0],
  ['2026-02-29', undefined],
  ['2026-13-01', undefined],
  ['2026-03-01T24:00:00Z', undefined],
  ['2026-03-01T12:00:00+24:00', undefined],
  ['2026-03-01 12:00:00Z', undefined],
  ['1772366400', undefined],
  ['', undefined],
])('%s is %s', (text, expected) => {
  expect(parseTimeMs(text)).toBe(expected);
});
