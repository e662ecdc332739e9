import { describe, expect, test } from 'vitest';
import { silentAfterMs, upSeries } from '../../core/alerting/up.ts';

const MINUTE = 60_000;
/** `up` at minutes 0 to 8, "." where there is none, for a host with samples at these seconds. */
function timeline(seconds: readonly number[], batchSeconds?: number): string {
  const timestamps = seconds.map((second) => second * 1000);
  const batchIntervalMs = batchSeconds === undefined ? undefined : batchSeconds * 1000;
  const { timestamps: at, values } = upSeries(
    { host: 'a', timestamps, batchIntervalMs },
    0,
    8 * MINUTE,
  );
  const line = Array.from({ length: 9 }, () => '.');
  at.forEach((time, i) => {
    line[time / MINUTE] = String(values[i]);
  });
  return line.join(' ');
}

const every10 = (from: number, to: number): number[] =>
  Array.from({ length: (to - from) / 10 + 1 }, (_, i) => from + 10 * i);

describe('up{host}', () => {
  test('is 1 while samples come', () => {
    expect(timeline(every10(0, 480))).toBe('1 1 1 1 1 1 1 1 1');
  });
  test('is 0 when a host has been silent for more than two batches and the time one takes', () => {
    expect(timeline(every10(0, 120))).toBe('1 1 1 1 1 0 0 0 0');
  });
  test('is nothing before a host was first seen', () => {
    expect(timeline(every10(180, 480))).toBe('. . . 1 1 1 1 1 1');
  });
  test('is 1 again as soon as the host is back', () => {
    expect(timeline([...every10(0, 60), ...every10(360, 480)])).toBe('1 1 1 1 0 0 1 1 1');
  });
  test('waits longer for a host that posts more rarely', () => {
    expect(timeline([0], 180)).toBe('1 1 1 1 1 1 1 0 0');
    expect(silentAfterMs(60_000)).toBe(150_000);
  });
});
