import { expect, test } from 'vitest';
import type { Point } from '../../agent/sample.ts';
import { VmTroubles } from '../../agent/vm-troubles.ts';
import { labelsFrom } from '../../core/series/labels.ts';

/** `1 booted`: a VM's state and reason; `ended`: that series ends; a line each. */
function sample(...states: readonly string[]) {
  const points = states.map((text, i): Point => {
    const [state, reason = ''] = text.split(' ');
    const labels = labelsFrom({ __name__: 'vm_state', host: 'h', uuid: 'u', vm: 'web', reason });
    return { key: `${i}`, labels, value: state === 'ended' ? 'ended' : Number(state) };
  });
  return { timestampMs: 0, points };
}

/** Which of a VM's samples told of new trouble. */
function found(...timeline: readonly (readonly string[])[]): readonly boolean[] {
  const troubles = new VmTroubles();
  return timeline.map((states) => troubles.foundIn(sample(...states)));
}

test.each([
  ['its process died', '5 crashed'],
  ['its guest panicked', '6 panicked'],
  ['libvirt gave it up', '5 failed'],
  ['its storage is full', '3 ioerror'],
  ['it answers no more', '1 hung'],
])('%s: told once', (_, state) => {
  expect(found(['1 booted'], ['ended booted', state], [state])).toEqual([false, true, false]);
});

test('a VM that is gone though it ran is told', () => {
  expect(found(['1 booted'], ['ended booted'], [])).toEqual([false, true, false]);
});

test('that it has crashed is told too, if that is known a sample later', () => {
  const timeline = [['1 booted'], ['ended booted'], ['5 crashed'], ['5 crashed']] as const;
  expect(found(...timeline)).toEqual([false, true, true, false]);
  expect(found(['1 booted'], ['ended booted'], ['1 booted'])).toEqual([false, true, false]);
});

test.each(['5 shutdown', '5 destroyed', '5 migrated', '3 user', '3 saving', '1 unpaused'])(
  'what people and jobs do is not: %s',
  (state) => {
    expect(found(['1 booted'], [state], ['1 booted'])).toEqual([false, false, false]);
  },
);

test('one that was off, or in trouble, when first seen is no news', () => {
  expect(found(['5 crashed'], ['5 crashed'])).toEqual([false, false]);
  expect(found(['5 shutdown'], ['ended shutdown'])).toEqual([false, false]);
});

test('while libvirt does not answer nothing is known, and what happened meanwhile is told then', () => {
  expect(found(['1 booted'], [], [], ['5 crashed'])).toEqual([false, false, false, true]);
});
