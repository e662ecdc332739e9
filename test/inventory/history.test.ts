import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MINUTE_MS } from '../../core/host-minute.ts';
import type { HostEntry } from '../../core/inventory/entry.ts';
import { histories } from '../../core/inventory/merge.ts';
import { placedVms } from '../../core/inventory/placed-vms.ts';
import type { HostStay } from '../../core/inventory/stays.ts';
import { labelsFrom } from '../../core/series/labels.ts';
import { type Series, setStaleAt } from '../../core/series/series.ts';
import { DAY_MS } from '../../core/time.ts';
import { topologySetBack } from '../../core/topology/set-back.ts';
import { stepTopology } from '../../core/topology/topology.ts';
import { FIRST_TOPOLOGY, type TopologyState } from '../../core/topology/topology-state.ts';
import { createInventoryWriter } from '../../functions/evaluate/inventory-writer.ts';
import { SeenHosts } from '../../functions/evaluate/seen-hosts.ts';
import { MemoryLedger } from './memory-ledger.ts';

const UUID = '11111111-2222-4333-8444-555555555555';
const START_MS = Date.UTC(2026, 2, 1);
const KEEP_MS = 400 * DAY_MS;
const WINDOW_MINUTES = 10;
const HOSTS = ['hv1', 'hv2', 'hv3'];

/** What a host says at a minute: nothing, that it has no VM, or the VM and how it is. */
type Word = 'silent' | 'none' | 'running' | 'off';

/**
 * A site as the evaluator sees it, minute by minute: real topology, real writer, an inventory in memory. The
 * window holds the last ten minutes.
 */
