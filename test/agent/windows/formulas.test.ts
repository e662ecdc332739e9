import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rowsIn } from '../../../agent/windows/cim.ts';
import {
  countPerSecond,
  inverseTimerPercent,
  meanSeconds,
  precisionPercent,
  timerPercent,
} from '../../../agent/windows/counters.ts';
import { counterName } from '../../../agent/windows/network.ts';
import { cimScript, frameIn, PRELUDE, requestLine } from '../../../agent/windows/script.ts';

const at = (units: number) => ({ Timestamp_Sys100NS: units });
const ticks = (count: number) => ({ Timestamp_PerfTime: count, Frequency_PerfTime: 1e7 });
const counter = fc.nat(2 ** 31);

describe('the formulas of raw counters', () => {
  test('give the numbers of their documentation', () => {
    // 100 ns: 3 of 10 s busy; 4 of 10 s idle; 200 in 10 s.
    expect(timerPercent(at(0), at(1e8), 0, 3e7)).toBe(30);
    expect(inverseTimerPercent(at(0), at(1e8), 5, 4e7 + 5)).toBe(60);
    expect(precisionPercent(0, 9e7, 1e9, 1e9 + 1e8)).toBeCloseTo(90);
    expect(countPerSecond(ticks(1e8), ticks(2e8), 100, 300)).toBe(20);
    expect(meanSeconds([0, 4e5], [10, 20])).toBe(0.004);
  });

  test('give a share of 0 to 100 or nothing, whatever counters do', () => {
    fc.assert(
      fc.property(counter, counter, counter, counter, (x0, x1, y0, y1) => {
        for (const percent of [
          timerPercent(at(y0), at(y1), x0, x1),
          inverseTimerPercent(at(y0), at(y1), x0, x1),
          precisionPercent(x0, x1, y0, y1),
        ]) {
          if (percent === undefined) expect(x1 < x0 || y1 <= y0).toBe(true);
          else expect(percent >= 0 && percent <= 100).toBe(true);
        }
      }),
    );
  });

  test('give nothing at first sight, after a counter went back, and where no time has passed', () => {
    expect(timerPercent(undefined, at(1e8), undefined, 1)).toBeUndefined();
    expect(countPerSecond(ticks(1), ticks(2), 300, 100)).toBeUndefined();
    expect(countPerSecond(ticks(2), ticks(2), 100, 300)).toBeUndefined();
    expect(countPerSecond(ticks(1), {}, 100, 300)).toBeUndefined();
    expect(meanSeconds([0, 4e5], [10, 10])).toBeUndefined();
  });
});

describe('what is said to PowerShell', () => {
  test('is one line for each statement, in ASCII', () => {
    for (const line of PRELUDE.trimEnd().split('\n')) expect(line).toMatch(/^[ -~]+$/);
    expect(requestLine(7, 'Get-Date')).toBe('hv 7 {Get-Date}\n');
    expect(() => requestLine(7, 'a\nb')).toThrow('one line of ASCII');
  });

  test('names only the properties that are wanted, with quotes that PowerShell reads', () => {
    const script = cimScript({
      namespace: 'root/cimv2',
      className: 'Win32_Volume',
      properties: ['Name', 'FileSystem'],
      where: "DriveType=3 AND Name<>'X'",
    });
    expect(script).toBe(
      "Get-CimInstance -Namespace 'root/cimv2' -Query 'SELECT Name,FileSystem FROM Win32_Volume WHERE DriveType=3 AND Name<>''X''' -OperationTimeoutSec 10|Select-Object Name,FileSystem",
    );
  });

  test('is answered by a line that is whole, or is no answer', () => {
    expect(frameIn('<hv:3:ok:9>[{"a":1}]\r')).toEqual({
      id: 3,
      outcome: 'ok',
      payload: [{ a: 1 }],
    });
    expect(frameIn('<hv:3:ok:9>[{"a":1}')).toEqual({ id: 3, outcome: 'ok', payload: undefined });
    expect(frameIn('<hv:3:ok:3>nul')).toEqual({ id: 3, outcome: 'ok', payload: undefined });
    expect(frameIn('hv 3 {Get-Date}')).toBeUndefined();
  });
});

test.each([
  [[{ a: 1 }], [{ a: 1 }]],
  [{ a: 1 }, [{ a: 1 }]],
  [{ value: [{ a: 1 }], Count: 1 }, [{ a: 1 }]],
  [null, []],
  ['', []],
])('the rows in %j are %j', (payload, rows) => {
  expect(rowsIn(payload)).toEqual(rows);
});

test('an adapter has the name that counters give it', () => {
  expect(counterName('Intel(R) 82574L Gigabit/Network #2')).toBe(
    'Intel[R] 82574L Gigabit_Network _2',
  );
});
