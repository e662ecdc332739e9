import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import * as v from 'valibot';
import { labelsFrom, labelsToObject } from '../core/series/labels.ts';
import { isStaleAt, type Series, setStaleAt } from '../core/series/series.ts';

/** A series as JSON has it; `null` is the staleness marker. */
export interface PlainSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly (readonly [timestampMs: number, value: number | null])[];
}

const schema = v.array(
  v.object({
    labels: v.record(v.string(), v.string()),
    samples: v.array(v.tuple([v.number(), v.nullable(v.number())])),
  }),
);

export function plainSeries(series: readonly Series[]): PlainSeries[] {
  return series.map(({ labels, timestamps, values }) => ({
    labels: labelsToObject(labels),
    samples: Array.from(
      timestamps,
      (timestamp, i) => [timestamp, isStaleAt(values, i) ? null : (values[i] ?? null)] as const,
    ),
  }));
}

/** Reads a file that `capture.ts` wrote. */
export function readCapture(path: URL): Series[] {
  const plain = v.parse(schema, JSON.parse(gunzipSync(readFileSync(path)).toString('utf8')));
  return plain.map(({ labels, samples }) => {
    const values = Float64Array.from(samples, ([, value]) => value ?? 0);
    samples.forEach(([, value], i) => {
      if (value === null) setStaleAt(values, i);
    });
    return {
      labels: labelsFrom(labels),
      timestamps: Float64Array.from(samples, ([timestamp]) => timestamp),
      values,
    };
  });
}
