import { expect, test } from 'vitest';
import { MINUTE_MS, minuteOf } from '../../core/host-minute.ts';
import { NewestChunks } from '../../functions/api/fleet/newest-chunks.ts';
import type { ChunkKey, StoredChunk } from '../../functions/store/chunks.ts';

const START_MS = Date.UTC(2026, 2, 1, 12, 0, 20);
const LARGE = 100;
const SMALL = 1;

/** A table with the minutes of some hosts, which notes what was read. */
function fakeTable(has: (host: string, minute: number) => boolean, hosts: readonly string[]) {
  const reads: string[] = [];
  const chunk = (writer: string, minute: number): StoredChunk => {
    return { writer, minute, bytes: new Uint8Array(), firstMs: 0, sampleCount: 6 };
  };
  const base = Math.floor(START_MS / MINUTE_MS);
  return {
    reads,
    minute: async (minute: number) => {
      reads.push(`minute ${minute - base}`);
      const own = hosts.filter((host) => has(host, minute)).map((host) => chunk(host, minute));
      return [...own, chunk('@sender/1', minute)];
    },
    batch: async (keys: readonly ChunkKey[]) => {
      if (keys.length > 0) reads.push(`keys of ${keys.map(({ writer }) => writer).join(' ')}`);
      const found = keys.filter(({ writer, minute }) => has(writer, minute));
      const chunks = found.map(({ writer, minute }) => chunk(writer, minute));
      return { chunks, unread: [] };
    },
  };
}

const states = (hosts: readonly string[], lastMs: number) =>
  hosts.map((host) => ({ host, lastMs }));

test('of a large fleet one minute is read each minute, whole, however often one asks', async () => {
  const hosts = ['a', 'b'];
  const table = fakeTable(() => true, hosts);
  const newest = new NewestChunks(table);
  for (let s = 0; s < 120; s += 4) {
    const nowMs = START_MS + s * 1000;
    const found = await newest.of(states(hosts, nowMs), LARGE, nowMs);
    expect([...found.keys()].sort()).toEqual(hosts);
  }
  expect(table.reads).toEqual(['minute -2', 'minute -1', 'minute 0']);
});

test('who asks at the same time waits for the same read', async () => {
  const table = fakeTable(() => true, ['a']);
  const newest = new NewestChunks(table);
  await Promise.all(
    Array.from({ length: 20 }, () => newest.of(states(['a'], START_MS), LARGE, START_MS)),
  );
  expect(table.reads).toEqual(['minute -2']);
});

test('hosts that were not in it are read by key, where the last tick heard of them; silent ones are not', async () => {
  const lateMs = START_MS - 4 * MINUTE_MS;
  const table = fakeTable(
    (host, minute) => host === 'a' || (host === 'late' && minute === minuteOf('late', lateMs)),
    ['a', 'late', 'silent'],
  );
  const newest = new NewestChunks(table);
  const hosts = [
    ...states(['a'], START_MS),
    ...states(['late'], lateMs),
    ...states(['silent'], START_MS - 6 * MINUTE_MS),
  ];
  const found = await newest.of(hosts, LARGE, START_MS);
  expect([...found.keys()].sort()).toEqual(['a', 'late']);
  expect(table.reads).toEqual(['minute -2', 'keys of late']);
});

test('of a small fleet what is newer is read, too, four times a minute', async () => {
  const table = fakeTable(() => true, ['a']);
  const newest = new NewestChunks(table);
  const found = await newest.of(states(['a'], START_MS), SMALL, START_MS);
  expect(found.get('a')?.minute).toBe(Math.floor(START_MS / MINUTE_MS));
  const before = table.reads.length;
  await newest.of(states(['a'], START_MS), SMALL, START_MS + 10_000);
  expect(table.reads.length).toBe(before);
  await newest.of(states(['a'], START_MS), SMALL, START_MS + 16_000);
  expect(table.reads.length).toBe(before + 2);
});

test('what is gone, or was not heard for long, is forgotten', async () => {
  let isThere = true;
  const table = fakeTable((host) => isThere || host === 'b', ['a', 'b', 'c']);
  const newest = new NewestChunks(table);
  await newest.of(states(['a', 'b', 'c'], START_MS), LARGE, START_MS);
  isThere = false;
  const laterMs = START_MS + 8 * MINUTE_MS;
  const found = await newest.of(states(['a', 'b'], START_MS), LARGE, laterMs);
  expect([...found.keys()]).toEqual(['b']);
});
