import { cut } from '../../core/chunk/encode-in-parts.ts';
import { minuteOf, minuteStartMs } from '../../core/host-minute.ts';
import type { Series } from '../../core/series/series.ts';

/** The series cut at the sender's minutes: of each minute, the samples that are in it. */
export function splitMinutes(sender: string, series: readonly Series[]): Map<number, Series[]> {
  const minutes = new Map<number, Series[]>();
  let minute = Number.NaN;
  let fromMs = 0;
  let toMs = 0;
  for (const one of series) {
    let at = 0;
    while (at < one.timestamps.length) {
      const timestamp = one.timestamps[at] ?? 0;
      // Nearly always the minute of the sample before.
      if (!(timestamp >= fromMs && timestamp < toMs)) {
        minute = minuteOf(sender, timestamp);
        fromMs = minuteStartMs(sender, minute);
        toMs = minuteStartMs(sender, minute + 1);
      }
      let end = at + 1;
      while (end < one.timestamps.length && (one.timestamps[end] ?? 0) < toMs) end++;
      const of = minutes.get(minute);
      const part = cut(one, at, end);
      if (of === undefined) minutes.set(minute, [part]);
      else of.push(part);
      at = end;
    }
  }
  return minutes;
}
