import fc from 'fast-check';
import { expect, test } from 'vitest';
import { concatenate } from '../../core/chunk/concatenate.ts';
import { decodeChunk } from '../../core/chunk/decode.ts';
import { encodeChunk } from '../../core/chunk/encode.ts';
import { labelsFrom, labelsKey } from '../../core/series/labels.ts';
import { bitsOf, type Series } from '../../core/series/series.ts';
import { anySeries } from './arbitrary.ts';

function plain(series: readonly Series[]) {
  return series.map(({ labels, timestamps, values }) => [
    labels,
    [...timestamps],
    [...bitsOf(values)],
  ]);
}

test('decoding what is wanted gives just what decoding all and choosing gives', () => {
  fc.assert(
    fc.property(anySeries, fc.func(fc.boolean()), (series, choose) => {
      const want = (labels: readonly string[]) => choose(labelsKey(labels));
      const bytes = encodeChunk(series);
      const all = decodeChunk(bytes);
      const some = decodeChunk(bytes, want);
      if (!all.ok || !some.ok) throw new Error('not decoded');
      expect(plain(some.value.series)).toEqual(
        plain(all.value.series.filter(({ labels }) => want(labels))),
      );
      expect(some.value.sampleCount).toBe(all.value.sampleCount);
      expect(some.value.times).toEqual(all.value.times);
    }),
    { numRuns: 200 },
  );
});

test('damaged bytes are an error or a chunk, whatever is wanted', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.boolean(), (bytes, want) => {
      expect(typeof decodeChunk(bytes, () => want).ok).toBe('boolean');
    }),
  );
});

const LABELS = labelsFrom({ __name__: 'a' });
const part = (...points: (readonly [number, number])[]): Series => ({
  labels: LABELS,
  timestamps: Float64Array.from(points, ([at]) => at),
  values: Float64Array.from(points, ([, value]) => value),
});

test('parts of a series come together in order of time, the first given winning', () => {
  const points = (series: Series) => [...series.timestamps].map((at, i) => [at, series.values[i]]);
  expect(points(concatenate([part([1, 1], [2, 2]), part([3, 3])]))).toEqual([
    [1, 1],
    [2, 2],
    [3, 3],
  ]);
  expect(points(concatenate([part([3, 3]), part([1, 1], [2, 2])]))).toEqual([
    [1, 1],
    [2, 2],
    [3, 3],
  ]);
  expect(points(concatenate([part([1, 1], [3, 3]), part([1, 9], [2, 2]), part([3, 8])]))).toEqual([
    [1, 1],
    [2, 2],
    [3, 3],
  ]);
});
