import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MINUTE_MS } from '../../core/host-minute.ts';
import type { AgentKind, AgentStep } from './simulated-agent.ts';
import { SimulatedFleet, START_MS } from './simulated-fleet.ts';

const MINUTES = 16;
/** No divisor of a minute, so that questions come at all seconds of it. */
const ASK_EVERY_MS = 53_000;
const QUESTIONS = Math.floor(((MINUTES - 4) * MINUTE_MS) / ASK_EVERY_MS);

const kinds = (count: number, kind: Partial<AgentKind> = {}): AgentKind[] =>
  Array.from({ length: count }, (_, i) => ({
    host: `host-${i}`,
    sampleMs: 10_000,
    hasSpool: true,
    isOld: false,
    ...kind,
  }));

const USUAL: AgentStep = {
  collectors: [['a', 'b'], ['a'], ['a']],
  network: 'up',
  isUrgent: false,
  catchesUp: true,
  restart: 'none',
  setMs: 0,
};

/** Mostly as usual: trouble is rare, and lasts for a while. */
const step = fc.record({
  collectors: fc.tuple(
    ...[0, 1, 2].map(() =>
      fc.oneof(
        { weight: 20, arbitrary: fc.constant<AgentStep['collectors'][number]>(['a', 'b']) },
        { weight: 3, arbitrary: fc.subarray(['a', 'b', 'c']) },
        { weight: 1, arbitrary: fc.constantFrom('failed' as const, 'absent' as const) },
      ),
    ),
  ),
  network: fc.oneof(
    { weight: 12, arbitrary: fc.constant('up' as const) },
    { weight: 1, arbitrary: fc.constantFrom('down' as const, 'refuses' as const) },
  ),
  isUrgent: fc.oneof(
    { weight: 9, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.constant(true) },
  ),
  catchesUp: fc.boolean(),
  restart: fc.oneof(
    { weight: 40, arbitrary: fc.constant('none' as const) },
    { weight: 1, arbitrary: fc.constantFrom('killed' as const, 'stopped' as const) },
  ),
  setMs: fc.oneof(
    { weight: 60, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.constantFrom(90_000, -90_000) },
  ),
  /** The agent does nothing for so many instants. */
  pause: fc.oneof(
    { weight: 30, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 20 }) },
  ),
  /** So many instants are alike. */
  times: fc.integer({ min: 0, max: 12 }),
});

const agent = fc.record({
  kind: fc.record({
    host: fc.constantFrom('a', 'web-1', 'db.example', 'kvm-17', 'h'),
    sampleMs: fc.constantFrom(10_000, 20_000, 30_000, 60_000),
    hasSpool: fc.boolean(),
    isOld: fc.oneof(
      { weight: 5, arbitrary: fc.constant(false) },
      { weight: 1, arbitrary: fc.constant(true) },
    ),
  }),
  steps: fc.array(step, { minLength: 1, maxLength: 30 }),
});

const question = fc.record({
  query: fc.constantFrom(
    'host_disk_busy_percent',
    '{host=~".+"}',
    'up',
    'timestamp(host_disk_read_bytes_per_second)',
    'host_disk_busy_percent{host=~"a|h|web-1"}',
    'host_disk_busy_percent{host="a"}',
    'host_disk_busy_percent offset 3m',
    'host_disk_busy_percent - host_disk_busy_percent offset 90s',
    'count({job="node"}) by (instance)',
    'rate(host_disk_busy_percent[2m]) * up',
  ),
  agoMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 8 * MINUTE_MS })),
  lookbackMs: fc.oneof(
    { weight: 4, arbitrary: fc.constant(5 * MINUTE_MS) },
    { weight: 1, arbitrary: fc.integer({ min: 1000, max: 9 * MINUTE_MS }) },
  ),
});

