import { describe, expect, it } from 'vitest';
import { LastWords } from '../../../agent/libvirt/last-words.ts';
import { capture, captures, vmOf } from './fixtures.ts';

const [loaded] = captures('loaded');
if (loaded === undefined) throw new Error('loaded.json is empty');
const running = vmOf(loaded, 'vm1');
const { uuid, name } = running.stats;
const died = { uuid, name, id: 1 };

/** Is a VM that read so just before its process died, and is not listed now, said to have crashed? */
function hasCrashed(last: Parameters<LastWords['note']>[1]): boolean {
  const words = new LastWords(() => 0);
  words.note(died, last);
  return words.with([]).some(({ stats }) => stats.uuid === uuid && stats.state === 5);
}

describe('a VM that libvirt forgot as its process died', () => {
  it('has crashed if it ran, or was paused here', () => {
    expect(hasCrashed(running)).toBe(true);
    expect(hasCrashed({ ...running, stats: { ...running.stats, state: 3, reason: 1 } })).toBe(true);
  });

  it('has not if it was on its way here, or off, or never seen', () => {
    expect(hasCrashed({ ...running, stats: { ...running.stats, state: 3, reason: 2 } })).toBe(
      false,
    );
    expect(hasCrashed({ ...running, job: 'migration_in' })).toBe(false);
    expect(hasCrashed(vmOf(capture('off'), 'vm1'))).toBe(false);
    expect(hasCrashed(undefined)).toBe(false);
  });
});
