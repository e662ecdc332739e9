import type { MeasuredName, Measurement } from './collector.ts';

const NO_LABELS: Readonly<Record<string, string>> = {};

/** Gathers the numbers of one sample; what was not measured (`undefined`, NaN) is left out. */
export class Measurements {
  readonly list: Measurement[] = [];

  add(
    name: MeasuredName,
    value: number | undefined,
    labels: Readonly<Record<string, string>> = NO_LABELS,
  ): void {
    if (value !== undefined && Number.isFinite(value)) this.list.push({ name, labels, value });
  }
}

/** How much a counter grew; `undefined` at first sight and after it went back (a reset or a wrap). */
export function growth(before: number | undefined, now: number | undefined): number | undefined {
  return before === undefined || now === undefined || !(now >= before) ? undefined : now - before;
}

/** Growth per second. `undefined` as in `growth`, and where no time has passed. */
export function perSecond(
  before: number | undefined,
  now: number | undefined,
  elapsedMs: number,
): number | undefined {
  return quotient(growth(before, now), elapsedMs / 1000);
}

/** `part / whole x 100`; `undefined` where either is missing or the whole is 0. */
export function percentOf(part: number | undefined, whole: number | undefined): number | undefined {
  const share = quotient(part, whole);
  return share === undefined ? undefined : share * 100;
}

/** `a / b`; `undefined` where either is missing or `b` is not above 0. */
export function quotient(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined || !(b > 0) ? undefined : a / b;
}

/**
 * A share of time in percent. At most 100: the kernel brings some counters up to date only now
 * and then, so that a counter may seem to outrun the clock.
 */
export function timeShare(part: number | undefined, elapsed: number): number | undefined {
  const percent = percentOf(part, elapsed);
  return percent === undefined ? undefined : Math.min(100, percent);
}
