import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeChunk } from '../../core/chunk/encode.ts';
import { countSamples } from '../../core/chunk/merge.ts';
import { labelsFrom, labelValue } from '../../core/series/labels.ts';
import type { Series } from '../../core/series/series.ts';
import { type HostMinute, MinuteDecoder } from '../../functions/evaluate/decoded-minute.ts';
import type { StoredChunk } from '../../functions/store/chunks.ts';

const MINUTE = 29_000_000;
const KEEP_MS: Readonly<Record<string, number>> = { long: 3_600_000, short: 360_000, never: 0 };
const keepMs = (metric: string) => KEEP_MS[metric] ?? 0;

function chunkOf(metrics: readonly string[], minute = MINUTE): StoredChunk {
  const firstMs = minute * 60_000;
  const series: Series[] = metrics.map((metric, i) => ({
    labels: labelsFrom({ __name__: metric, host: 'h', device: `disk${i}` }),
    timestamps: Float64Array.from([0, 10_000, 20_000], (ms) => firstMs + ms),
    values: Float64Array.of(i, i + 0.5, i + 1),
  }));
  const bytes = encodeChunk(series);
  return { writer: 'h', minute, bytes, firstMs, sampleCount: countSamples(series) };
}

const namesOf = ({ series }: HostMinute) =>
  series.map(({ labels }) => labelValue(labels, '__name__')).sort();

describe('a minute in the memory of the evaluator', () => {
  it('holds just what rules read so far back, whenever it is decoded and looked at again', () => {
    const metrics = fc.array(fc.constantFrom(...Object.keys(KEEP_MS)), {
      minLength: 1,
      maxLength: 12,
    });
    const age = fc.integer({ min: -120_000, max: 4_000_000 });
    fc.assert(
      fc.property(metrics, age, fc.array(age, { maxLength: 4 }), (all, decodedAtMs, more) => {
        const decoder = new MinuteDecoder(keepMs);
        const ages = [decodedAtMs, ...more].sort((a, b) => a - b);
        let minute = decoder.decode(chunkOf(all), ages[0] ?? 0);
        for (const ageMs of ages) {
          minute = decoder.prune(minute, ageMs);
          const wanted = all.filter((metric) => keepMs(metric) > Math.max(0, ageMs));
          expect(namesOf(minute)).toEqual(wanted.sort());
          for (const { labels, values } of minute.series) {
            const index = Number(labelValue(labels, 'device').slice(4));
            expect([...values]).toEqual([index, index + 0.5, index + 1]);
          }
        }
        expect(minute.timestamps).toHaveLength(3);
      }),
    );
  });

  it('does not keep the values of series that are gone', () => {
    const decoder = new MinuteDecoder(keepMs);
    const whole = decoder.decode(chunkOf([...new Array<string>(99).fill('short'), 'long']), 0);
    const { series } = decoder.prune(whole, 1_000_000);
    expect(series).toHaveLength(1);
    expect(series[0]?.values.buffer.byteLength).toBe(3 * 8);
  });

  it('has the labels of a series once, in however many minutes it is', () => {
    const decoder = new MinuteDecoder(keepMs);
    const [a, b] = [0, 1].map((i) => decoder.decode(chunkOf(['long', 'short'], MINUTE + i), 0));
    expect(a?.series.map(({ labels }) => labels)).toEqual(b?.series.map(({ labels }) => labels));
    for (const [i, { labels }] of (a?.series ?? []).entries())
      expect(b?.series[i]?.labels).toBe(labels);
  });

  it('says of a damaged chunk which it is, and has no series of it', () => {
    const damaged = { ...chunkOf(['long']), bytes: Uint8Array.of(1, 2, 3) };
    const minute = new MinuteDecoder(keepMs).decode(damaged, 0);
    expect(minute.error).toMatch(`chunk of h, minute ${MINUTE}: `);
    expect(minute.series).toEqual([]);
  });
});
