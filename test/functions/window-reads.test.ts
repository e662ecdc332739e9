import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeChunk } from '../../core/chunk/encode.ts';
import { countSamples, mergeSeries } from '../../core/chunk/merge.ts';
import { MINUTE_MS, minuteOf, minuteStartMs } from '../../core/host-minute.ts';
import { labelsFrom, labelsKey } from '../../core/series/labels.ts';
import type { Series } from '../../core/series/series.ts';
import { type ReadSome, WindowReader } from '../../functions/evaluate/window.ts';
import type { StoredChunk } from '../../functions/store/chunks.ts';
import { senderOf, senderSortKey } from '../../functions/store/item-keys.ts';

const START_MS = Date.UTC(2026, 2, 1);
const MINUTES = 14;
const SAMPLE_MS = 10_000;
const POST_MS = 700;

/** What is in the table at a time; chunks come in the order of `atMs`. */
class FakeChunks implements ReadSome {
  readonly #coming: {
    readonly atMs: number;
    readonly chunk: StoredChunk;
    readonly series: Series[];
  }[];
  readonly #items = new Map<string, { chunk: StoredChunk; series: Series[] }>();
  /** Chunks that were read with their whole minute, and by key. */
  readonly read = { whole: 0, byKey: 0 };

  constructor(coming: readonly Coming[]) {
    this.#coming = coming.map((one) => ({ atMs: one.atMs, ...stored(one) }));
    this.#coming.sort((a, b) => b.atMs - a.atMs);
  }

  /** As ingest does: what is more replaces what is less, and what is of others is joined to it. */
  goTo(nowMs: number): void {
    for (let next = this.#coming.at(-1); next && next.atMs <= nowMs; next = this.#coming.at(-1)) {
      this.#coming.pop();
      const { chunk, series } = next;
      const key = `${chunk.minute}/${chunk.writer}`;
      const known = this.#items.get(key);
      if (known === undefined) {
        this.#items.set(key, { chunk, series });
        continue;
      }
      const all = mergeSeries(known.series, series);
      const { origin, ...rest } = chunk;
      const sampleCount = countSamples(all);
      this.#items.set(key, {
        series: all,
        chunk: {
          ...{ ...rest, bytes: encodeChunk(all), sampleCount },
          firstMs: Math.min(chunk.firstMs, known.chunk.firstMs),
          ...(origin !== undefined && known.chunk.origin === origin ? { origin } : {}),
        },
      });
    }
  }

  minute = async (minute: number): Promise<StoredChunk[]> => {
    const found = this.#ofMinute(minute);
    this.read.whole += found.length;
    return found;
  };

  senderMinute: ReadSome['senderMinute'] = async (minute) =>
    this.#ofMinute(minute).filter(({ writer }) => senderOf(writer) !== undefined);

  batch: ReadSome['batch'] = async (keys) => {
    this.read.byKey += keys.length;
    const chunks = keys.flatMap(({ writer, minute }) => {
      const item = this.#items.get(`${minute}/${writer}`);
      return item === undefined ? [] : [item.chunk];
    });
    return { chunks, unread: [] };
  };

  #ofMinute(minute: number): StoredChunk[] {
    return [...this.#items.values()]
      .map(({ chunk }) => chunk)
      .filter((one) => one.minute === minute);
  }
}

/** Samples of one writer that reach the table at a time. */
interface Coming {
  readonly writer: string;
  readonly minute: number;
  readonly origin?: string;
  readonly atMs: number;
  readonly times: readonly number[];
}

function stored({ writer, minute, origin, times }: Coming): {
  chunk: StoredChunk;
  series: Series[];
} {
  const host = senderOf(writer) ?? writer;
  const of = (__name__: string, more: object = {}): Series => ({
    labels: labelsFrom({ __name__, host, ...more }),
    timestamps: Float64Array.from(times),
    values: Float64Array.from(times, (ms) => ms % 1000),
  });
  const series = [
    of('host_load1'),
    ...(origin === undefined ? [] : [of('host_info', { boot: origin })]),
  ];
  return {
    series,
    chunk: {
      ...{ writer, minute, bytes: encodeChunk(series), firstMs: times[0] ?? 0 },
      ...{ sampleCount: countSamples(series), ...(origin === undefined ? {} : { origin }) },
    },
  };
}

