import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Batch } from '../../agent/batch.ts';
import { MinuteBuffer } from '../../agent/minute-buffer.ts';
import type { Sample } from '../../agent/sample.ts';
import { decodeChunk } from '../../core/chunk/decode.ts';
import { minuteOf, minuteStartMs } from '../../core/host-minute.ts';
import { labelsFrom, labelsKey, labelValue } from '../../core/series/labels.ts';
import { isStaleAt, type Series } from '../../core/series/series.ts';

const HOST = 'web1';
const START_MS = minuteStartMs(HOST, 28_000_000);
const TEN_S = 10_000;

/** A sample `seconds` after a host-minute begins, with a value for each named series. */
function sampleAt(seconds: number, values: Readonly<Record<string, number | 'ended'>>): Sample {
  return {
    timestampMs: START_MS + seconds * 1000,
    points: Object.entries(values).map(([name, value]) => {
      const labels = labelsFrom({ __name__: name, host: HOST });
      return { key: labelsKey(labels), labels, value };
    }),
  };
}

function decode(batch: Batch | undefined): readonly Series[] {
  const decoded = decodeChunk(batch?.chunk ?? new Uint8Array());
  if (!decoded.ok) throw new Error(decoded.error.message);
  return decoded.value.series;
}

/** Series as `name: seconds=value ...`, a staleness marker as `_`. */
function timelines(batch: Batch | undefined): readonly string[] {
  return decode(batch)
    .map(({ labels, timestamps, values }) => {
      const points = [...timestamps].map((ms, i) => {
        const value = isStaleAt(values, i) ? '_' : values[i];
        return `${(ms - START_MS) / 1000}=${value}`;
      });
      return `${labelValue(labels, '__name__')}: ${points.join(' ')}`;
    })
    .sort();
}

