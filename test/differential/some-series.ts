import fc from 'fast-check';
import { labelsFrom } from '../../core/series/labels.ts';
import { type Series, setStaleAt } from '../../core/series/series.ts';

/** How much time one world of series takes. */
export const WORLD_MS = 60 * 60_000;

type Value = number | 'stale' | 'gap';

/** Metric names of worlds, by what they measure. */
const GAUGES = ['temp', 'load', 'host.free', 'odd_bucket'] as const;
const COUNTERS = ['requests_total', 'ticks'] as const;
const HISTOGRAM = 'latency_seconds';

const HOSTS = ['h1', 'h2', 'h3'] as const;
const BOUNDS = ['0.1', '0.5', '1', '2.5', '+Inf'] as const;

const special = fc.constantFrom<Value>(
  ...([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 'stale', 'gap'] as const),
);
const gaugeValue: fc.Arbitrary<Value> = fc.oneof(
  { weight: 20, arbitrary: fc.double({ min: -100, max: 100, noNaN: true }).map(withoutSubnormal) },
  { weight: 10, arbitrary: fc.integer({ min: -5, max: 20 }) },
  { weight: 1, arbitrary: special },
  { weight: 1, arbitrary: fc.constantFrom<Value>(0, -0, 1e300, -1e300, 'gap') },
);
/** Logarithms and quotients of such numbers differ between processors. */
function withoutSubnormal(value: number): number {
  return Math.abs(value) < 1e-290 ? 0 : value;
}

/** What a counter grows by; `stale` and `gap` for the sample, 'reset' to begin again. */
const growth = fc.oneof(
  { weight: 20, arbitrary: fc.integer({ min: 0, max: 40 }) },
  { weight: 1, arbitrary: fc.constantFrom('stale', 'gap', 'reset') },
);

/** Instants of samples: every 15 s or so, with jitter, and silence now and then. */
const timestamps: fc.Arbitrary<number[]> = fc
  .tuple(
    fc.constantFrom(10_000, 15_000, 60_000, 200_000),
    fc.integer({ min: 0, max: WORLD_MS / 3 }),
    fc.array(fc.tuple(fc.integer({ min: 1, max: 999 }), fc.integer({ min: 0, max: 60 })), {
      minLength: 20,
      maxLength: 60,
      size: 'max',
    }),
    fc.boolean(),
  )
  .map(([everyMs, startMs, steps, regular]) => {
    const list: number[] = [];
    let atMs = regular ? startMs - (startMs % everyMs) : startMs;
    for (const [jitterMs, silence] of steps) {
      atMs += regular ? everyMs : everyMs - 500 + jitterMs;
      if (silence === 0) atMs += 7 * 60_000;
      if (atMs < WORLD_MS) list.push(atMs);
    }
    return list;
  });

function toSeries(
  labels: Readonly<Record<string, string>>,
  at: readonly number[],
  values: readonly Value[],
): Series {
  const kept = at.flatMap((ms, i) => {
    const value = values[i % values.length] ?? 'gap';
    return value === 'gap' ? [] : [{ ms, value }];
  });
  const column = Float64Array.from(kept, ({ value }) => Number(value));
  for (const [i, { value }] of kept.entries()) if (value === 'stale') setStaleAt(column, i);
  return {
    labels: labelsFrom(labels),
    timestamps: Float64Array.from(kept, ({ ms }) => ms),
    values: column,
  };
}

const gauge = fc
  .tuple(
    fc.constantFrom(...GAUGES),
    fc.constantFrom(...HOSTS),
    fc.constantFrom('', 'sda', 'sdb'),
    fc.constantFrom('', '5', 'x'),
    timestamps,
    fc.array(gaugeValue, { minLength: 5, maxLength: 40, size: 'max' }),
  )
  .map(([name, host, disk, le, at, values]) => {
    const bucket = name === 'odd_bucket' ? { le } : {};
    return toSeries({ __name__: name, host, disk, ...bucket }, at, values);
  });

