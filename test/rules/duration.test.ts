import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatDurationMs, parseDurationMs } from '../../core/rules/duration.ts';

test.each([
  ['0', 0],
  ['0s', 0],
  ['5m', 300_000],
  ['1h30m', 5_400_000],
  ['1y2w3d4h5m6s7ms', 33_019_506_007],
  ['90d', 7_776_000_000],
])('%s', (text, ms) => {
  expect(parseDurationMs(text)).toEqual({ ok: true, value: ms });
});

test.each([
  ['', 'empty duration string'],
  ['5', 'not a valid duration string: "5"'],
  ['-5m', 'not a valid duration string: "-5m"'],
  ['1.5h', 'unknown unit "." in duration "1.5h"'],
  ['5 m', 'unknown unit " m" in duration "5 m"'],
  ['5min', 'unknown unit "min" in duration "5min"'],
  ['1m1h', 'not a valid duration string: "1m1h"'],
  ['1m1m', 'not a valid duration string: "1m1m"'],
  ['300y', 'duration out of range'],
])('%j is refused', (text, error) => {
  expect(parseDurationMs(text)).toEqual({ ok: false, error });
});

test('what is written reads back', () => {
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 31 }), (ms) => {
      expect(parseDurationMs(formatDurationMs(ms))).toEqual({ ok: true, value: ms });
    }),
  );
});
