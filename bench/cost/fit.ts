import type { Linear, Work } from './traffic.ts';

/** What was measured with a fleet of a size. */
export interface Measured<T> {
  readonly hosts: number;
  readonly value: T;
}

/**
 * The line nearest to what was measured, by least squares; of one size, all is said to grow with the
 * hosts. Neither part is below 0: less than nothing is noise.
 */
export function fitLine(all: readonly Measured<number>[]): Linear {
  const meanOf = (of: (one: Measured<number>) => number) =>
    all.reduce((sum, one) => sum + of(one), 0) / all.length;
  const [hosts, value] = [meanOf((one) => one.hosts), meanOf((one) => one.value)];
  const spread = all.reduce((sum, one) => sum + (one.hosts - hosts) ** 2, 0);
  if (spread === 0) return { fixed: 0, perHost: value / hosts };
  const rise = all.reduce((sum, one) => sum + (one.hosts - hosts) * (one.value - value), 0);
  const perHost = Math.max(0, rise / spread);
  const fixed = value - perHost * hosts;
  return fixed >= 0 ? { fixed, perHost } : { fixed: 0, perHost: value / hosts };
}

/** Each part of the work as a line. */
export function fitWork(all: readonly Measured<Work>[]): Work<Linear> {
  return mapWork((part) => fitLine(all.map(({ hosts, value }) => ({ hosts, value: value[part] }))));
}

/** Work made part by part. */
export function mapWork<T>(of: (part: keyof Work) => T): Work<T> {
  return {
    cpuMs: of('cpuMs'),
    waits: of('waits'),
    tableCalls: of('tableCalls'),
    readUnits: of('readUnits'),
    writeUnits: of('writeUnits'),
  };
}
