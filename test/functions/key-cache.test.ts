import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createKeyCache } from '../../functions/ingest/key-cache.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** A table with keys and a stamp, which counts how often it is asked. */
function startWorld() {
  const good = new Set<string>();
  const asked = { keys: 0, stamps: 0 };
  let stamp = 0;
  let isStampLost = false;
  const cache = createKeyCache<string>({
    ask: async (key) => {
      asked.keys++;
      return good.has(key) ? `owner of ${key}` : undefined;
    },
    readStamp: async () => {
      asked.stamps++;
      if (isStampLost) throw new Error('lost');
      return String(stamp);
    },
  });
  return {
    asked,
    cache,
    add: (key: string) => good.add(key),
    end: (key: string) => good.delete(key),
    tell: () => ++stamp,
    loseStamp: (isLost: boolean) => {
      isStampLost = isLost;
    },
  };
}

/** So that a look beside a request is over. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('a key is asked for once an hour, and the stamp twice a minute, however many ask', async () => {
  const { asked, cache, add } = startWorld();
  add('a');
  for (let atMs = 0; atMs < 3 * HOUR_MS; atMs += 5000) {
    expect(await cache.ownerOf('a', atMs)).toBe('owner of a');
    await settled();
  }
  // Once more at the start: when it was first asked for, no stamp was known.
  expect(asked.keys).toBe(4);
  expect(asked.stamps).toBe(180 * 2);
});

test('a host that alone posts once a minute is taken, at two reads a batch', async () => {
  const { asked, cache, add } = startWorld();
  add('a');
  for (let atMs = 0; atMs < HOUR_MS; atMs += MINUTE_MS) {
    expect(await cache.ownerOf('a', atMs)).toBe('owner of a');
    await settled();
  }
  expect(asked).toEqual({ keys: 60, stamps: 60 });
});

test('a key nobody made is asked for again after ten seconds', async () => {
  const { asked, cache, add } = startWorld();
  expect(await cache.ownerOf('a', 0)).toBeUndefined();
  add('a');
  expect(await cache.ownerOf('a', 9999)).toBeUndefined();
  expect(asked.keys).toBe(1);
  expect(await cache.ownerOf('a', 10_000)).toBe('owner of a');
});

test('a key that ended is not taken a minute later, however often it is used', async () => {
  const { cache, add, end, tell } = startWorld();
  add('a');
  for (let atMs = -10 * MINUTE_MS; atMs < 10 * MINUTE_MS; atMs += 5000) {
    if (atMs === 0) {
      end('a');
      tell();
    }
    const owner = await cache.ownerOf('a', atMs);
    await settled();
    if (atMs < 0) expect(owner).toBe('owner of a');
    if (atMs >= MINUTE_MS) expect([atMs, owner]).toEqual([atMs, undefined]);
  }
});

test('a key that was asked for while the stamp was looked for may have ended before it', async () => {
  const { cache, add, end, tell } = startWorld();
  add('a');
  // The key is read, it ends, and then the stamp is read.
  const owner = cache.ownerOf('a', 0);
  end('a');
  tell();
  expect(await owner).toBe('owner of a');
  await settled();
  for (let atMs = 10_000; atMs < HOUR_MS; atMs += 10_000) {
    const found = await cache.ownerOf('a', atMs);
    await settled();
    if (atMs >= MINUTE_MS) expect([atMs, found]).toEqual([atMs, undefined]);
  }
});

const NAMES = ['a', 'b'] as const;
const name = fc.constantFrom(...NAMES);
const step = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: fc.constant('ask' as const), name }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('end' as const), name }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lose' as const), is: fc.boolean() }) },
);
/** Also a clock that is set back, by a little. */
const wait = fc.oneof(
  { weight: 20, arbitrary: fc.integer({ min: 0, max: 15_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 2 * HOUR_MS }) },
  { weight: 1, arbitrary: fc.integer({ min: -5000, max: 0 }) },
);

test('law: no key is taken a minute after its end was told, and none is refused that has not ended', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(step, wait, fc.boolean()), { minLength: 60, maxLength: 80 }),
      async (run) => {
        const world = startWorld();
        /** By how far the clock went on since. */
        const endedForMs = new Map<string, number>();
        for (const each of NAMES) world.add(each);
        let nowMs = 0;
        for (const [what, afterMs, isSettled] of run) {
          if (what.do === 'lose') world.loseStamp(what.is);
          if (what.do === 'end') {
            world.end(what.name);
            world.tell();
            if (!endedForMs.has(what.name)) endedForMs.set(what.name, 0);
          }
          if (what.do === 'ask') {
            const owner = await world.cache.ownerOf(what.name, nowMs);
            const forMs = endedForMs.get(what.name);
            if (forMs === undefined) expect(owner).toBe(`owner of ${what.name}`);
            else if (forMs >= MINUTE_MS) expect(owner).toBeUndefined();
          }
          if (isSettled) await settled();
          nowMs += afterMs;
          for (const [ended, forMs] of endedForMs) endedForMs.set(ended, forMs + afterMs);
        }
      },
    ),
    { numRuns: 300 },
  );
});
