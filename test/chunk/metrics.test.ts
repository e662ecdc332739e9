import { Buffer } from 'node:buffer';
import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader } from '../../core/chunk/byte-reader.ts';
import { decodeChunk, decodeMetrics } from '../../core/chunk/decode.ts';
import { dictionaryBytes } from '../../core/chunk/dictionary.ts';
import { encodeChunk } from '../../core/chunk/encode.ts';
import { CHECKSUM_BYTES } from '../../core/chunk/format.ts';
import { LabelMemory } from '../../core/chunk/series-list.ts';
import { labelsFrom, labelsKey, labelValue, METRIC_NAME } from '../../core/series/labels.ts';
import { bitsOf, type Series } from '../../core/series/series.ts';
import { anySeries } from './arbitrary.ts';

function plain(series: readonly Series[]) {
  return series.map(({ labels, timestamps, values }) => [
    labels,
    [...timestamps],
    [...bitsOf(values)],
  ]);
}

const one = (metric: string, x: string, value: number): Series => ({
  labels: labelsFrom({ [METRIC_NAME]: metric, x }),
  timestamps: Float64Array.of(1000),
  values: Float64Array.of(value),
});

/** A sound chunk whose body has one text in place of another, of the same length. */
function withText(chunk: Uint8Array, from: string, to: string): Uint8Array {
  const input = new ByteReader(chunk);
  input.raw(2, 'version and dictionary');
  input.varint('body size');
  const header = chunk.subarray(0, input.offset);
  const options = { dictionary: dictionaryBytes(chunk[1] ?? 0) ?? Buffer.alloc(0) };
  const body = inflateRawSync(chunk.subarray(input.offset, -CHECKSUM_BYTES), options);
  const changed = Buffer.from(body.toString('latin1').replace(from, to), 'latin1');
  const bytes = Buffer.concat([header, deflateRawSync(changed, options), Buffer.alloc(4)]);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, -CHECKSUM_BYTES)), bytes.length - CHECKSUM_BYTES);
  return bytes;
}

describe('chunks of a writer, read for some metrics', () => {
  it('give just what reading each as a whole gives, whatever came before', () => {
    // Of few chunks the same come again and again, as those of a writer do.
    const chunks = fc.array(anySeries, { minLength: 1, maxLength: 3 });
    const order = fc.array(fc.tuple(fc.nat(2), fc.func(fc.boolean())), { maxLength: 6 });
    fc.assert(
      fc.property(chunks, order, fc.constantFrom(0, 3, 1000), (all, steps, knownMax) => {
        const memory = new LabelMemory(knownMax);
        for (const [at, choose] of steps) {
          const bytes = encodeChunk(all[at % all.length] ?? []);
          const want = (metric: string) => choose(metric);
          const whole = decodeChunk(bytes, (labels) => want(labelValue(labels, METRIC_NAME)));
          const some = decodeMetrics(bytes, want, memory);
          if (!whole.ok || !some.ok) throw new Error('not decoded');
          expect(plain(some.value.series)).toEqual(plain(whole.value.series));
          for (const { key, labels } of some.value.series) expect(key).toBe(labelsKey(labels));
          expect(some.value.sampleCount).toBe(whole.value.sampleCount);
          expect(some.value.times).toEqual(whole.value.times);
        }
      }),
    );
  });

  it('share the label sets they have in common', () => {
    const memory = new LabelMemory(1000);
    const labelsOf = (series: readonly Series[]) => {
      const decoded = decodeMetrics(encodeChunk(series), () => true, memory);
      return decoded.ok ? decoded.value.series.map(({ labels }) => labels) : [];
    };
    const [first] = labelsOf([one('a', '1', 1)]);
    expect(labelsOf([one('a', '1', 2)])[0]).toBe(first);
    expect(labelsOf([one('b', '2', 3), one('a', '1', 4)])[1]).toBe(first);
  });

  it('are refused as strictly, time after time', () => {
    const sound = encodeChunk([one('aaaa', '1', 1), one('bbbb', '1', 2), one('cccc', '2', 3)]);
    const twice = withText(sound, 'bbbb', 'aaaa');
    const notUtf8 = withText(sound, 'cccc', 'cc\u00ff\u00ff');
    const memory = new LabelMemory(1000);
    const codeOf = (bytes: Uint8Array, metric: string) => {
      const decoded = decodeMetrics(bytes, (name) => name === metric, memory);
      return decoded.ok ? decoded.value.series.length : decoded.error.message;
    };
    for (let i = 0; i < 2; i++) {
      expect(codeOf(sound, 'bbbb')).toBe(1);
      expect(codeOf(twice, 'aaaa')).toMatch(/stands twice/);
      expect(codeOf(twice, 'aaaa')).toMatch(/stands twice/);
      expect(codeOf(notUtf8, 'aaaa')).toMatch(/not UTF-8/);
      expect(codeOf(withText(sound, 'aaaa', 'dddd'), 'dddd')).toBe(1);
      const flipped = sound.map((byte, at) => (at === sound.length - 1 ? byte ^ 1 : byte));
      expect(codeOf(flipped, 'aaaa')).toMatch(/checksum/);
    }
  });

  it('give an error or a chunk for any bytes', () => {
    const memory = new LabelMemory(1000);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(typeof decodeMetrics(bytes, () => true, memory).ok).toBe('boolean');
      }),
    );
  });
});