describe('the minute buffer', () => {
  it('closes a host-minute when the next sample is of another, and gives it as one chunk', () => {
    const buffer = new MinuteBuffer(HOST, new Map());
    for (let s = 0; s < 60; s += 10) buffer.add(sampleAt(s, { up: s, load: 1 }));
    expect(buffer.oldest()).toBeUndefined();
    buffer.closeBefore(START_MS + 59_999);
    expect(buffer.oldest()).toBeUndefined();
    buffer.closeBefore(START_MS + 60_000);
    expect(timelines(buffer.oldest())).toEqual([
      'load: 0=1 10=1 20=1 30=1 40=1 50=1',
      'up: 0=0 10=10 20=20 30=30 40=40 50=50',
    ]);
    expect(buffer.oldest()).toMatchObject({ minute: 28_000_000, sampleCount: 12, freshCount: 12 });
  });

  it('keeps gaps as gaps and puts a staleness marker into the minute of its time', () => {
    const buffer = new MinuteBuffer(HOST, new Map());
    buffer.add(sampleAt(40, { up: 1, vm: 1 }));
    buffer.add(sampleAt(50, { up: 1, vm: 'ended' }));
    buffer.add(sampleAt(60, { up: 1 }));
    expect(timelines(buffer.oldest())).toEqual(['up: 40=1 50=1', 'vm: 40=1 50=_']);
    expect(timelines(buffer.soFar())).toEqual(['up: 60=1']);
  });

  it('gives the open minute so far, and then all of it', () => {
    const buffer = new MinuteBuffer(HOST, new Map());
    buffer.add(sampleAt(0, { up: 0 }));
    const first = buffer.soFar();
    expect(timelines(first)).toEqual(['up: 0=0']);
    if (first !== undefined) buffer.acknowledge(first);
    expect(buffer.soFar()).toBeUndefined();
    buffer.add(sampleAt(10, { up: 10 }));
    expect(timelines(buffer.soFar())).toEqual(['up: 0=0 10=10']);
    expect(buffer.waitingSamples).toBe(1);
    buffer.close();
    expect(timelines(buffer.oldest())).toEqual(['up: 0=0 10=10']);
    expect(buffer.oldest()).toMatchObject({ sampleCount: 2, freshCount: 1 });
  });

  it('has nothing left of a minute that the server has wholly', () => {
    const buffer = new MinuteBuffer(HOST, new Map());
    buffer.add(sampleAt(0, { up: 0 }));
    const batch = buffer.soFar();
    if (batch !== undefined) buffer.acknowledge(batch);
    buffer.close();
    expect(buffer.oldest()).toBeUndefined();
  });

  it('sends a minute whole that was closed while its part was under way', () => {
    const buffer = new MinuteBuffer(HOST, new Map());
    buffer.add(sampleAt(0, { up: 0 }));
    const part = buffer.soFar();
    buffer.add(sampleAt(10, { up: 10 }));
    buffer.close();
    if (part !== undefined) buffer.acknowledge(part);
    expect(timelines(buffer.oldest())).toEqual(['up: 0=0 10=10']);
  });

  it('drops the oldest minutes when there are too many, and counts their values', () => {
    const dropped = new Map<string, number>();
    const buffer = new MinuteBuffer(HOST, dropped, { minutes: 3, bytes: 1 << 20 });
    for (let minute = 0; minute < 6; minute += 1) {
      buffer.add(sampleAt(minute * 60, { up: 1, load: 1 }));
    }
    expect(buffer.waitingMinutes).toBe(3);
    expect(buffer.oldest()?.minute).toBe(28_000_002);
    expect(dropped.get('buffer_full')).toBe(4);
  });

  it('drops the oldest minutes when they take too many bytes, but never the only one', () => {
    const dropped = new Map<string, number>();
    const buffer = new MinuteBuffer(HOST, dropped, { minutes: 60, bytes: 1 });
    buffer.add(sampleAt(0, { up: 1 }));
    buffer.add(sampleAt(60, { up: 2 }));
    buffer.add(sampleAt(120, { up: 3 }));
    expect(buffer.waitingMinutes).toBe(1);
    expect(timelines(buffer.oldest())).toEqual(['up: 60=2']);
    expect(dropped.get('buffer_full')).toBe(1);
  });

  it('takes no sample that is not after the one before', () => {
    const buffer = new MinuteBuffer(HOST, new Map());
    buffer.add(sampleAt(10, { up: 1 }));
    expect(() => buffer.add(sampleAt(10, { up: 1 }))).toThrow('is not after');
  });

  it('drops and counts what lies in the future when the clock was set back', () => {
    const dropped = new Map<string, number>();
    const buffer = new MinuteBuffer(HOST, dropped);
    for (const seconds of [0, 60, 120, 3600, 3660])
      buffer.add(sampleAt(seconds, { up: 1, load: 1 }));
    buffer.discardAfter(START_MS + 130_000);
    expect(dropped.get('clock_set_back')).toBe(4);
    expect(buffer.waitingMinutes).toBe(3);
    buffer.add(sampleAt(140, { up: 2 }));
    expect(timelines(buffer.soFar())).toEqual(['up: 140=2']);
  });

  it('keeps nothing for more than two weeks', () => {
    const dropped = new Map<string, number>();
    const buffer = new MinuteBuffer(HOST, dropped);
    for (const day of [0, 1, 14]) buffer.add(sampleAt(day * 86_400, { up: 1 }));
    buffer.add(sampleAt(14.5 * 86_400, { up: 1 }));
    buffer.close();
    expect(dropped.get('too_old')).toBe(1);
    expect(buffer.waitingMinutes).toBe(3);
  });

  it('loses nothing uncounted: each value is acknowledged, dropped or waiting', () => {
    const step = fc.record({
      gap: fc.integer({ min: 1, max: 15 }),
      series: fc.subarray(['a', 'b', 'c'], { minLength: 1 }),
      outcome: fc.constantFrom('nothing', 'store', 'refuse', 'storePart', 'refusePart'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const dropped = new Map<string, number>();
        const buffer = new MinuteBuffer(HOST, dropped, { minutes: 2, bytes: 1 << 20 });
        let added = 0;
        let stored = 0;
        let atMs = START_MS;
        for (const { gap, series, outcome } of steps) {
          atMs += gap * TEN_S;
          const values = Object.fromEntries(series.map((name) => [name, 1]));
          const sample = sampleAt((atMs - START_MS) / 1000, values);
          buffer.add(sample);
          added += series.length;
          const part = outcome === 'storePart' || outcome === 'refusePart';
          const batch = part ? buffer.soFar() : buffer.oldest();
          if (batch === undefined || outcome === 'nothing') continue;
          expect(minuteOf(HOST, atMs) - batch.minute).toBeGreaterThanOrEqual(0);
          if (outcome === 'store' || outcome === 'storePart') {
            stored += batch.freshCount;
            buffer.acknowledge(batch);
          } else buffer.discard(batch, 'refused');
        }
        const lost = [...dropped.values()].reduce((sum, count) => sum + count, 0);
        expect(stored + lost + buffer.waitingSamples).toBe(added);
      }),
    );
  });
});
