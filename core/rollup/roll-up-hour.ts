import { concatenate } from '../chunk/concatenate.ts';
import { labelsKey, labelValue } from '../series/labels.ts';
import type { Series } from '../series/series.ts';
import { type HourPoints, toHourPoints } from './hour-points.ts';
import { toMinutePoints } from './minute-points.ts';

/** What is left of an hour. */
export interface RolledHour {
  readonly minutePoints: readonly Series[];
  /** By the VM they are of, its UUID; `''` for all that is of no VM. */
  readonly hourPoints: ReadonlyMap<string, readonly HourPoints[]>;
}

/** The label that is a VM's identity on whatever host it runs. */
const VM_LABEL = 'uuid';

/**
 * Rolls up what one host or sender wrote in one hour: `parts` are the series of its chunks, in the order
 * of time where they follow each other.
 */
export function rollUpHour(parts: Iterable<readonly Series[]>, phaseMs: number): RolledHour {
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
    const vm = labelValue(series.labels, VM_LABEL);
    const known = hourPoints.get(vm);
    const points = toHourPoints(series, phaseMs);
    if (known === undefined) hourPoints.set(vm, [points]);
    else known.push(points);
  }
  return { minutePoints, hourPoints };
}
