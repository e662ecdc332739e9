import { execFileSync } from 'node:child_process';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const SIZE_BYTES = 300 << 20;
/** What Linux reads ahead of a disk unless it is told otherwise. */
const READ_AHEAD_KB = 128;

export interface Disk {
  readonly folder: string;
  remove(): void;
}

/**
 * A filesystem on a disk that reads ahead as most do. Some clouds read megabytes ahead: under a memory
 * limit each page that comes back then drives out a thousand others. Needs root and a loop device.
 */
export function makeUsualDisk(at: string): Disk {
  const image = join(at, 'disk');
  const folder = join(at, 'mounted');
  mkdirSync(folder);
  writeFileSync(image, '');
  truncateSync(image, SIZE_BYTES);
  const run = (program: string, ...args: string[]) =>
    execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  run('mkfs.ext4', '-q', image);
  // Past the page cache, which would hold all a second time.
  const device = run('losetup', '--find', '--show', '--direct-io=on', image);
  const release = () => run('losetup', '--detach', device);
  try {
    writeFileSync(`/sys/block/${basename(device)}/queue/read_ahead_kb`, String(READ_AHEAD_KB));
    run('mount', device, folder);
  } catch (error) {
    release();
    throw error;
  }
  return {
    folder,
    remove() {
      run('umount', folder);
      release();
    },
  };
}