describe('an answer from the newest minutes, and of older ones what must be,', () => {
  test('is that from all minutes, whatever happens to agents', async () => {
    let saved = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(agent, { minLength: 2, maxLength: 5, selector: ({ kind }) => kind.host }),
        fc.array(question, { minLength: QUESTIONS, maxLength: QUESTIONS }),
        fc.array(fc.integer({ min: 0, max: MINUTES * MINUTE_MS }), { maxLength: 8 }),
        async (agents, questions, sent) => {
          const fleet = new SimulatedFleet(agents.map(({ kind }) => kind));
          const plans = agents.map(({ kind, steps }) => planOf(steps, kind));
          const asked = questions.map((one, i) => ({
            ...one,
            atMs: START_MS + 4 * MINUTE_MS + i * ASK_EVERY_MS,
          }));
          for (const { query, agoMs, lookbackMs, atMs } of asked) {
            await fleet.runUntil(atMs, (i) => plans[i]?.());
            for (const at of sent) await fleet.send('prom', at);
            const short = await fleet.ask(query, atMs - agoMs, lookbackMs, false);
            const whole = await fleet.ask(query, atMs - agoMs, lookbackMs, true);
            expect(short.answer, `${query} at ${new Date(atMs - agoMs).toISOString()}`).toEqual(
              whole.answer,
            );
            if (short.items < whole.items) saved++;
          }
        },
      ),
      { numRuns: 100 },
    );
    expect(saved, 'the same, for less').toBeGreaterThan(20);
  }, 120_000);
});

/**
 * Steps one after the other, each as often as it says, and over again; a pause is an instant of nothing. A
 * clock is set but once, and not back where nobody remembers: then minutes would be measured twice.
 */
function planOf(
  steps: readonly (AgentStep & { pause: number; times: number })[],
  { hasSpool }: AgentKind,
) {
  const all = steps.flatMap(({ pause, times, restart, setMs, ...rest }) => [
    ...Array<undefined>(pause).fill(undefined),
    { ...rest, restart, setMs: hasSpool ? setMs : Math.max(0, setMs) },
    ...Array.from({ length: times }, () => ({ ...rest, restart: 'none' as const, setMs: 0 })),
  ]);
  let at = 0;
  return (): AgentStep | undefined => {
    const index = at++;
    const next = all[index % all.length];
    return next === undefined || index < all.length ? next : { ...next, setMs: 0 };
  };
}

