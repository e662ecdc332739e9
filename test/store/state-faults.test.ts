import fc from 'fast-check';
import { expect, test } from 'vitest';
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

/** Each process reads, writes something of these lengths and goes on, until it crashes. */
const processArb = fc.record({
  faults: faultArb,
  lengths: fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 4 }),
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
          ...writers.map(({ faults, lengths }, who) => {
            const store = createStateStore(table.open(faultyTurn(faults, s)), () => NOW_MS, LAYOUT);
            return write(store, who, lengths, history);
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
        expect(await calm.replace(last.revision, Buffer.from('the next state'))).toBe(true);
        expect(Buffer.from((await calm.read()).bytes ?? '').toString()).toBe('the next state');
      },
    ),
    { numRuns: 400 },
  );
}, 120_000);

test('without faults nothing stays but the state in force', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 4 }), { maxLength: 4 }),
      async (s, writers) => {
        const table = new MemoryTable();
        const history = new History();
        const all = writers.map((lengths, who) => {
          const store = createStateStore(table.open(faultyTurn([], s)), () => NOW_MS, LAYOUT);
          return write(store, who, lengths, history);
        });
        await s.waitFor(Promise.all(all));
        const { bytes } = await createStateStore(
          table.open(async (effect) => effect()),
          () => NOW_MS,
          LAYOUT,
        ).read();
        const length = bytes?.length ?? 0;
        const parts = length <= LAYOUT.partBytes ? 0 : Math.ceil(length / LAYOUT.partBytes);
        expect(table.sortKeys()).toHaveLength((bytes === undefined ? 0 : 1) + parts);
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

  check({ revision, bytes }: StoredState): void {
    if (revision === 0) {
      expect(bytes).toBeUndefined();
      return;
    }
    const text = Buffer.from(bytes ?? '').toString();
    // Of attempts whose answer was lost either may have won; of one granted it was that one.
    expect(this.#tried.get(revision) ?? new Set(), `revision ${revision}`).toContain(text);
    expect(this.#granted.get(revision) ?? text).toBe(text);
  }
}

/** Texts of all lengths, no two alike. */
let serial = 0;
function textOf(who: number, length: number): string {
  return `${who}/${serial++}`.padEnd(length, String.fromCharCode(97 + who));
}

async function write(
  store: Store,
  who: number,
  lengths: readonly number[],
  history: History,
): Promise<void> {
  for (const length of lengths) {
    try {
      const before = await store.read();
      history.check(before);
      const text = textOf(who, length);
      history.tryWrite(before.revision + 1, text);
      const isWritten = await store.replace(before.revision, Buffer.from(text));
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
