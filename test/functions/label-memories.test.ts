import { expect, test } from 'vitest';
import { decodeMetrics } from '../../core/chunk/decode.ts';
import { encodeChunk } from '../../core/chunk/encode.ts';
import { LabelMemory } from '../../core/chunk/series-list.ts';
import { createLabelMemories } from '../../functions/ingest/label-memories.ts';

const MINUTE_MS = 60_000;

/** Of 512 bytes, with what is around them. */
const sets = (count: number) => Array.from({ length: count }, () => ({ key: 'k'.repeat(212) }));

function memoryOf(sets: number): LabelMemory {
  const memory = new LabelMemory(sets);
  const labels = ['__name__', 'host_up', 'host', 'a'];
  const bytes = encodeChunk([
    { labels, timestamps: Float64Array.of(0), values: Float64Array.of(1) },
  ]);
  decodeMetrics(bytes, () => true, memory);
  return memory;
}

test('a host is known again, and forgotten when it has not come for long and others need the room', () => {
  const memories = createLabelMemories();
  const memory = memoryOf(10);
  expect(memories.of('a')).toBeUndefined();
  memories.keep('a', memory, sets(500), 0);
  expect(memories.of('a')).toBe(memory);
  for (let i = 0; i < 200; i++) memories.keep(`b-${i}`, memoryOf(10), sets(500), i * 10_000);
  expect(memories.of('a')).toBeUndefined();
  expect(memories.of('b-199')).toBeDefined();
});

test('of a fleet that is too large some hosts stay known, instead of all being forgotten in turn', () => {
  const memories = createLabelMemories();
  const known: number[] = [];
  for (let minute = 0; minute < 5; minute++) {
    let count = 0;
    for (let i = 0; i < 300; i++) {
      if (memories.of(`host-${i}`) !== undefined) count++;
      memories.keep(`host-${i}`, memoryOf(10), sets(400), minute * MINUTE_MS + i * 200);
    }
    known.push(count);
  }
  expect(known).toEqual([0, 153, 153, 153, 153]);
});

test('one host takes not the place of all', () => {
  const memories = createLabelMemories();
  memories.keep('small', memoryOf(10), sets(10), 0);
  memories.keep('huge', memoryOf(10), sets(50_000), 1);
  expect(memories.of('huge')).toBeUndefined();
  expect(memories.of('small')).toBeDefined();
});

test('a host that names other long labels in each batch is not remembered until all memory is full', () => {
  const memories = createLabelMemories();
  const memory = new LabelMemory(6000);
  for (let batch = 0; batch < 500; batch++) {
    const long = `${batch}`.padEnd(16_000, 'x');
    const labels = ['__name__', 'host_up', 'host', 'a', 'long', long];
    const one = { labels, timestamps: Float64Array.of(0), values: Float64Array.of(1) };
    decodeMetrics(encodeChunk([one]), () => true, memory);
    memories.keep('a', memory, [{ key: long }], batch);
  }
  expect(memories.of('a')).toBeUndefined();
});
