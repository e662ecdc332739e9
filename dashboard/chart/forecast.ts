import { DAY_MS, HOUR_MS } from '../../core/time.ts';

/** Why nothing is foreseen. */
export type NoForecast =
  /** It stays as it is, or falls. */
  | 'not_growing'
  /** It goes up and down: a line through it says nothing. */
  | 'uneven'
  /** Too little is known of it. */
  | 'too_short'
  /** It would be full in longer than what is known of it lets us say. */
  | 'too_far';

export type Forecast =
  | {
      readonly kind: 'full';
      readonly atMs: number;
      /** Percent a ms, and the value the line has at `fromMs`: for drawing it. */
      readonly slope: number;
      readonly fromMs: number;
      readonly fromValue: number;
    }
  | { readonly kind: NoForecast };

/** Less than this is no trend. */
const SHORTEST_MS = 6 * HOUR_MS;
const FEWEST_POINTS = 12;
/** Share of the ups and downs that the line explains (coefficient of determination). */
const EVEN = 0.7;
/** So much further than we have looked back; who has seen a week foresees a month. */
const FURTHER = 4;
const FURTHEST_MS = 90 * DAY_MS;
/** A percent point in a month is none. */
const SLOPE_LEAST = 1 / (30 * DAY_MS);

/**
 * When a filesystem is full if it goes on as it did: the line of least squares through its usage, as `predict_linear`
 * draws it, and only where such a line is like what happened.
 *
 * @param usage percent at each time; `null`: not known
 */
export function forecastFull(
  timesMs: readonly number[],
  usage: readonly (number | null)[],
): Forecast {
  const points = timesMs.flatMap((ms, i) => {
    const value = usage[i] ?? null;
    return value === null ? [] : [{ ms, value }];
  });
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || points.length < FEWEST_POINTS)
    return { kind: 'too_short' };
  const knownMs = last.ms - first.ms;
  if (knownMs < SHORTEST_MS) return { kind: 'too_short' };
  if (last.value >= 100)
    return { kind: 'full', atMs: last.ms, slope: 0, fromMs: last.ms, fromValue: last.value };
  const { slope, evenness } = lineThrough(points, first.ms);
  if (slope < SLOPE_LEAST) return { kind: 'not_growing' };
  if (evenness < EVEN) return { kind: 'uneven' };
  // From where it is, not from where the line would have it.
  const leftMs = (100 - last.value) / slope;
  if (leftMs > Math.min(FURTHER * knownMs, FURTHEST_MS)) return { kind: 'too_far' };
  return { kind: 'full', atMs: last.ms + leftMs, slope, fromMs: last.ms, fromValue: last.value };
}

function lineThrough(
  points: readonly { readonly ms: number; readonly value: number }[],
  fromMs: number,
): { readonly slope: number; readonly evenness: number } {
  const n = points.length;
  const meanX = points.reduce((sum, { ms }) => sum + (ms - fromMs), 0) / n;
  const meanY = points.reduce((sum, { value }) => sum + value, 0) / n;
  let [xx, xy, yy] = [0, 0, 0];
  for (const { ms, value } of points) {
    const [x, y] = [ms - fromMs - meanX, value - meanY];
    xx += x * x;
    xy += x * y;
    yy += y * y;
  }
  if (xx === 0 || yy === 0) return { slope: 0, evenness: 0 };
  return { slope: xy / xx, evenness: (xy * xy) / (xx * yy) };
}

/** The forecast's line over times that lie ahead, percent; `null` before it begins, and where it is full. */
export function forecastLine(forecast: Forecast, timesMs: readonly number[]): (number | null)[] {
  if (forecast.kind !== 'full') return timesMs.map(() => null);
  const { fromMs, fromValue, slope } = forecast;
  return timesMs.map((ms) => {
    const value = fromValue + slope * (ms - fromMs);
    return ms < fromMs || value > 100 + 1e-9 ? null : Math.min(value, 100);
  });
}
