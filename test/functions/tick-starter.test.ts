import { describe, expect, test } from 'vitest';
import { paced, type StartTick } from '../../functions/ingest/tick-starter.ts';

/** Time passes only while somebody waits. */
function setUp(start: StartTick = async () => {}) {
  let nowMs = 0;
  const startedMs: number[] = [];
  const tick = paced(
    async () => {
      startedMs.push(nowMs);
      await start();
    },
    async (ms) => {
      await Promise.resolve();
      nowMs += ms;
    },
    () => nowMs,
  );
  const pass = (ms: number) => {
    nowMs += ms;
  };
  return { tick, startedMs, pass };
}

describe('ticks for urgent batches', () => {
  test('start at once, and then at most one each 5 s', async () => {
    const { tick, startedMs, pass } = setUp();
    await tick();
    pass(2000);
    await tick();
    pass(60_000);
    await tick();
    expect(startedMs).toEqual([0, 5000, 65_000]);
  });

  test('are one for all that come while it is waited for', async () => {
    const { tick, startedMs } = setUp();
    await tick();
    await Promise.all([tick(), tick(), tick()]);
    expect(startedMs).toEqual([0, 5000]);
  });

  test('that could not be started are told to who asked, and the next one starts', async () => {
    let fails = true;
    const { tick, startedMs } = setUp(async () => {
      if (fails) throw new Error('throttled');
    });
    await expect(tick()).rejects.toThrow('throttled');
    fails = false;
    await tick();
    expect(startedMs).toEqual([0, 5000]);
  });
});
