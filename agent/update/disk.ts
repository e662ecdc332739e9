import {
  chmodSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { currentFolder, type Layout, nextLinkOf } from './layout.ts';

/**
 * Everything the updater does to an installation. Each is one step that happens wholly or not at all,
 * and is on the disk when it returns: the updater may be killed, or the power fail, between any two.
 */
export interface Disk {
  /** Puts a text in place of a file. */
  readonly write: (path: string, text: string) => void;
  /** One that all may read. */
  readonly makeFolder: (path: string) => void;
  /** Gives a file, with all that was written to it, another name. */
  readonly move: (from: string, to: string) => void;
  /** Makes a folder of `versions` the agent. */
  readonly pointCurrent: (layout: Layout, folder: string) => void;
  /** A file or a folder with all in it. What is not there is removed already. */
  readonly remove: (path: string) => void;
}

/** The disk of this machine. */
export const systemDisk: Disk = {
  write: (path, text) => {
    const next = `${path}.next`;
    const file = openSync(next, 'w', 0o600);
    try {
      // All of it or an error: `writeSync` may write a part, such as what is left of a disk.
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(next, path);
    syncFolder(dirname(path));
  },
  makeFolder: (path) => {
    mkdirSync(path);
    // Whatever the umask of the administrator: the agent's user has to get in.
    chmodSync(path, 0o755);
    syncFolder(dirname(path));
  },
  move: (from, to) => {
    sync(from, 'r+');
    renameSync(from, to);
    syncFolder(dirname(to));
  },
  pointCurrent: (layout, folder) => {
    const next = nextLinkOf(layout);
    rmSync(next, { force: true });
    const isWindows = process.platform === 'win32';
    // A junction needs no rights and an absolute path; a link that is relative can be moved.
    const target = isWindows ? join(layout.versionsDir, folder) : join('versions', folder);
    symlinkSync(target, next, isWindows ? 'junction' : null);
    // Windows can't put one folder in place of another: for an instant there is none.
    if (isWindows && currentFolder(layout) !== undefined) rmdirSync(layout.currentLink);
    renameSync(next, layout.currentLink);
    syncFolder(layout.rootDir);
  },
  remove: (path) => {
    // Windows keeps a program that has just ended for an instant.
    rmSync(path, { recursive: true, force: true, maxRetries: 5 });
    syncFolder(dirname(path));
  },
};

/** A name in a folder is on disk once the folder is. Windows can't, and needn't. */
function syncFolder(path: string): void {
  if (process.platform !== 'win32') sync(path, 'r');
}

function sync(path: string, flags: string): void {
  const file = openSync(path, flags);
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