describe('of a fleet of six', () => {
  const CPU = 'host_disk_busy_percent';
  const LOOKBACK_MS = 5 * MINUTE_MS;
  const ASKED_MS = START_MS + 12 * MINUTE_MS + 30_000;

  /** As `stepOf` says it, or as usual, up to some time. */
  async function ran(
    stepOf: (agent: number, atMs: number) => Partial<AgentStep> | 'none' = () => ({}),
    kind: Partial<AgentKind> = {},
  ): Promise<SimulatedFleet> {
    const fleet = new SimulatedFleet(kinds(6, kind));
    await fleet.runUntil(ASKED_MS, (agent, atMs) => {
      const changed = stepOf(agent, atMs);
      return changed === 'none' ? undefined : { ...USUAL, ...changed };
    });
    return fleet;
  }

  async function askBoth(fleet: SimulatedFleet, query = CPU, atMs = fleet.nowMs) {
    const short = await fleet.ask(query, atMs, LOOKBACK_MS, false);
    const whole = await fleet.ask(query, atMs, LOOKBACK_MS, true);
    expect(short.answer).toEqual(whole.answer);
    return { answer: short.answer, items: short.items, whole: whole.items };
  }

  test('two or three minutes are read, not seven', async () => {
    const fleet = await ran();
    for (const second of [0, 10, 25, 40, 55]) {
      await fleet.runUntil(ASKED_MS + (30 + second) * 1000, () => USUAL);
      const { answer, items, whole } = await askBoth(fleet);
      expect(answer).toHaveLength(6 * 4);
      expect(items).toBeLessThanOrEqual(2.2 * 6);
      expect(whole).toBeGreaterThanOrEqual(5 * 6);
    }
    const before = await askBoth(fleet, CPU, ASKED_MS - 2 * MINUTE_MS);
    expect(before.items).toBeLessThanOrEqual(2 * 6);
    expect((await askBoth(fleet, 'up')).items).toBeLessThanOrEqual(2.2 * 6);
  });

  test('older minutes are read of one that restarted, by key', async () => {
    const restartMs = ASKED_MS - 3 * MINUTE_MS;
    const fleet = await ran((agent, atMs) =>
      agent === 2 && atMs > restartMs && atMs <= restartMs + 10_000 ? { restart: 'killed' } : {},
    );
    const { items, whole } = await askBoth(fleet);
    expect(items).toBeGreaterThan(2 * 6);
    expect(items).toBeLessThan(whole - 6);
  });

  test('what a host said last is seen until the lookback is over', async () => {
    const fleet = await ran((agent, atMs) =>
      agent === 1 && atMs > ASKED_MS - 4 * MINUTE_MS ? 'none' : {},
    );
    expect((await askBoth(fleet)).answer).toHaveLength(6 * 4);
    expect((await askBoth(fleet, 'up == 0')).answer).toEqual(['__name__=up host=host-1: 0']);
    await fleet.runUntil(ASKED_MS + 2 * MINUTE_MS, (agent) => (agent === 1 ? undefined : USUAL));
    expect((await askBoth(fleet)).answer).toHaveLength(5 * 4);
  });

  test('what a collector that fails told of last is seen until the lookback is over', async () => {
    const fleet = await ran((_, atMs) =>
      atMs > ASKED_MS - 4 * MINUTE_MS ? { collectors: ['failed', ['a'], ['a']] } : {},
    );
    expect((await askBoth(fleet)).answer).toHaveLength(6 * 4);
  });

  test('a series whose end is not posted yet is seen, whichever minutes are read', async () => {
    const endMs = ASKED_MS - 4.5 * MINUTE_MS;
    const fleet = await ran((agent, atMs) => ({
      collectors: atMs > endMs && agent < 3 ? [['a'], ['a'], ['a']] : USUAL.collectors,
      network: atMs > endMs && atMs < endMs + MINUTE_MS ? 'down' : 'up',
      catchesUp: false,
    }));
    expect((await askBoth(fleet)).answer).toHaveLength(6 * 4);
  });

  test('all minutes are read of agents that say nothing of it, and of long lookbacks', async () => {
    const earlier = await ran(() => ({}), { isOld: true });
    const { items, whole } = await askBoth(earlier);
    expect(items).toBe(whole);
    const fleet = await ran();
    const long = await fleet.ask(CPU, fleet.nowMs, 2 * 60 * MINUTE_MS, false);
    expect(long.items).toBe((await fleet.ask(CPU, fleet.nowMs, 2 * 60 * MINUTE_MS, true)).items);
  });

  test('hosts that the inventory does not know yet are not missed', async () => {
    const failingMs = ASKED_MS - 4 * MINUTE_MS;
    const fleet = await ran((agent, atMs) =>
      agent > 3 && atMs > failingMs ? { collectors: ['failed', ['a'], ['a']] } : {},
    );
    fleet.hosts.splice(4);
    expect((await askBoth(fleet)).answer).toHaveLength(6 * 4);
  });

  test('a clock that was set back before an agent without a spool began is no reason to miss anything', async () => {
    const setBackMs = ASKED_MS - 6 * MINUTE_MS;
    const fleet = await ran(
      (agent, atMs) => {
        if (agent !== 0 || atMs <= setBackMs) return {};
        const one = { collectors: [['a'], ['a'], ['a']] };
        if (atMs > setBackMs + 10_000) return one;
        return { ...one, restart: 'killed', setMs: -3 * MINUTE_MS };
      },
      { hasSpool: false },
    );
    for (let second = 0; second < 180; second += 20)
      await askBoth(fleet, CPU, fleet.nowMs - second * 1000);
  });
});