const counter = fc
  .tuple(
    fc.constantFrom(...COUNTERS),
    fc.constantFrom(...HOSTS),
    fc.constantFrom('200', '500'),
    timestamps,
    fc.array(growth, { minLength: 5, maxLength: 40, size: 'max' }),
  )
  .map(([name, host, code, at, steps]) =>
    toSeries({ __name__: name, host, code }, at, countUp(steps, at.length)),
  );

function countUp(steps: readonly (number | string)[], length: number): Value[] {
  let total = 0;
  return Array.from({ length }, (_, i): Value => {
    const step = steps[i % steps.length] ?? 0;
    if (step === 'stale' || step === 'gap') return step;
    total = typeof step === 'number' ? total + step : 0;
    return total;
  });
}

/** All buckets of one histogram; `flaw` takes away from the counts of one of them. */
const histogram = fc
  .tuple(
    fc.constantFrom(...HOSTS),
    timestamps,
    fc.array(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 5, maxLength: 5 }), {
      minLength: 3,
      maxLength: 10,
    }),
    fc.constantFrom(0, 0, 0, 1, 2, 3),
  )
  .map(([host, at, growths, flaw]) =>
    BOUNDS.map((le, bucket) => {
      let total = 0;
      const values = at.map((_, i): Value => {
        const growth = growths[i % growths.length] ?? [];
        total += growth.slice(0, bucket + 1).reduce((sum, part) => sum + part, 0);
        return flaw > 0 && flaw === bucket ? total / 2 : total;
      });
      return toSeries({ __name__: `${HISTOGRAM}_bucket`, host, le }, at, values);
    }),
  );

const info = fc
  .tuple(fc.constantFrom(...HOSTS), fc.constantFrom('v1', 'v2'), timestamps)
  .map(([host, version, at]) => [
    toSeries({ __name__: 'target_info', instance: host, job: 'node', version }, at, [1]),
    toSeries({ __name__: 'up', instance: host, job: 'node' }, at, [1, 1, 0]),
  ]);

/** Series over an hour from time 0, no two with the same labels. */
export const someSeries: fc.Arbitrary<Series[]> = fc
  .tuple(
    fc.array(gauge, { minLength: 12, maxLength: 24, size: 'max' }),
    fc.array(counter, { minLength: 4, maxLength: 10, size: 'max' }),
    fc.array(histogram, { minLength: 1, maxLength: 3 }),
    fc.array(info, { minLength: 1, maxLength: 3 }),
  )
  .map(([gauges, counters, histograms, infos]) => {
    const all = [...gauges, ...counters, ...histograms.flat(), ...infos.flat()];
    const byLabels = new Map(all.map((series) => [series.labels.join('\n'), series]));
    return [...byLabels.values()].filter((series) => series.timestamps.length > 0);
  });

/** Worlds one after the other: the same labels are the same series. */
export function joinWorlds(worlds: readonly (readonly Series[])[], baseMs: number): Series[][] {
  return worlds.map((world, index) =>
    world.map(({ labels, timestamps: at, values }) => ({
      labels,
      timestamps: at.map((ms) => baseMs + index * 2 * WORLD_MS + ms),
      values,
    })),
  );
}

/** The series of all worlds as one store holds them. */
export function mergeWorlds(worlds: readonly (readonly Series[])[]): Series[] {
  const byLabels = new Map<string, Series>();
  for (const series of worlds.flat()) {
    const key = series.labels.join('\n');
    const before = byLabels.get(key);
    if (before === undefined) {
      byLabels.set(key, series);
      continue;
    }
    const length = before.values.length + series.values.length;
    const timestamps = new Float64Array(length);
    const values = new Float64Array(length);
    timestamps.set(before.timestamps);
    timestamps.set(series.timestamps, before.timestamps.length);
    values.set(before.values);
    values.set(series.values, before.values.length);
    byLabels.set(key, { labels: series.labels, timestamps, values });
  }
  return [...byLabels.values()];
}