/** What becomes of a host in a minute. */
const minuteArb = fc.record({
  /** Some of the minute's samples are not taken: the machine or its agent is off. */
  off: fc.option(fc.tuple(fc.nat(6), fc.nat(6)), { freq: 8, nil: undefined }),
  /** Posts of this minute fail for so long. */
  failsS: fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 300 })),
  /** The open minute is posted so far, after so many samples. */
  urgentAfter: fc.option(fc.integer({ min: 1, max: 5 }), { freq: 6, nil: undefined }),
  boots: fc.boolean(),
});
type MinuteOf = typeof minuteArb extends fc.Arbitrary<infer T> ? T : never;

/** One machine: what it posts, the newest minute first and what waits after that. */
function postsOf(host: string, machine: string, minutes: readonly MinuteOf[]): Coming[] {
  const posts: Coming[] = [];
  let boots = 0;
  let waiting: Omit<Coming, 'atMs'>[] = [];
  let failsUntilMs = 0;
  minutes.forEach(({ off, failsS, urgentAfter, boots: reboots }, i) => {
    const minute = START_MS / MINUTE_MS + i;
    const startMs = minuteStartMs(host, minute);
    if (off !== undefined && reboots) boots++;
    const origin = `${machine}-${boots}`;
    const all = Array.from({ length: 6 }, (_, n) => startMs + n * SAMPLE_MS);
    const [from, count] = off ?? [6, 0];
    // What an agent had measured before it was started anew is in its spool.
    const spooled = from + count < 6 && count > 0 ? all.slice(0, from) : [];
    const times = all.filter((_, n) => (n < from && spooled.length === 0) || n >= from + count);
    const of = (some: readonly number[]) => ({ writer: host, minute, origin, times: some });
    const part = (spooled.length > 0 ? spooled : times).slice(0, urgentAfter ?? 0);
    const partMs = (part.at(-1) ?? 0) + POST_MS;
    if (part.length > 0 && partMs > failsUntilMs) posts.push({ ...of(part), atMs: partMs });
    if (times.length === 0) return;
    const endMs = startMs + 5 * SAMPLE_MS + POST_MS;
    if (spooled.length > 0) waiting.push(of(spooled));
    failsUntilMs = Math.max(failsUntilMs, failsS === 0 ? 0 : endMs + failsS * 1000);
    if (endMs < failsUntilMs) {
      waiting.push(of(times));
      return;
    }
    posts.push({ ...of(times), atMs: endMs });
    // The backlog, oldest first.
    posts.push(...waiting.map((one, n) => ({ ...one, atMs: endMs + (n + 1) * 600 })));
    waiting = [];
  });
  return posts;
}

const worldArb = fc.record({
  hosts: fc.array(fc.array(minuteArb, { minLength: MINUTES, maxLength: MINUTES }), {
    maxLength: 4,
  }),
  /** A second machine under the first one's name. */
  twin: fc.option(fc.array(minuteArb, { minLength: MINUTES, maxLength: MINUTES }), {
    nil: undefined,
  }),
  /** What a sender wrote, of a minute and late by so many seconds. */
  sent: fc.array(fc.tuple(fc.nat(MINUTES - 1), fc.nat(200)), { maxLength: 10 }),
  /** Ticks out of turn, seconds after the beginning. */
  urgentS: fc.array(fc.nat(MINUTES * 60), { maxLength: 5 }),
  missed: fc.array(fc.nat(MINUTES), { maxLength: 4 }),
});

async function seen(reader: WindowReader, nowMs: number) {
  const { series, hosts, errors } = await reader.load(nowMs - 12 * MINUTE_MS, nowMs);
  expect(errors).toEqual([]);
  return {
    series: new Map(series.map((one) => [labelsKey(one.labels), [...one.timestamps]])),
    hosts: new Map(hosts.map((one) => [one.host, one.timestamps])),
  };
}

const KEEP = () => 20 * MINUTE_MS;
const CALM = { off: undefined, failsS: 0, urgentAfter: undefined, boots: false };
const HOSTS = ['a', 'web-1', 'db-7', 'kvm-3'];
/** So many are well that it pays to ask for single ones. */
const WELL = Array.from({ length: 12 }, (_, i) => `well-${i}`);

type World = typeof worldArb extends fc.Arbitrary<infer T> ? T : never;

function comingOf({ hosts, twin, sent }: World): Coming[] {
  const calm = Array.from({ length: MINUTES }, () => CALM);
  return [
    ...WELL.flatMap((host) => postsOf(host, host, calm)),
    ...hosts.flatMap((minutes, i) => postsOf(HOSTS[i] ?? '', 'one', minutes)),
    ...(twin === undefined ? [] : postsOf(HOSTS[0] ?? '', 'two', twin)),
    ...sent.map(([i, lateS], n): Coming => {
      const atMs = START_MS + i * MINUTE_MS + 1000 * n;
      const [writer, minute] = [senderSortKey('prom', `${n}`), minuteOf('prom', atMs)];
      return { writer, minute, atMs: atMs + lateS * 1000, times: [atMs] };
    }),
  ];
}

