import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EncodedState } from '../../core/alerting/state-encoding.ts';
import { createStateStore, type StoredState } from '../../functions/store/state.ts';
import { MemoryTable, type Turn } from './memory-table.ts';

const NOW_MS = Date.UTC(2026, 2, 1);
/** So small that a state of a few bytes has many parts. */
const LAYOUT = { partBytes: 4, maxParts: 20 };

/** What becomes of a call: `repeated` is one whose answer was lost, whereupon the client sent it again. */
const FAULTS = ['refused', 'lost', 'repeated', 'crash before', 'crash after'] as const;
type Fault = (typeof FAULTS)[number] | 'none';

class Crash extends Error {}

/** Faults of one process' calls in order; none when they are used up. */
function faultyTurn(faults: readonly Fault[], s: fc.Scheduler): Turn {
  let calls = 0;
  let isCrashed = false;
  const at = async (label: string) => {
    await s.schedule(Promise.resolve(), label);
    // Of a process that is gone nothing more is heard, nor done.
    if (isCrashed) throw new Crash();
  };
  return async (effect, command) => {
    const fault = faults[calls++] ?? 'none';
    await at(`${command}, ${fault}`);
    if (fault === 'refused') throw new Error('throttled');
    isCrashed ||= fault === 'crash before';
    if (isCrashed) throw new Crash();
    let answer = effect();
    isCrashed ||= fault === 'crash after';
    await at(`answer of ${command}`);
    if (fault === 'lost') throw new Error('connection lost');
    if (fault === 'repeated') {
      answer = effect();
      await at(`second answer of ${command}`);
    }
    return answer;
  };
}

const faultArb = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constant<Fault>('none') },
    { weight: 1, arbitrary: fc.constantFrom<Fault>(...FAULTS) },
  ),
  { maxLength: 60 },
);

/** How many of the segments a writer keeps, oldest first, and the lengths of those it adds. */
const changeArb = fc.record({
  keeps: fc.integer({ min: 0, max: 3 }),
  adds: fc.array(fc.integer({ min: 1, max: 14 }), { maxLength: 2 }),
});
type Change = { readonly keeps: number; readonly adds: readonly number[] };

/** Each process reads, writes something and goes on, until it crashes. */
const processArb = fc.record({
  faults: faultArb,
  changes: fc.array(changeArb, { minLength: 1, maxLength: 4 }),
});

test('whoever reads sees one whole state that was written, however many write, fail and crash', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(processArb, { minLength: 1, maxLength: 4 }),
      fc.array(faultArb, { maxLength: 3 }),
      async (s, writers, readers) => {
        const table = new MemoryTable();
        const history = new History();
        const all = [
          ...writers.map(({ faults, changes }, who) => {
            const store = createStateStore(table.open(faultyTurn(faults, s)), () => NOW_MS, LAYOUT);
            return write(store, who, changes, history);
          }),
          ...readers.map((faults) => {
            const store = createStateStore(table.open(faultyTurn(faults, s)), () => NOW_MS, LAYOUT);
            return readOften(store, history);
          }),
        ];
        await s.waitFor(Promise.all(all));
        await s.waitIdle();
        const calm = createStateStore(
          table.open(async (effect) => effect()),
          () => NOW_MS,
          LAYOUT,
        );
        const last = await calm.read();
        history.check(last);
        // The last revision that was granted is not lost, and the next writer goes on from it.
        expect(last.revision).toBeGreaterThanOrEqual(history.grantedRevision);
        expect(await calm.replace(last, stateOf('the next state', last, 1))).toBe(true);
        expect(textOf(await calm.read())).toMatch(/^the next state/);
      },
    ),
    { numRuns: 400 },
  );
}, 120_000);

test('without faults nothing stays but the state in force', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.array(changeArb, { maxLength: 4 }), { maxLength: 4 }),
      async (s, writers) => {
        const table = new MemoryTable();
        const history = new History();
        const all = writers.map((changes, who) => {
          const store = createStateStore(table.open(faultyTurn([], s)), () => NOW_MS, LAYOUT);
          return write(store, who, changes, history);
        });
        await s.waitFor(Promise.all(all));
        const { bytes, segments } = await createStateStore(
          table.open(async (effect) => effect()),
          () => NOW_MS,
          LAYOUT,
        ).read();
        const parts = segments.map(({ length }) => Math.ceil(length / LAYOUT.partBytes));
        expect(table.sortKeys()).toHaveLength(
          parts.reduce((sum, count) => sum + count, bytes === undefined ? 0 : 1),
        );
      },
    ),
    { numRuns: 200 },
  );
}, 120_000);

type Store = ReturnType<typeof createStateStore>;

/** What was tried at which revision, and what was granted. */
class History {
  /** By revision: the texts that somebody tried to write, whose result may be unknown. */
  readonly #tried = new Map<number, Set<string>>();
  readonly #granted = new Map<number, string>();
  grantedRevision = 0;

  tryWrite(revision: number, text: string): void {
    this.#tried.set(revision, (this.#tried.get(revision) ?? new Set()).add(text));
  }

  grant(revision: number, text: string): void {
    expect(this.#granted.has(revision), `revision ${revision} granted twice`).toBe(false);
    this.#granted.set(revision, text);
    this.grantedRevision = Math.max(this.grantedRevision, revision);
  }

  check(stored: StoredState): void {
    const { revision, bytes } = stored;
    if (revision === 0) {
      expect(bytes).toBeUndefined();
      return;
    }
    const text = textOf(stored);
    // Of attempts whose answer was lost either may have won; of one granted it was that one.
    expect(this.#tried.get(revision) ?? new Set(), `revision ${revision}`).toContain(text);
    expect(this.#granted.get(revision) ?? text).toBe(text);
  }
}

/** A head of its own, some of the segments from before and new ones of which no two are alike. */
let serial = 0;
function stateOf(
  head: string,
  { segments }: StoredState,
  keeps: number,
  adds: Change['adds'] = [],
) {
  return {
    bytes: Buffer.from(`${head} ${serial++}`),
    segments: [
      ...segments.slice(0, keeps),
      ...adds.map((length) => Buffer.from(`${serial++}`.padEnd(length, '.'))),
    ],
  };
}

/** All of a state. */
function textOf({ bytes, segments }: EncodedState): string {
  return [bytes ?? '', ...segments].map((part) => Buffer.from(part).toString()).join('|');
}

async function write(
  store: Store,
  who: number,
  changes: readonly Change[],
  history: History,
): Promise<void> {
  for (const { keeps, adds } of changes) {
    try {
      const before = await store.read();
      history.check(before);
      const state = stateOf(`of ${who}`, before, keeps, adds);
      const text = textOf(state);
      history.tryWrite(before.revision + 1, text);
      const isWritten = await store.replace(before, state);
      if (isWritten) history.grant(before.revision + 1, text);
    } catch (error) {
      if (error instanceof Crash) return;
      if (!isExpected(error)) throw error;
    }
  }
}

async function readOften(store: Store, history: History): Promise<void> {
  let revision = 0;
  for (let i = 0; i < 5; i++) {
    try {
      const state = await store.read();
      history.check(state);
      expect(state.revision).toBeGreaterThanOrEqual(revision);
      revision = state.revision;
    } catch (error) {
      if (error instanceof Crash) return;
      if (!isExpected(error)) throw error;
    }
  }
}

function isExpected(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return /^(throttled|connection lost|the state was replaced 8 times)/.test(error.message);
}
