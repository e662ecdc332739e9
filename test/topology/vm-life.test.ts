import { describe, expect, test } from 'vitest';
import { story } from './fleet.ts';

/** One VM on one host unless said otherwise. */
function lifeOf(web: string, more: Readonly<Record<string, string>> = {}): string {
  const lines = { web, ...more };
  const minutes = Math.max(...Object.values(lines).map((line) => line.split(' ').length));
  return story({ timelines: { kvm1: lines }, minutes });
}

describe('off on purpose tells nothing', () => {
  test.each([
    ['shut down by its guest', 'R R S S S S S S S S'],
    ['destroyed by an operator', 'R R D D D D D D D D'],
    ['saved', 'R R V V V V V V V V'],
    ['seen while it shuts down', 'R R l S S S S S S S'],
    ['shut down, then undefined', 'R R S S - - - - - -'],
    ['suspended by its guest', 'R R z z z z z R R R'],
    ['off since before we looked, reason unknown', 'U U U U U U U U U U'],
    ['off, then a start that fails while somebody watches', 'S S S F F F F F F F'],
    ['a transient VM that shuts down as we look', 'R R l - - - - - - -'],
  ])('%s', (_, line) => {
    expect(lifeOf(line)).toBe('- x10');
  });
});

describe('an end nobody asked for is told', () => {
  test('crashed, until it runs again', () => {
    expect(lifeOf('R R C C C R R')).toBe('- x2, web:crashed@kvm1 x3, - x2');
  });
  test('panicked', () => {
    expect(lifeOf('R R P P R')).toBe('- x2, web:panicked@kvm1 x2, - x1');
  });
  test('given up by libvirt while it ran', () => {
    expect(lifeOf('R R F F R')).toBe('- x2, web:failed@kvm1 x2, - x1');
  });
  test('killed by libvirtd, which could not reach it after a restart', () => {
    expect(lifeOf('R R k k R')).toBe('- x2, web:failed@kvm1 x2, - x1');
  });
  test('hung', () => {
    expect(lifeOf('R R h h R')).toBe('- x2, web:hung@kvm1 x2, - x1');
  });
  test('vanished: in nobody’s list for two minutes', () => {
    expect(lifeOf('R R - - - - R')).toBe('- x4, web:vanished@kvm1 x2, - x1');
  });
  test('paused by its failing storage', () => {
    expect(lifeOf('R e e R')).toBe('- x1, web:ioerror@kvm1 x2, - x1');
  });
  test('paused by somebody is told as such', () => {
    expect(lifeOf('R u u R')).toBe('- x1, web:paused@kvm1 x2, - x1');
  });
  test('off without a reason, its host being well all the time', () => {
    expect(lifeOf('R R U U U U U U U')).toBe('- x7, web:lost@kvm1 x2');
  });
});

describe('a crash is not forgotten', () => {
  test('when libvirtd restarts and knows the reason no more', () => {
    expect(lifeOf('R C C C U U U U U U U U U', { host: 'u u u ! u' })).toBe(
      '- x1, web:crashed@kvm1 x2, web:crashed@kvm1 web:no_data@kvm1 x1, web:crashed@kvm1 x9',
    );
  });
  test('when the agent restarts', () => {
    expect(lifeOf('R C C C C C', { host: 'u u q x a u' })).toContain('- x1, web:crashed@kvm1');
  });
  test('when the window has long left it behind', () => {
    expect(lifeOf(`R C ${'U '.repeat(40)}U`)).toBe('- x1, web:crashed@kvm1 x42');
  });
  test.each(['S', 'D', 'V'])('until an operator acts (%s)', (act) => {
    expect(lifeOf(`R C C ${act} ${act} U U`)).toBe('- x1, web:crashed@kvm1 x2, - x4');
  });
  test('until it is undefined', () => {
    expect(lifeOf('R C C - - - - -')).toBe('- x1, web:crashed@kvm1 x4, - x3');
  });
  test('until another host runs it', () => {
    const timelines = { kvm1: { web: 'R C C C C C C' }, kvm2: { web: '- - - - R R R' } };
    expect(story({ timelines, minutes: 7 })).toBe('- x1, web:crashed@kvm1 x3, - x3');
  });
});

describe('restarts tell nothing of VMs that go on', () => {
  test('of libvirtd', () => {
    expect(lifeOf('R R R R R R R R', { host: 'u u ! u' })).toBe('- x2, web:no_data@kvm1 x1, - x5');
  });
  test('of libvirtd, with VMs that are off and whose reasons it forgets', () => {
    expect(lifeOf('R S S U U U U U U U U U', { host: 'u u ! u' })).toBe('- x12');
  });
  test('of the agent, cleanly', () => {
    expect(lifeOf('R R R R R R R R', { host: 'u u q a u' })).toBe('- x2, kvm1:stopped x1, - x5');
  });
  test('of the agent, by a crash', () => {
    expect(lifeOf('R R R R R R R R', { host: 'u u x a u' })).toBe('- x8');
  });
  test('of the agent while libvirtd is stopped, of which it then says nothing', () => {
    expect(lifeOf(`R ${'R '.repeat(10)}R`, { host: 'u u ? ? ? ? ? ? ? u u u' })).toBe(
      '- x3, web:no_data@kvm1 x6, - x3',
    );
  });
  test('of the agent before libvirtd, which then has no VM for some minutes', () => {
    expect(lifeOf('R R - - - R R R R R', { host: 'u u a u' })).toBe('- x10');
  });
});

describe('jobs', () => {
  test('a VM paused for a snapshot is busy, not paused', () => {
    expect(lifeOf('R b b R')).toBe('- x1, web:busy@kvm1 x2, - x1');
  });
  test('a VM that hangs under a backup is busy while the job is seen', () => {
    expect(lifeOf('R h h h h R', { 'web.job': '_ backup backup backup backup _' })).toBe(
      '- x1, web:busy@kvm1 x4, - x1',
    );
  });
  test('a VM that hangs as a snapshot begins has ten minutes, then it is hung', () => {
    expect(lifeOf(`R R ${'h '.repeat(12)}h`, { 'web.job': `_ snapshot ${'_ '.repeat(13)}_` })).toBe(
      '- x2, web:busy@kvm1 x10, web:hung@kvm1 x4',
    );
  });
  test('a transient VM that is gone after it was saved has not vanished', () => {
    expect(lifeOf('R R - - - - - -', { 'web.job': '_ save _ _ _ _ _ _' })).toBe('- x8');
  });
});

test('a Hyper-V host is judged by its own collector', () => {
  const lives = (web: string, host: string) =>
    story({ timelines: { hyperv1: { web, host } }, minutes: 7 });
  expect(lives('R R R R R R R', 'u u ! ! u u u')).toBe('- x2, web:no_data@hyperv1 x2, - x3');
  expect(lives('R R - - - - R', 'u u u u u u u')).toBe('- x4, web:vanished@hyperv1 x2, - x1');
});
