import { stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';

/** Held until it is released or the process ends, however it ends. */
export interface FolderLock {
  readonly release: () => Promise<void>;
}

/**
 * Locks a folder against other processes of this machine; `undefined` when another one has it. The
 * lock is a name to listen on: an abstract socket on Linux, a named pipe on Windows. So, other than
 * with a file, none is ever left behind by a process that was killed. Elsewhere there is no such
 * name, and no lock; and two containers with networks of their own do not see each other's.
 */
export async function lockFolder(folder: string): Promise<FolderLock | undefined> {
  const name = await lockNameOf(folder);
  if (name === undefined) return { release: async () => {} };
  const server = createServer((socket) => socket.destroy());
  if (!(await listenOn(server, name))) return undefined;
  // It must not keep the process running.
  server.unref();
  return {
    release: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** By what the folder is, not by its path: many paths lead to one folder. */
async function lockNameOf(folder: string): Promise<string | undefined> {
  const { dev, ino } = await stat(folder, { bigint: true });
  const name = `hypervigil-spool-${dev}-${ino}`;
  if (process.platform === 'linux') return `\0${name}`;
  return process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : undefined;
}

function listenOn(server: Server, name: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    server.listen(name, () => resolve(true));
  });
}