/** Runs two readers side by side, one of which reads all that may grow. */
async function compare(
  coming: readonly Coming[],
  tickTimes: readonly number[],
  check: (ours: Seen, plain: Seen, nowMs: number) => void,
) {
  const chunks = new FakeChunks(coming);
  const plainChunks = new FakeChunks(coming);
  const ours = new WindowReader(chunks.minute, KEEP, undefined, chunks);
  const plain = new WindowReader(plainChunks.minute, KEEP);
  for (const nowMs of tickTimes) {
    chunks.goTo(nowMs);
    plainChunks.goTo(nowMs);
    check(await seen(ours, nowMs), await seen(plain, nowMs), nowMs);
  }
  return { ours: chunks.read, plain: plainChunks.read };
}
type Seen = Awaited<ReturnType<typeof seen>>;

const EACH_MINUTE = Array.from({ length: MINUTES }, (_, i) => START_MS + (i + 1) * MINUTE_MS);

describe('a reader that asks again only for what may still come or grow', () => {
  test('sees at each tick what one does that reads all of it again', async () => {
    await fc.assert(
      fc.asyncProperty(worldArb, async (world) => {
        const ticks = EACH_MINUTE.filter((_, i) => !world.missed.includes(i));
        const urgent = world.urgentS.map((s) => START_MS + s * 1000 + 217);
        const times = [...ticks, ...urgent].sort((a, b) => a - b);
        await compare(comingOf(world), times, (ours, plain) => expect(ours).toEqual(plain));
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  test('misses nothing for longer than two minutes, in whatever order batches come', async () => {
    const strayArb = fc.record({
      host: fc.constantFrom(...HOSTS),
      minute: fc.nat(MINUTES - 1),
      lateMs: fc.nat(180_000),
      from: fc.nat(5),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(strayArb, { maxLength: 20 }), async (strays) => {
        const calm = Array.from({ length: MINUTES }, () => CALM);
        const coming = strays.map(({ host, minute: i, lateMs, from }, n): Coming => {
          const minute = START_MS / MINUTE_MS + i;
          const first = minuteStartMs(host, minute) + from * SAMPLE_MS;
          const atMs = first + 5 * SAMPLE_MS + lateMs;
          return { writer: host, minute, origin: `${n}`, atMs, times: [first + n] };
        });
        const all = [...WELL.flatMap((host) => postsOf(host, host, calm)), ...coming];
        let before: Seen | undefined;
        let last: Seen | undefined;
        await compare(all, EACH_MINUTE, (ours, plain) => {
          for (const [key, times] of before?.series ?? []) {
            const held = new Set(ours.series.get(key));
            const inWindow = new Set(plain.series.get(key));
            expect(times.filter((ms) => inWindow.has(ms) && !held.has(ms))).toEqual([]);
          }
          [before, last] = [last, plain];
        });
      }),
      { numRuns: 50 },
    );
  }, 60_000);

  test('reads about half as much', async () => {
    const calm = Array.from({ length: MINUTES }, () => CALM);
    const coming = WELL.flatMap((host) => postsOf(host, host, calm));
    const begun = await compare(coming, EACH_MINUTE.slice(0, 7), () => {});
    const { ours, plain } = await compare(coming, EACH_MINUTE, () => {});
    expect(ours.byKey).toBe(begun.ours.byKey);
    expect(ours.whole - begun.ours.whole).toBeLessThan(0.55 * (plain.whole - begun.plain.whole));
  });

  test('reads a minute once more that it saw only in part before it was away', async () => {
    const calm = Array.from({ length: MINUTES }, () => CALM);
    const coming = WELL.flatMap((host) => postsOf(host, host, calm));
    const away = EACH_MINUTE.filter((_, i) => i < 3 || i > 9);
    const chunks = new FakeChunks(coming);
    const reader = new WindowReader(chunks.minute, KEEP, undefined, chunks);
    for (const nowMs of away) {
      chunks.goTo(nowMs);
      const { hosts } = await seen(reader, nowMs);
      if (nowMs !== away.at(-1)) continue;
      for (const times of hosts.values()) {
        const gaps = times.slice(1).map((ms, i) => ms - (times[i] ?? ms));
        expect(Math.max(...gaps)).toBe(SAMPLE_MS);
      }
    }
  });
});
