import { beforeAll, describe, expect, test, vi } from 'vitest';
import { openTable, type Table } from '../../functions/store/dynamo.ts';
import { withPatience } from '../../functions/store/patience.ts';
import { createStateStore } from '../../functions/store/state.ts';
import { ANSWER_MS, always, LASTING, PASSING } from './faults.ts';
import { type FaultyTable, startFaultyTable } from './faulty-table.ts';
import type { Fault, Schedule } from './proxy.ts';
import { storm } from './storm.ts';
import { evaluatorOf, hostsSend, LAST_MINUTE, tick } from './watched.ts';

/** What people are told of a watch in which the table has faults is what they are told of one without. */

vi.setConfig({ testTimeout: 60_000 });

type Settled = PromiseSettledResult<Awaited<ReturnType<typeof tick>>>;

interface Watch {
  /** What people heard of each alert, in order. Of two alerts a tick that comes late may tell in any. */
  readonly told: ReadonlyMap<string, readonly string[]>;
  /** Of the ticks with faults: how it ended, whom it told, and whether it wrote its state. */
  readonly faulty: readonly {
    readonly end: Settled;
    readonly told: number;
    readonly wrote: boolean;
  }[];
}

const through = (store: FaultyTable): Table =>
  openTable({ tableName: 'test', endpoint: store.proxy.endpoint, answerMs: ANSWER_MS });

/** A tick with faults has so long for the table: its tries are bounded elsewhere. */
const PATIENCE_OF_TEST_MS = 150;

async function watch(
  scheduleAt: (minute: number) => Schedule | undefined,
  isCold: (minute: number) => boolean = () => false,
  patienceMs = PATIENCE_OF_TEST_MS,
): Promise<Watch> {
  const store = await startFaultyTable();
  try {
    const told: string[] = [];
    const faulty: Watch['faulty'][number][] = [];
    const state = createStateStore(store.table);
    let ports = evaluatorOf(through(store), told);
    for (let minute = 0; minute <= LAST_MINUTE; minute++) {
      await hostsSend(store.table, minute);
      if (isCold(minute)) ports = evaluatorOf(through(store), told);
      const schedule = scheduleAt(minute);
      if (schedule === undefined) {
        await tick(ports, minute);
        continue;
      }
      const before = { told: told.length, revision: (await state.read()).revision };
      store.proxy.inject(schedule);
      const ticking = withPatience(patienceMs, () => tick(ports, minute));
      const [end] = await Promise.allSettled([ticking]);
      store.proxy.inject();
      const wrote = (await state.read()).revision > before.revision;
      faulty.push({ end, told: told.length - before.told, wrote });
    }
    return { told: byAlert(told), faulty };
  } finally {
    await store.close();
  }
}

function byAlert(told: readonly string[]): Map<string, string[]> {
  const all = told.map((line) => line.split(/ (?=\w+$)/));
  const byName = Map.groupBy(all, ([alert = '']) => alert);
  return new Map([...byName].map(([alert, lines]) => [alert, lines.map(([, word = '']) => word)]));
}

/** Before anything is told, while alerts fire, and when they end. */
const FAULTY_MINUTES = [4, 7, 8, 11];
const inFaultyMinutes = (schedule: Schedule) => (minute: number) =>
  FAULTY_MINUTES.includes(minute) ? schedule : undefined;

let calm: Watch;
beforeAll(async () => {
  calm = await watch(() => undefined);
});

test('without faults each alert is told once, and its end', () => {
  const once = ['firing', 'resolved'];
  expect(calm.told).toEqual(
    new Map([
      ['Hot web', once],
      ['HostDown db', once],
    ]),
  );
});

const SOME: Readonly<Record<string, Fault>> = Object.fromEntries(
  ['throttled', 'unavailable', 'answer cut in the midst', 'half an answer', 'no answer'].map(
    (name) => [name, PASSING[name] ?? expect.fail(name)],
  ),
);

describe('a tick that can not read all it decides on', () => {
  test.each(
    Object.entries({ ...SOME, 'access denied': LASTING['access denied'] ?? expect.fail() }),
  )('fails, has decided nothing and told nobody; the next does its work: %s', async (_, fault) => {
    const { told, faulty } = await watch(inFaultyMinutes(always(fault)));
    for (const { end, ...did } of faulty)
      expect([end.status, did]).toEqual(['rejected', { told: 0, wrote: false }]);
    expect(told).toEqual(calm.told);
  });

  test('fails as well when but one minute of the fleet is not to be had, after all the others', async () => {
    const denied = LASTING['access denied'];
    // The first minutes of a cold start's window, the last, and the silences.
    for (const nth of [1, 5, 9]) {
      const schedule = (): Schedule => {
        let queries = 0;
        return ({ operation }) => (operation === 'Query' && ++queries === nth ? denied : undefined);
      };
      const { told, faulty } = await watch(
        (minute) => (FAULTY_MINUTES.includes(minute) ? schedule() : undefined),
        (minute) => FAULTY_MINUTES.includes(minute),
      );
      for (const { end, ...did } of faulty)
        expect([end.status, did]).toEqual(['rejected', { told: 0, wrote: false }]);
      expect(told).toEqual(calm.told);
    }
  });

  test('is none where a page ends early: there is another', async () => {
    const { told, faulty } = await watch(
      inFaultyMinutes(always({ kind: 'short', items: 1 })),
      (minute) => FAULTY_MINUTES.includes(minute),
      60_000,
    );
    expect(faulty.map(({ end }) => end.status)).toEqual(FAULTY_MINUTES.map(() => 'fulfilled'));
    expect(told).toEqual(calm.told);
  });
});

describe('a tick that can not write', () => {
  test.each(Object.entries(SOME))(
    'its state tells nobody; the next does its work: %s',
    async (_, fault) => {
      const { told, faulty } = await watch(inFaultyMinutes(always(fault, 'PutItem')));
      for (const { end, told: count } of faulty)
        expect([end.status, count]).toEqual(['rejected', 0]);
      expect(told).toEqual(calm.told);
    },
  );

  test('anything after its state has told what it had to, and says what it could not note', async () => {
    const schedule = (): Schedule => {
      let puts = 0;
      return ({ operation }) =>
        operation === 'PutItem' && ++puts > 1 ? LASTING['access denied'] : undefined;
    };
    const { told, faulty } = await watch(
      (minute) => (minute === 5 ? schedule() : undefined),
      undefined,
      60_000,
    );
    expect(faulty.map(({ end, wrote }) => [end.status, wrote])).toEqual([['fulfilled', true]]);
    // Told again rather than not at all.
    for (const [alert, words] of calm.told)
      expect(new Set(told.get(alert))).toEqual(new Set(words));
  });
});

test.each([1, 2])('in storm %i everybody hears what he would have heard', async (seed) => {
  const { told } = await watch(
    (minute) => (minute <= 13 ? storm(seed * 100 + minute, 0.15) : undefined),
    (minute) => (minute * seed) % 3 === 0,
    20_000,
  );
  expect(told).toEqual(calm.told);
});
