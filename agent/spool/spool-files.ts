import {
  type FileHandle,
  mkdir,
  open,
  readdir,
  rename,
  stat,
  truncate,
  unlink,
} from 'node:fs/promises';
import { join } from 'node:path';
import { patiently } from './patience.ts';

/** The files of one folder, as a spool uses them. Everything rejects with the system's error. */
export interface SpoolFiles {
  /** Makes the folder where it is missing. */
  readonly prepare: () => Promise<void>;
  /** The names of all files. */
  readonly list: () => Promise<readonly string[]>;
  /** A part of a file, or all of it; shorter where the file ends before. */
  readonly read: (name: string, offset?: number, bytes?: number) => Promise<Buffer>;
  /** Puts bytes at the end of a file, which is made where it is missing. */
  readonly append: (name: string, bytes: Uint8Array) => Promise<void>;
  /** What was appended to it is on the disk, not only with the operating system. */
  readonly sync: (name: string) => Promise<void>;
  readonly truncate: (name: string, bytes: number) => Promise<void>;
  /** Puts a whole file in place of another: after a power cut there is the one or the other. */
  readonly replace: (name: string, bytes: Uint8Array) => Promise<void>;
  /** What is not there is removed already. */
  readonly remove: (name: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Measurements are nobody else's business. Windows has no modes: there the folder's access list says it. */
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

/** Descriptors kept open for appending: the segment and the open minute. */
const OPEN_MAX = 2;

/** The files of a folder on this machine. */
export function spoolFilesIn(folder: string): SpoolFiles {
  const appending = new Map<string, FileHandle>();

  const letGo = async (name: string): Promise<void> => {
    const handle = appending.get(name);
    appending.delete(name);
    await handle?.close();
  };
  const handleOf = async (name: string): Promise<FileHandle> => {
    const known = appending.get(name);
    if (known !== undefined) return known;
    for (const other of appending.keys()) {
      if (appending.size < OPEN_MAX) break;
      await letGo(other);
    }
    const handle = await open(join(folder, name), 'a', FILE_MODE);
    appending.set(name, handle);
    return handle;
  };

  return {
    prepare: () => makeFolder(folder),
    list: () => readdir(folder),
    read: async (name, offset = 0, bytes) => {
      const handle = await open(join(folder, name), 'r');
      try {
        const length = bytes ?? Math.max(0, (await handle.stat()).size - offset);
        const buffer = Buffer.alloc(length);
        const { bytesRead } = await handle.read(buffer, 0, length, offset);
        return buffer.subarray(0, bytesRead);
      } finally {
        await handle.close();
      }
    },
    append: async (name, bytes) => (await handleOf(name)).appendFile(bytes),
    sync: async (name) => (await handleOf(name)).datasync(),
    // By its name: a handle for appending has not the right to cut, on Windows.
    truncate: (name, bytes) => truncate(join(folder, name), bytes),
    replace: async (name, bytes) => {
      await letGo(name);
      const next = join(folder, `${name}.new`);
      const handle = await open(next, 'w', FILE_MODE);
      try {
        await handle.writeFile(bytes);
        await handle.datasync();
      } finally {
        await handle.close();
      }
      await patiently(() => rename(next, join(folder, name)));
    },
    remove: async (name) => {
      await letGo(name);
      await patiently(() => unlink(join(folder, name))).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
      });
    },
    close: async () => {
      for (const name of [...appending.keys()]) await letGo(name);
    },
  };
}

/** The folder and, if need be, the one it is in. Not recursive: in /proc Node's never ends. */
async function makeFolder(folder: string): Promise<void> {
  const make = () => mkdir(folder, { mode: FOLDER_MODE });
  try {
    await make();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') {
      // Another agent that starts now may be first.
      await mkdir(join(folder, '..'), { mode: FOLDER_MODE }).catch(unlessThere);
      await make().catch(unlessThere);
    } else if (code !== 'EEXIST' || !(await stat(folder)).isDirectory()) throw error;
  }
}

function unlessThere(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
}
