import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { currentHost } from '../../core/topology/lookup.ts';
import { type Batch, type Play, play, story, told, uuidOf } from './fleet.ts';

/** Live migrations from kvm1 to kvm2 as the two agents may see them. */
const MIGRATIONS: Readonly<Record<string, Readonly<Record<string, Record<string, string>>>>> = {
  'the source keeps it, off': {
    kvm1: { web: 'R R R I M M M M M M M M' },
    kvm2: { web: '- - - I m m m m m m m m' },
  },
  'the source forgets it': {
    kvm1: { web: 'R R R I - - - - - - - -' },
    kvm2: { web: '- - i I m m m m m m m m' },
  },
  'nobody sees it happen': {
    kvm1: { web: 'R R R R - - - - - - - -' },
    kvm2: { web: '- - - - m m m m m m m m' },
  },
  'both say it runs for a while': {
    kvm1: { web: 'R R R R R M M M M M M M' },
    kvm2: { web: '- - - I m m m m m m m m' },
  },
  'neither says so for a while': {
    kvm1: { web: 'R R R R M M M M M M M M' },
    kvm2: { web: '- - - - - - m m m m m m' },
  },
  'a job tells of it': {
    kvm1: { web: 'R R R R - - - - - - - -', 'web.job': '_ _ migration_out migration_out _' },
    kvm2: { web: '- - I I m m m m m m m m', 'web.job': '_ _ migration_in migration_in _' },
  },
};
const MINUTES = 12;

/** Ticks after the last sample, so that every late batch has come. */
const PATIENCE = 30;

function arrivals(lateness: ReadonlyMap<string, number>): NonNullable<Play['lateBy']> {
  return ({ host, minute }: Batch) => lateness.get(`${host} ${minute}`) ?? 0;
}

describe.each(Object.entries(MIGRATIONS))('%s', (_, timelines) => {
  test('tells nothing but busy, and the VM is on its new host', () => {
    expect(
      story({ timelines, minutes: MINUTES }).replaceAll(/web:busy@kvm[12] x\d+(, )?/g, ''),
    ).toMatch(/^(- x\d+(, )?)+$/);
    const last = play({ timelines, minutes: MINUTES }).at(-1);
    expect(last && currentHost(last, uuidOf('web'))).toBe('kvm2');
  });

  test('the far end heard long before the near one, and the reverse', () => {
    for (const late of ['kvm1', 'kvm2']) {
      const states = play({
        timelines,
        minutes: MINUTES,
        lateBy: ({ host }) => (host === late ? 2 : 0),
      });
      expect(states.flatMap(({ written }) => written).filter((one) => !isBusy(one))).toEqual([]);
    }
  });

  test('batches that are minutes late, in any order, tell nothing else either', () => {
    const late = fc.integer({ min: 0, max: 2 });
    const plan = fc.array(late, { minLength: 2 * MINUTES, maxLength: 2 * MINUTES });
    fc.assert(
      fc.property(plan, (delays) => {
        const lateness = new Map(
          delays.map((delay, i) => [`kvm${1 + (i % 2)} ${Math.floor(i / 2)}`, delay]),
        );
        const states = play({
          timelines,
          minutes: MINUTES + PATIENCE,
          lateBy: arrivals(lateness),
        });
        expect(states.flatMap(({ written }) => written).filter((one) => !isBusy(one))).toEqual([]);
        const last = states.at(-1);
        expect(last && currentHost(last, uuidOf('web'))).toBe('kvm2');
      }),
      { numRuns: 60 },
    );
  });

  test('a batch that comes an hour late changes nothing', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('kvm1', 'kvm2'),
        fc.integer({ min: 0, max: 11 }),
        (host, minute) => {
          const states = play({
            timelines,
            minutes: 75,
            lateBy: arrivals(new Map([[`${host} ${minute}`, 60]])),
            windowMinutes: 70,
          });
          expect(states.flatMap(({ written }) => written).filter((one) => !isBusy(one))).toEqual(
            [],
          );
          const last = states.at(-1);
          expect(last && currentHost(last, uuidOf('web'))).toBe('kvm2');
        },
      ),
      { numRuns: 24 },
    );
  });
});

