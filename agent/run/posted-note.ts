import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Log, messageOf } from '../log.ts';

const FILE = 'posted.json';

/**
 * Notes the first accepted post since the start, once: whoever replaced this program can see by it that
 * the new one works. `folder`: what the agent keeps over restarts; `undefined` where it runs as no
 * service, and nobody looks.
 */
export function postedNote(
  folder: string | undefined,
  version: string,
  log: Log,
): (nowMs: number) => void {
  let isNoted = folder === undefined;
  return (nowMs) => {
    if (isNoted || folder === undefined) return;
    isNoted = true;
    const path = join(folder, FILE);
    try {
      writeFileSync(`${path}.new`, `${JSON.stringify({ version, atMs: nowMs })}\n`);
      renameSync(`${path}.new`, path);
    } catch (error) {
      log(`${path}: ${messageOf(error)}: an update can't see that this version posts`);
    }
  };
}
