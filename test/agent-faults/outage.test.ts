import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { Delivery } from '../../agent/delivery.ts';
import { MinuteBuffer } from '../../agent/minute-buffer.ts';
import { Poster } from '../../agent/poster.ts';
import { Spool } from '../../agent/spool/spool.ts';
import { spoolFilesIn } from '../../agent/spool/spool-files.ts';
import { MINUTE_MS, minuteStartMs } from '../../core/host-minute.ts';
import { labelsFrom } from '../../core/series/labels.ts';
import { type FaultyServer, startFaultyServer } from './faulty-server.ts';
import { randomOf } from './random.ts';

const HOST = 'web1';
const METRIC = 'host_uptime_seconds';
const START_MS = minuteStartMs(HOST, 29_000_000);

/** Time that passes only when it is told to; `sleep` is for the agent. */
class Clock {
  nowMs = START_MS;
  readonly #sleepers = new Set<{ readonly dueMs: number; readonly wake: () => void }>();

  sleep = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const sleeper = { dueMs: this.nowMs + ms, wake: () => resolve() };
      this.#sleepers.add(sleeper);
    });

  /** Whoever sleeps is never woken: as good as a process that was killed. */
  forget(): void {
    this.#sleepers.clear();
  }

  get isSleeping(): boolean {
    return this.#sleepers.size > 0;
  }

  /** Wakes all until then, one after the other; `settled` waits for what each does. */
  async pass(untilMs: number, settled: () => Promise<void>): Promise<void> {
    await settled();
    for (;;) {
      const [next] = [...this.#sleepers].sort((a, b) => a.dueMs - b.dueMs);
      if (next === undefined || next.dueMs > untilMs) break;
      this.#sleepers.delete(next);
      this.nowMs = Math.max(this.nowMs, next.dueMs);
      next.wake();
      await settled();
    }
    this.nowMs = untilMs;
  }
}

/** An agent's way from a sample to the server, on a clock and a folder. */
async function startWay(folder: string, server: FaultyServer, clock: Clock, random: () => number) {
  const dropped = new Map<string, number>();
  const files = spoolFilesIn(folder);
  const spool = await Spool.open(files, HOST, dropped);
  const buffer = new MinuteBuffer(HOST, dropped, undefined, spool);
  const poster = new Poster({
    url: server.url,
    readKey: () => server.key,
    version: '1',
    timeoutMs: 200,
  });
  const delivery = new Delivery({
    buffer,
    post: (chunk, signal) => poster.post(chunk, signal),
    log: () => {},
    random,
    sleep: clock.sleep,
  });
  let isIdle = true;
  const settled = async () => {
    await spool.idle(5000);
    while (!isIdle && !clock.isSleeping) await nextTurn();
  };
  onTestFinished(async () => {
    poster.close();
    await files.close();
  });
  return {
    buffer,
    dropped,
    async sample(value: number) {
      const labels = labelsFrom({ __name__: METRIC, host: HOST });
      buffer.add({ timestampMs: clock.nowMs, points: [{ key: METRIC, labels, value }] });
      buffer.closeBefore(clock.nowMs + MINUTE_MS);
      await spool.idle(5000);
      isIdle = false;
      delivery.start(false);
      void delivery.idle().then(() => {
        isIdle = true;
      });
    },
    pass: (ms: number) => clock.pass(clock.nowMs + ms, settled),
  };
}

it('a day without a network, with restarts: all of it is stored once, the newest first', {
  timeout: 180_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hypervigil-outage-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const clock = new Clock();
  const random = randomOf(5);
  const server = await startFaultyServer(HOST, () => clock.nowMs, random);
  onTestFinished(server.close);
  server.plan = () => 'dark';
  let way = await startWay(folder, server, clock, random);
  let minute = 0;
  const nextMinute = async () => {
    await way.sample(minute);
    minute += 1;
    await way.pass(MINUTE_MS);
  };
  while (minute < 1440) {
    await nextMinute();
    if (minute % 500 !== 0) continue;
    clock.forget();
    way = await startWay(folder, server, clock, random);
  }
  expect(way.buffer.waitingMinutes).toBe(1440);
  expect((await server.stored(METRIC, START_MS, clock.nowMs)).length).toBe(0);

  server.plan = (what) => {
    if (what === 'connection') return random() < 0.02 ? 'cut' : 'none';
    const dice = random();
    if (dice < 0.02) return 'error';
    if (dice < 0.04) return 'busy';
    return dice < 0.05 ? 'storesThenFails' : 'none';
  };
  // Whatever it waits for now, it waits at most a minute.
  await nextMinute();
  await nextMinute();
  const newest = await server.stored(METRIC, clock.nowMs - 4 * MINUTE_MS, clock.nowMs);
  expect(newest.length, 'new minutes before the backlog').toBeGreaterThan(1);
  expect(way.buffer.waitingMinutes).toBeGreaterThan(1000);
  const backMinute = minute;
  while (way.buffer.waitingMinutes > 0 && minute < backMinute + 120) await nextMinute();
  expect(way.buffer.waitingMinutes).toBe(0);
  const stored = await server.stored(METRIC, START_MS, clock.nowMs);
  expect(stored.map(({ value }) => value)).toEqual(Array.from({ length: minute }, (_, i) => i));
  expect(stored.map(({ timestampMs }) => timestampMs)).toEqual(
    stored.map((_, i) => START_MS + i * MINUTE_MS),
  );
  expect(Object.fromEntries(way.dropped)).toEqual({});
  // A day in 1,440 posts, half a second apart.
  expect(minute - backMinute).toBeLessThan(20);
});
