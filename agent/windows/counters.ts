import { growth, percentOf, quotient } from '../collectors/measurements.ts';
import { cimNumber } from './cim.ts';

/**
 * Formulas of Windows' raw performance counters: X is the counter, Y its clock, 0 the reading before
 * and 1 the one now. Source: Microsoft, "WMI Performance Counter Types" and "Calculations for Raw
 * Counter Data" (learn.microsoft.com/windows/win32/wmisdk/wmi-performance-counter-types). All give
 * `undefined` at first sight, after a counter went back, and where no time has passed.
 */

/** The clock of PERF_100NSEC_TIMER and PERF_100NSEC_TIMER_INV: 100 ns since 1601. */
export const SYSTEM_CLOCK = { Timestamp_Sys100NS: cimNumber } as const;

/** The clock of PERF_COUNTER_COUNTER and PERF_COUNTER_BULK_COUNT: ticks, and how many a second has. */
export const TICK_CLOCK = { Timestamp_PerfTime: cimNumber, Frequency_PerfTime: cimNumber } as const;

interface SystemClock {
  readonly Timestamp_Sys100NS?: number | undefined;
}

interface TickClock {
  readonly Timestamp_PerfTime?: number | undefined;
  readonly Frequency_PerfTime?: number | undefined;
}

type Counter = number | undefined;

/** 100 ns. */
const UNITS_PER_SECOND = 1e7;

/** PERF_100NSEC_TIMER: 100 x (X1 - X0) / (Y1 - Y0), at most 100. */
export function timerPercent(
  before: SystemClock | undefined,
  now: SystemClock,
  x0: Counter,
  x1: Counter,
): number | undefined {
  return withinPercent(percentOf(growth(x0, x1), elapsed(before, now)));
}

/** PERF_100NSEC_TIMER_INV, of a timer that runs while nothing is done: 100 x (1 - (X1 - X0) / (Y1 - Y0)). */
export function inverseTimerPercent(
  before: SystemClock | undefined,
  now: SystemClock,
  x0: Counter,
  x1: Counter,
): number | undefined {
  const idle = percentOf(growth(x0, x1), elapsed(before, now));
  return idle === undefined ? undefined : withinPercent(100 - idle);
}

/** PERF_PRECISION_100NS_TIMER, whose clock B is a counter of its own (`..._Base`): 100 x (X1 - X0) / (B1 - B0). */
export function precisionPercent(
  x0: Counter,
  x1: Counter,
  base0: Counter,
  base1: Counter,
): number | undefined {
  return withinPercent(percentOf(growth(x0, x1), growth(base0, base1)));
}

/** PERF_COUNTER_COUNTER (32 bits) and PERF_COUNTER_BULK_COUNT (64): (X1 - X0) / ((Y1 - Y0) / F). */
export function countPerSecond(
  before: TickClock | undefined,
  now: TickClock,
  x0: Counter,
  x1: Counter,
): number | undefined {
  const ticks = growth(before?.Timestamp_PerfTime, now.Timestamp_PerfTime);
  return quotient(growth(x0, x1), quotient(ticks, now.Frequency_PerfTime));
}

/**
 * Mean seconds of an operation: the growth of a time that operations took together (100 ns) by how
 * many there were. The same quantity as PERF_AVERAGE_TIMER, whose own counter has 32 bits of ticks
 * and comes around within minutes on a busy disk.
 */
export function meanSeconds(
  time: readonly [Counter, Counter],
  operations: readonly [Counter, Counter],
): number | undefined {
  return quotient(quotient(growth(...time), growth(...operations)), UNITS_PER_SECOND);
}

/** Since the reading before, 100 ns. */
function elapsed(before: SystemClock | undefined, now: SystemClock): number | undefined {
  return growth(before?.Timestamp_Sys100NS, now.Timestamp_Sys100NS);
}

/** Counter and clock are not read at the very same instant, so a share may seem to leave 0 to 100. */
export function withinPercent(percent: number | undefined): number | undefined {
  return percent === undefined ? undefined : Math.min(100, Math.max(0, percent));
}
