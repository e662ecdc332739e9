import { describe, expect, it } from 'vitest';
import { HostFiles } from '../../agent/proc/host-files.ts';
import { readMounts } from '../../agent/proc/mounts.ts';
import { hostTree } from './host-tree.ts';

/** An agent that runs on the host itself. */
class OwnHost extends HostFiles {
  override get hostProcess(): string {
    return '/proc/self';
  }
}

const DISK = '/dev/sda1 / ext4 rw 0 0\n';
/** What systemd's ProtectSystem=strict makes of it. */
const SANDBOX = '/dev/sda1 / ext4 ro 0 0\n';

function isReadOnly(proc: Readonly<Record<string, string>>): boolean | undefined {
  const { rootDir } = hostTree({ 'proc/self/mounts': SANDBOX, 'proc/1/mounts': DISK, ...proc });
  const files = new OwnHost(rootDir);
  const [root] = readMounts(files);
  expect(readMounts(files)).toEqual([root]);
  files.close();
  return root?.readOnly;
}

const rootAt = (device: string, folder = '/') =>
  `25 1 ${device} ${folder} / rw,relatime shared:1 - ext4 /dev/sda1 rw\n30 25 0:5 / /dev rw - devtmpfs udev rw\n`;

describe('whose mounts are the host’s', () => {
  it('init’s, where our own tree is the same: a sandbox only shows it read-only', () => {
    const proc = { 'proc/self/mountinfo': rootAt('8:1'), 'proc/1/mountinfo': rootAt('8:1') };
    expect(isReadOnly(proc)).toBe(false);
  });

  it('ours, where init has another tree: we are in a container that shares processes only', () => {
    const init = { 'proc/1/mountinfo': rootAt('8:1') };
    expect(isReadOnly({ ...init, 'proc/self/mountinfo': rootAt('0:77') })).toBe(true);
    expect(isReadOnly({ ...init, 'proc/self/mountinfo': rootAt('8:1', '/srv/tree') })).toBe(true);
  });

  it('ours, where init is hidden from us', () => {
    expect(isReadOnly({ 'proc/self/mountinfo': rootAt('8:1') })).toBe(true);
  });
});
