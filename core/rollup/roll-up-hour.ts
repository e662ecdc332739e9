import { concatenate } from '../chunk/concatenate.ts';
import { type Labels, labelsKey } from '../series/labels.ts';
import type { Series } from '../series/series.ts';
import { type HourPoints, toHourPoints } from './hour-points.ts';
import { canHaveColumns } from './hour-series.ts';
import { toMinutePoints } from './minute-points.ts';

/** What is left of an hour. */
export interface RolledHour {
  readonly minutePoints: readonly Series[];
  /**
   * By the VM they are of, its UUID; `''` for all that is of no VM. Without series that can't have columns
   * beside them: those of a sender that uses our label, or as many labels as there may be.
   */
  readonly hourPoints: ReadonlyMap<string, readonly HourPoints[]>;
}

/**
 * Rolls up what one host or sender wrote in one hour: `parts` are the series of its chunks, in the order
 * of time where they follow each other. `vmOf` says whose history a series is a part of.
 */
export function rollUpHour(
  parts: Iterable<readonly Series[]>,
  phaseMs: number,
  vmOf: (labels: Labels) => string,
): RolledHour {
  const byKey = new Map<string, Series[]>();
  for (const part of parts) {
    for (const one of part) {
      const key = labelsKey(one.labels);
      const known = byKey.get(key);
      if (known === undefined) byKey.set(key, [one]);
      else known.push(one);
    }
  }
  const minutePoints: Series[] = [];
  const hourPoints = new Map<string, HourPoints[]>();
  for (const ofSeries of byKey.values()) {
    const series = concatenate(ofSeries);
    minutePoints.push(toMinutePoints(series, phaseMs));
    if (!canHaveColumns(series.labels)) continue;
    const vm = vmOf(series.labels);
    const known = hourPoints.get(vm);
    const points = toHourPoints(series, phaseMs);
    if (known === undefined) hourPoints.set(vm, [points]);
    else known.push(points);
  }
  return { minutePoints, hourPoints };
}