test('a migration that fails leaves the VM where it was', () => {
  const timelines = {
    kvm1: { web: 'R R I I R R R R R' },
    kvm2: { web: '- - I I - - - - -' },
  };
  expect(story({ timelines, minutes: 9 })).toBe('- x2, web:busy@kvm1 x2, - x5');
  expect(play({ timelines, minutes: 9 }).map((state) => currentHost(state, uuidOf('web')))).toEqual(
    Array.from({ length: 9 }, () => 'kvm1'),
  );
});

test('a VM that goes there and back again is followed', () => {
  const timelines = {
    kvm1: { web: 'R R M M M m m m m' },
    kvm2: { web: '- I m m m M M M M' },
  };
  expect(play({ timelines, minutes: 9 }).map((state) => currentHost(state, uuidOf('web')))).toEqual(
    [
      'kvm1',
      'kvm1',
      ...Array.from({ length: 3 }, () => 'kvm2'),
      ...Array.from({ length: 4 }, () => 'kvm1'),
    ],
  );
});

test('a VM that crashes as soon as it has arrived is told of, on its new host', () => {
  const timelines = {
    kvm1: { web: 'R R R M M M M' },
    kvm2: { web: '- - I C C C C' },
  };
  expect(story({ timelines, minutes: 7 })).toBe('- x3, web:crashed@kvm2 x4');
});

test('a VM that is shut down as soon as it has arrived has not vanished', () => {
  const timelines = {
    kvm1: { web: 'R R R - - - - - -' },
    kvm2: { web: '- - I S S S S S S' },
  };
  expect(story({ timelines, minutes: 9 })).toBe('- x9');
});

test('a VM that vanishes while another host is late is waited for, though not for ever', () => {
  const timelines = {
    kvm1: { web: 'R R R -' },
    kvm2: { host: 'u u u x', db: 'R' },
  };
  expect(story({ timelines, minutes: 16 })).toBe(
    '- x5, db:host_dark@kvm2 kvm2:dark x7, db:host_dark@kvm2 kvm2:dark web:vanished@kvm1 x4',
  );
});

test('two hosts that run one UUID do not pull it to and fro, however late they are', () => {
  const timelines = { kvm1: { web: 'R' }, kvm2: { web: '- - R' } };
  const lateness = fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 40, maxLength: 40 });
  fc.assert(
    fc.property(lateness, (delays) => {
      const states = play({
        timelines,
        minutes: 20,
        lateBy: ({ host, minute }) => delays[minute * 2 + (host === 'kvm1' ? 0 : 1)] ?? 0,
      });
      const hosts = new Set(states.map((state) => currentHost(state, uuidOf('web'))));
      expect([...hosts].filter((host) => host !== undefined)).toHaveLength(1);
      const last = states.at(-1);
      expect(last && told(last)).toMatch(/^web:duplicate@kvm[12]$/);
    }),
    { numRuns: 40 },
  );
});

/** Any life at all on two hosts, any lateness: a crash that stands is told once its samples are there. */
test('no crash is missed', () => {
  const word = fc.constantFrom('R', 'R', 'I', 'M', 'u', 'h', 'S', 'U', '-');
  const life = fc.array(word, { minLength: 4, maxLength: 10 });
  const late = fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 40, maxLength: 40 });
  fc.assert(
    fc.property(life, life, late, fc.constantFrom('C', 'P'), (first, second, delays, end) => {
      const length = Math.min(first.length, second.length);
      // It runs on the first host, alone, for long enough that nobody could doubt it; then it crashes.
      const gone = Array.from({ length: 4 }, () => 'S');
      const here = [...first.slice(0, length), 'R', 'R', 'R', 'R', end];
      const there = [...second.slice(0, length), ...gone, 'S'];
      const states = play({
        timelines: { kvm1: { web: here.join(' ') }, kvm2: { web: there.join(' ') } },
        minutes: here.length + 12,
        lateBy: ({ host, minute }) => delays[minute * 2 + (host === 'kvm1' ? 0 : 1)] ?? 0,
        windowMinutes: 30,
      });
      const last = states.at(-1);
      const condition = end === 'C' ? 'crashed' : 'panicked';
      expect(last && told(last)).toBe(`web:${condition}@kvm1`);
    }),
    { numRuns: 200 },
  );
});

function isBusy(labels: readonly string[]): boolean {
  return labels.includes('busy');
}
