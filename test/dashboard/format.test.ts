import { afterEach, describe, expect, test } from 'vitest';
import { CATALOGUE } from '../../core/catalogue/catalogue.ts';
import { formatDuration } from '../../dashboard/format/duration.ts';
import { formatShortTime, formatUtc } from '../../dashboard/format/time.ts';
import { formatValue, type Unit, unitOf } from '../../dashboard/format/unit.ts';
import { chooseLanguage } from '../../dashboard/i18n/language.ts';

afterEach(() => chooseLanguage('en'));

describe('a value', () => {
  test.each<[number | undefined, Unit, string]>([
    [undefined, 'percent', '–'],
    [0, 'percent', '0 %'],
    [87.345, 'percent', '87.3 %'],
    [100, 'percent', '100 %'],
    [13_314_398_618, 'bytes', '12.4 GiB'],
    [1023.9, 'bytes', '1 KiB'],
    [512, 'bytes', '512 B'],
    [-2048, 'bytes', '−2 KiB'],
    [1_500_000, 'bytes_per_second', '1.43 MiB/s'],
    [1234.5, 'packets_per_second', '1,235 packets/s'],
    [45_600, 'operations_per_second', '45.6k IO/s'],
    [0.012, 'seconds', '12 ms'],
    [0.000_25, 'seconds', '250 µs'],
    [3.5, 'seconds', '3.5 s'],
    [93_784, 'seconds', '1 d 2 h'],
    [41.26, 'celsius', '41.3 °C'],
    [Number.NaN, '', 'NaN'],
    [Number.POSITIVE_INFINITY, 'bytes', '+∞'],
    [0.000_012_3, '', '1.23e−5'],
    [4_560_000, 'count', '4.56M'],
  ])('%d %s is %s', (value, unit, text) => {
    expect(formatValue(value, unit)).toBe(text);
  });

  test('has its unit in Chinese', () => {
    chooseLanguage('zh-CN');
    expect(formatValue(1200, 'packets_per_second')).toBe('1,200 包/秒');
    expect(formatValue(2048, 'bytes_per_second')).toBe('2 KiB/秒');
  });
});

test("a metric's unit is read from its name as the catalogue has it", () => {
  // What is more than a unit: packets and operations rather than just something per second.
  const general = (unit: string) => unit.replace(/^(packets|operations|errors)_(?=per_second)/, '');
  const wrong = CATALOGUE.filter(({ name, unit }) => {
    const read = general(unitOf(name));
    return read !== unit && !(read === '' && ['count', 'state', 'info'].includes(unit));
  }).map(({ name, unit }) => `${name}: ${unit}, not ${unitOf(name)}`);
  expect(wrong).toEqual([]);
});

describe('a duration', () => {
  test.each([
    [0, '0 s'],
    [999, '0 s'],
    [40_000, '40 s'],
    [90_000, '1 min 30 s'],
    [330_000, '5 min'],
    [3_600_000, '1 h'],
    [100_000_000, '1 d 3 h'],
    [-90_000, '−1 min 30 s'],
  ])('%d ms is %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  test('in Chinese', () => {
    chooseLanguage('zh-CN');
    expect(formatDuration(100_000_000)).toBe('1 天 3 小时');
  });
});

describe('a time', () => {
  const NOW = new Date(2026, 10, 23, 17, 5, 9).getTime();

  test('is as short as it can be told', () => {
    expect(formatShortTime(NOW - 60_000, NOW)).toBe('17:04');
    expect(formatShortTime(NOW - 86_400_000, NOW)).toMatch(/Nov 22, 17:05/);
    expect(formatShortTime(NOW - 400 * 86_400_000, NOW)).toMatch(/2025.*17:05/);
  });

  test('is the same for everybody in UTC', () => {
    expect(formatUtc(Date.UTC(2026, 10, 23, 17, 5, 9, 500))).toBe('2026-11-23 17:05:09 UTC');
  });
});