class Site {
  readonly ledger = new MemoryLedger();
  topology: TopologyState = FIRST_TOPOLOGY;
  nowMs = START_MS;
  name = 'mail';
  #writer = createInventoryWriter(this.ledger, KEEP_MS);
  #other = createInventoryWriter(this.ledger, KEEP_MS);
  #seen = new SeenHosts();
  readonly #said: {
    readonly atMs: number;
    readonly words: readonly Word[];
    readonly name: string;
  }[] = [];

  /** A new function that knows nothing but what is stored. */
  coldStart(): void {
    this.#writer = createInventoryWriter(this.ledger, KEEP_MS);
    this.#seen = new SeenHosts();
  }

  /** Two functions are warm, and ticks go to the one that did the last ones, or to the other. */
  otherFunction(): void {
    const writer = this.#writer;
    this.#writer = this.#other;
    this.#other = writer;
  }

  /** The evaluator's state is lost. */
  loseState(): void {
    this.topology = FIRST_TOPOLOGY;
  }

  setBack(ms: number): void {
    this.nowMs -= ms;
    this.topology = topologySetBack(this.topology, this.nowMs);
    this.#said.length = 0;
  }

  /** No tick for a while. */
  pause(ms: number): void {
    this.nowMs += ms;
  }

  async minute(words: readonly Word[]): Promise<void> {
    this.nowMs += MINUTE_MS;
    this.#said.push({ atMs: this.nowMs, words, name: this.name });
    const fromMs = this.nowMs - WINDOW_MINUTES * MINUTE_MS;
    while ((this.#said[0]?.atMs ?? this.nowMs) < fromMs) this.#said.shift();
    const series = HOSTS.flatMap((host, i) => this.#series(host, i));
    const hosts = HOSTS.flatMap((host) => {
      const own = series.filter(({ labels }) => labels.includes(host));
      const timestamps = [...new Set(own.flatMap((one) => [...one.timestamps]))].sort(
        (a, b) => a - b,
      );
      this.#seen.note(host, own, timestamps.at(-1), 1000);
      return timestamps.length === 0 ? [] : [{ host, timestamps, batchIntervalMs: undefined }];
    });
    const step = stepTopology(this.topology, {
      series,
      hosts,
      isMaintained: () => false,
      nowMs: this.nowMs,
    });
    this.topology = step.state;
    const seen = this.#seen.since(this.nowMs - 60 * MINUTE_MS);
    const sight = { seen, placed: placedVms(step.state), written: [] };
    expect(await this.#writer.update(sight, this.nowMs)).toEqual([]);
  }

  #series(host: string, index: number): Series[] {
    const heard = this.#said.filter(({ words }) => words[index] !== 'silent');
    if (heard.length === 0) return [];
    const up = { __name__: 'hypervigil_agent_collector_up', collector: 'libvirt', host };
    const times = Float64Array.from(heard, ({ atMs }) => atMs);
    const all: Series[] = [
      { labels: labelsFrom(up), timestamps: times, values: times.map(() => 1) },
    ];
    for (const name of new Set(heard.map((said) => said.name))) {
      const points = heard.flatMap(({ atMs, words, name: of }, i) => {
        const has = (word: Word | undefined) => word === 'running' || word === 'off';
        if (of === name && has(words[index]))
          return [{ atMs, value: words[index] === 'running' ? 1 : 5 }];
        // Its series has ended.
        const before = heard[i - 1];
        const hadIt = before?.name === name && has(before.words[index]);
        return hadIt ? [{ atMs, value: Number.NaN }] : [];
      });
      if (points.length === 0) continue;
      const values = Float64Array.from(points, ({ value }) => value);
      points.forEach(({ value }, i) => {
        if (Number.isNaN(value)) setStaleAt(values, i);
      });
      const timestamps = Float64Array.from(points, ({ atMs }) => atMs);
      const id = { host, vm: name, uuid: UUID };
      const state = labelsFrom({ __name__: 'vm_state', reason: 'shutdown', ...id });
      const vmUp = labelsFrom({ __name__: 'vm_up', ...id });
      all.push({ labels: state, timestamps, values }, { labels: vmUp, timestamps, values });
    }
    return all;
  }

  entries(): Promise<HostEntry[]> {
    return this.ledger.hosts(this.nowMs, this.nowMs - KEEP_MS);
  }

  async history(): Promise<readonly HostStay[]> {
    return histories(await this.entries()).get(UUID) ?? [];
  }
}

async function minutes(site: Site, count: number, words: readonly Word[]): Promise<void> {
  for (let i = 0; i < count; i++) await site.minute(words);
}

function placeAt(history: readonly HostStay[], atMs: number): string | undefined {
  return history.find(({ fromMs, toMs = Infinity }) => fromMs <= atMs && atMs < toMs)?.host;
}

function expectInOrder(history: readonly HostStay[]): void {
  history.forEach(({ fromMs, toMs }, i) => {
    const next = history[i + 1];
    if (toMs !== undefined) expect(toMs).toBeGreaterThan(fromMs);
    if (next !== undefined) {
      expect(toMs).toBeDefined();
      expect(toMs).toBeLessThanOrEqual(next.fromMs);
    }
  });
}

/** Does it say of each place of the topology's, and of now, what that says? */
function expectAgreement(
  topology: TopologyState,
  history: readonly HostStay[],
  nowMs: number,
): void {
  const [vm] = placedVms(topology);
  for (const { host, fromMs } of vm?.places ?? []) expect(placeAt(history, fromMs)).toBe(host);
  const host = vm?.places.at(-1)?.host;
  if (vm !== undefined && vm.leftMs === undefined) expect(placeAt(history, nowMs)).toBe(host);
}

/** Had it not been seen to end yet? */
function isLast(history: readonly HostStay[], atMs: number): boolean {
  const last = history.at(-1);
  return last?.toMs === undefined && (last?.fromMs ?? Infinity) <= atMs;
}

function hostsOf(history: readonly HostStay[]): string[] {
  return history.map(({ host, toMs }) => (toMs === undefined ? host : `${host}, left`));
}

const word = fc.constantFrom<Word>('silent', 'none', 'running', 'running', 'off');
const words = fc.array(word, { minLength: HOSTS.length, maxLength: HOSTS.length });
const stretch = fc.record({
  kind: fc.constant('say' as const),
  words,
  minutes: fc.integer({ min: 1, max: 40 }),
});
const coldStart = fc.record({ kind: fc.constant('cold' as const) });
const pause = fc.record({
  kind: fc.constant('pause' as const),
  minutes: fc.integer({ min: 1, max: 5000 }),
});
const lost = fc.record({ kind: fc.constant('lost' as const) });
const back = fc.record({
  kind: fc.constant('back' as const),
  minutes: fc.integer({ min: 1, max: 600 }),
});

describe('where a VM was', () => {
  test('is what the topology says it is and was, and stays what it was once the topology has forgotten', async () => {
    const event = fc.oneof({ weight: 6, arbitrary: stretch }, coldStart, pause);
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 12 }), async (events) => {
        const site = new Site();
        const ticks: number[] = [];
        let before: readonly HostStay[] = [];
        for (const one of events) {
          if (one.kind === 'cold') site.coldStart();
          else if (one.kind === 'pause') site.pause(one.minutes * MINUTE_MS);
          else
            for (let i = 0; i < one.minutes; i++) {
              await site.minute(one.words);
              ticks.push(site.nowMs);
              const history = await site.history();
              expectInOrder(history);
              expectAgreement(site.topology, history, site.nowMs);
              const knownFromMs = site.topology.vms[0]?.places[0]?.fromMs ?? Infinity;
              for (const atMs of ticks) {
                if (atMs >= knownFromMs) break;
                const isOver = placeAt(history, atMs) === undefined && isLast(before, atMs);
                if (!isOver) expect(placeAt(history, atMs)).toBe(placeAt(before, atMs));
              }
              before = history;
            }
        }
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  test('stays in order when clocks are set back and states are lost, and is right afterwards', async () => {
    const event = fc.oneof({ weight: 5, arbitrary: stretch }, coldStart, pause, lost, back);
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 12 }), async (events) => {
        const site = new Site();
        let latestMs = 0;
        for (const one of events) {
          if (one.kind === 'cold') site.coldStart();
          else if (one.kind === 'lost') site.loseState();
          else if (one.kind === 'pause') site.pause(one.minutes * MINUTE_MS);
          else if (one.kind === 'back') site.setBack(one.minutes * MINUTE_MS);
          else await minutes(site, one.minutes, one.words);
          latestMs = Math.max(latestMs, site.nowMs);
          expectInOrder(await site.history());
        }
        site.pause(Math.max(0, latestMs - site.nowMs) + 30 * MINUTE_MS);
        await minutes(site, 70, ['none', 'running', 'none']);
        const history = await site.history();
        expectInOrder(history);
        expect(placeAt(history, site.nowMs)).toBe('hv2');
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  test('costs no write while nothing changes, but one an hour and host', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(stretch, { minLength: 1, maxLength: 4 }),
        words,
        async (before, now) => {
          const site = new Site();
          for (const one of before) await minutes(site, one.minutes, one.words);
          // Until the topology has made up its mind, and what is over has been written.
          await minutes(site, 30, now);
          const { writes } = site.ledger;
          await minutes(site, 180, now);
          const heard = now.filter((one) => one !== 'silent').length;
          expect(site.ledger.writes - writes).toBeLessThanOrEqual(heard * 4);
        },
      ),
      { numRuns: 30 },
    );
  }, 60_000);
});

describe('where a VM was, told', () => {
  test('of a live migration', async () => {
    const site = new Site();
    await minutes(site, 30, ['running', 'none', 'none']);
    await minutes(site, 30, ['none', 'running', 'none']);
    expect(hostsOf(await site.history())).toEqual(['hv1, left', 'hv2']);
  });

  test('of a VM that moved while its host was silent, and of the host that came back without it', async () => {
    const site = new Site();
    await minutes(site, 30, ['running', 'none', 'none']);
    await minutes(site, 60, ['silent', 'none', 'none']);
    await minutes(site, 60, ['silent', 'none', 'running']);
    await minutes(site, 60, ['none', 'none', 'running']);
    expect(hostsOf(await site.history())).toEqual(['hv1, left', 'hv3']);
  });

  test('of a VM that is defined on two hosts and runs on one', async () => {
    const site = new Site();
    await minutes(site, 60, ['off', 'running', 'none']);
    site.coldStart();
    await minutes(site, 60, ['off', 'running', 'none']);
    expect(hostsOf(await site.history())).toEqual(['hv2']);
    const entries = await site.entries();
    // Both have series of it, which a query must find.
    expect(entries.filter(({ vms }) => vms.length > 0).map(({ host }) => host)).toEqual([
      'hv1',
      'hv2',
    ]);
  });

  test('of a VM that is renamed', async () => {
    const site = new Site();
    await minutes(site, 30, ['running', 'none', 'none']);
    site.name = 'post';
    await minutes(site, 30, ['running', 'none', 'none']);
    expect(hostsOf(await site.history())).toEqual(['hv1']);
    const [entry] = await site.entries();
    expect(entry?.vms.map(({ name }) => name)).toEqual(['mail', 'post']);
    const firsts = new Set(entry?.vms.map(({ firstSeenMs }) => firstSeenMs));
    expect(firsts.size).toBe(1);
  });

  test('of a VM that is deleted, and its UUID never back', async () => {
    const site = new Site();
    await minutes(site, 30, ['running', 'none', 'none']);
    const goneMs = site.nowMs;
    await minutes(site, 26 * 60, ['none', 'none', 'none']);
    const [stay] = await site.history();
    expect(stay).toEqual({
      host: 'hv1',
      uuid: UUID,
      fromMs: START_MS + MINUTE_MS,
      toMs: goneMs + 1,
    });
  });

  test('of a VM that comes back after days, and went on after its host did', async () => {
    const site = new Site();
    await minutes(site, 30, ['running', 'none', 'none']);
    await minutes(site, 5 * 60, ['none', 'none', 'none']);
    site.pause(4 * DAY_MS);
    await minutes(site, 30, ['none', 'none', 'none']);
    await minutes(site, 30, ['running', 'none', 'none']);
    expect(hostsOf(await site.history())).toEqual(['hv1, left', 'hv1']);
  });
});

describe('evaluators of which each knows a part', () => {
  test('do not overwrite what another has written, and stop writing when all is told', async () => {
    const site = new Site();
    for (let i = 0; i < 40; i++) {
      // Now one function ticks, now the other; each remembers what it read and wrote last.
      if (i % 3 === 0) site.otherFunction();
      await site.minute(i < 20 ? ['running', 'none', 'none'] : ['none', 'running', 'none']);
    }
    expect(hostsOf(await site.history())).toEqual(['hv1, left', 'hv2']);
    const { writes } = site.ledger;
    for (let i = 0; i < 15; i++) {
      if (i % 3 === 0) site.otherFunction();
      await site.minute(['none', 'running', 'none']);
    }
    expect(site.ledger.writes).toBe(writes);
  });
});

describe('what is over', () => {
  test('is put apart after two days, read by who asks about its time, and found again', async () => {
    const site = new Site();
    await minutes(site, 30, ['running', 'none', 'none']);
    await minutes(site, 30, ['silent', 'running', 'none']);
    for (let hour = 0; hour < 75; hour++) {
      site.pause(59 * MINUTE_MS);
      await site.minute(['silent', 'running', 'none']);
    }
    const reporting = async () =>
      (await site.ledger.stored(site.nowMs)).map(({ entry }) => entry.host);
    expect(await reporting()).toEqual(['hv2', 'hv3']);
    expect(hostsOf(await site.history())).toEqual(['hv1, left', 'hv2']);
    const ofToday = await site.ledger.hosts(site.nowMs, site.nowMs - DAY_MS);
    expect(ofToday.map(({ host }) => host)).toEqual(['hv2', 'hv3']);
    // Back, it is the host it was.
    await minutes(site, 5, ['none', 'running', 'none']);
    expect(await reporting()).toEqual(['hv2', 'hv3', 'hv1']);
    const back = (await site.ledger.stored(site.nowMs)).find(({ entry }) => entry.host === 'hv1');
    expect(back?.entry.firstSeenMs).toBe(START_MS + MINUTE_MS);
  });

  test('ends by itself when nothing of it can be asked for any more', async () => {
    const site = new Site();
    await minutes(site, 30, ['running', 'none', 'none']);
    for (let day = 0; day < 420; day++) {
      site.pause(DAY_MS - MINUTE_MS);
      await site.minute(['silent', 'running', 'none']);
      if (day === 395) expect(hostsOf(await site.history())).toEqual(['hv1, left', 'hv2']);
    }
    expect(hostsOf(await site.history())).toEqual(['hv2']);
    expect((await site.entries()).map(({ host }) => host)).toEqual(['hv2', 'hv3']);
  });

  test('of a host that goes on is put apart too', async () => {
    const site = new Site();
    await minutes(site, 30, ['running', 'none', 'none']);
    await minutes(site, 30, ['none', 'running', 'none']);
    for (let hour = 0; hour < 80; hour++) {
      site.pause(59 * MINUTE_MS);
      await site.minute(['none', 'running', 'none']);
    }
    const [hv1] = (await site.ledger.stored(site.nowMs)).map(({ entry }) => entry);
    expect(hv1).toMatchObject({ host: 'hv1', vms: [] });
    expect(hostsOf(await site.history())).toEqual(['hv1, left', 'hv2']);
  });
});
