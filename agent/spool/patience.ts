import { setTimeout as sleep } from 'node:timers/promises';

/**
 * What Windows says of a file that another program has open without letting others rename or remove
 * it: a virus scanner, a backup, the search index. They let go of it soon.
 */
const HELD_CODES: ReadonlySet<string | undefined> = new Set(['EPERM', 'EACCES', 'EBUSY']);

/** 10 + 20 + ... ms: some 2.5 s together. */
const TRIES = 9;
const FIRST_PAUSE_MS = 10;

/**
 * Does something with a file, and once more where another program holds it, for a while. Elsewhere
 * than on Windows nobody holds a file like that, and such an error is about rights: it is final.
 */
export async function patiently<T>(
  action: () => Promise<T>,
  platform: NodeJS.Platform = process.platform,
): Promise<T> {
  for (let tries = 1, pauseMs = FIRST_PAUSE_MS; ; tries++, pauseMs *= 2) {
    try {
      return await action();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (platform !== 'win32' || !HELD_CODES.has(code) || tries === TRIES) throw error;
    }
    await sleep(pauseMs);
  }
}
