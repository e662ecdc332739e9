import { describe, expect, test } from 'vitest';
import { lostSince, vmsOn } from '../../core/topology/lookup.ts';
import { MINUTE, play, START, story, uuidOf } from './fleet.ts';

const TWO_VMS = { web: 'R', db: 'R', old: 'S' };

describe('a host that is silent', () => {
  test('is dark, with the VMs that ran on it, until it is heard again', () => {
    const timelines = { kvm1: { host: 'u u x x x x u u', ...TWO_VMS } };
    expect(story({ timelines, minutes: 8 })).toBe(
      '- x4, db:host_dark@kvm1 kvm1:dark web:host_dark@kvm1 x2, - x2',
    );
  });

  test('is stopped, or shut down, when it said so', () => {
    const stopped = { kvm1: { host: 'u q x x x x', ...TWO_VMS } };
    expect(story({ timelines: stopped, minutes: 6 })).toBe('- x1, kvm1:stopped x5');
    const shutdown = { kvm1: { host: 'u Q x x x x', ...TWO_VMS } };
    expect(story({ timelines: shutdown, minutes: 6 })).toBe('- x1, kvm1:shutdown x5');
  });

  test('is dark when it was heard after its goodbye', () => {
    const timelines = { kvm1: { host: 'q a u x x x x' } };
    expect(story({ timelines, minutes: 7 })).toBe('kvm1:stopped x1, - x4, kvm1:dark x2');
  });

  test('is in maintenance before all else, and keeps quiet about its VMs', () => {
    const timelines = { kvm1: { host: 'u u x x x x x u', ...TWO_VMS } };
    const isMaintained = (_: string, minute: number) => minute >= 1 && minute < 8;
    expect(story({ timelines, minutes: 10, isMaintained })).toBe('- x1, kvm1:maintenance x7, - x2');
  });

  test('keeps the crash of its VM in mind', () => {
    const timelines = { kvm1: { host: 'u u x x x x', web: 'R C' } };
    expect(story({ timelines, minutes: 6 })).toBe(
      '- x1, web:crashed@kvm1 x3, kvm1:dark web:crashed@kvm1 web:host_dark@kvm1 x2',
    );
  });
});

describe('VMs of a host that is back are judged anew', () => {
  test('those that run are well', () => {
    const timelines = { kvm1: { host: 'u u x x x x a u', web: 'R' } };
    expect(story({ timelines, minutes: 14 })).toBe('- x4, kvm1:dark web:host_dark@kvm1 x2, - x8');
  });

  test('those that are off since the reboot are lost, five minutes later', () => {
    const timelines = { kvm1: { host: 'u u x x x x a u', web: 'R R R R R R U' } };
    expect(story({ timelines, minutes: 14 })).toBe(
      '- x4, kvm1:dark web:host_dark@kvm1 x2, - x5, web:lost@kvm1 x3',
    );
  });

  test('those that are gone since are lost, too', () => {
    const timelines = { kvm1: { host: 'u u x x x x a u', web: 'R R R R R R -' } };
    expect(story({ timelines, minutes: 14 })).toBe(
      '- x4, kvm1:dark web:host_dark@kvm1 x2, - x5, web:lost@kvm1 x3',
    );
  });

  test('those that were off before are nobody’s concern', () => {
    const timelines = { kvm1: { host: 'u u x x x x a u', web: 'R S S S S S U' } };
    expect(story({ timelines, minutes: 20 })).toBe('- x4, kvm1:dark x2, - x14');
  });

  test('those that another host has started meanwhile are there', () => {
    const timelines = {
      kvm1: { host: 'u u x x x x x x x a u', web: 'R R R R R R R R R U' },
      kvm2: { web: '- - - - - - R' },
    };
    expect(story({ timelines, minutes: 20 })).toBe(
      '- x4, kvm1:dark web:host_dark@kvm1 x2, kvm1:dark x3, - x11',
    );
  });
});

test('a host silent for a week is forgotten, and its VMs', () => {
  const [first] = play({ timelines: { kvm1: TWO_VMS }, minutes: 1 });
  expect(first && vmsOn(first, 'kvm1').map(({ vm }) => vm)).toEqual(['db', 'old', 'web']);
  const timelines = { kvm1: { host: 'u x', ...TWO_VMS } };
  const week = 7 * 24 * 60;
  const states = play({ timelines, minutes: week + 3 });
  expect(states.at(week - 1)?.hosts).toHaveLength(1);
  expect(states.at(-1)).toMatchObject({ hosts: [], vms: [], written: [] });
});

describe('since when nothing is heard', () => {
  const at = (minute: number) => START + minute * MINUTE - 10_000;

  test('of a host that has missed a batch, before it counts as silent: since its last sample', () => {
    const states = play({ timelines: { kvm1: { host: 'u u x', web: 'R' } }, minutes: 6 });
    const lost = (labels: Record<string, string>) =>
      states.map((state) => lostSince(state, labels));
    const none = Array.from({ length: 3 }, () => undefined);
    expect(states.at(3)?.hosts).toMatchObject([{ condition: 'up' }]);
    expect(lost({ host: 'kvm1', device: 'sda' })).toEqual([...none, at(2), at(2), at(2)]);
    expect(lost({ host: 'kvm1', uuid: uuidOf('web') })).toEqual([...none, at(2), at(2), at(2)]);
    expect(lost({ host: 'other' })).toEqual([...none, undefined, undefined, undefined]);
    // "It is dark" is judged, not heard: once it holds no more, it is over.
    expect(lost({ host: 'kvm1', condition: 'dark' })).toEqual([
      ...none,
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('of a VM whose libvirt does not answer', () => {
    const states = play({ timelines: { kvm1: { host: 'u u !', web: 'R' } }, minutes: 4 });
    const lost = (labels: Record<string, string>) =>
      states.map((state) => lostSince(state, labels));
    expect(lost({ host: 'kvm1', uuid: uuidOf('web') })).toEqual([
      undefined,
      undefined,
      at(2),
      at(2),
    ]);
    expect(lost({ host: 'kvm1' })).toEqual(Array.from({ length: 4 }, () => undefined));
  });

  test('of a VM on its way, whatever host its alert names', () => {
    const timelines = { kvm1: { web: 'R R - - -' }, kvm2: { web: '- - - - m' } };
    const states = play({ timelines, minutes: 5 });
    const labels = { host: 'kvm1', uuid: uuidOf('web') };
    expect(states.map((state) => lostSince(state, labels))).toEqual([
      undefined,
      undefined,
      at(2),
      at(2),
      undefined,
    ]);
  });

  test('of a VM that is off, or gone for good: nothing is missing', () => {
    const off = play({ timelines: { kvm1: { host: 'u u x', web: 'R S' } }, minutes: 8 });
    const labels = { host: 'kvm1', uuid: uuidOf('web') };
    expect(off.map((state) => lostSince(state, labels))).toEqual(
      Array.from({ length: 8 }, () => undefined),
    );
    const gone = play({ timelines: { kvm1: { web: 'R -' } }, minutes: 14 });
    expect(gone.at(-1) && lostSince(gone.at(-1) ?? NEVER, labels)).toBe(undefined);
  });
});

const NEVER = { atMs: 0, hosts: [], vms: [], written: [] };

test('the record of VMs that simply run, or are off, is the same at every tick', () => {
  const states = play({ timelines: { kvm1: TWO_VMS }, minutes: 5 });
  expect(states[4]?.vms).toEqual(states[1]?.vms);
});
