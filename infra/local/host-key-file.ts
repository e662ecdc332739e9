import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ok, type Result } from '../../core/result.ts';
import type { Table } from '../../functions/store/dynamo.ts';
import { addHostKey, hostOfKey } from '../../functions/store/host-keys.ts';
import { reasonOf, type StartFailure, startFailure } from './start-failure.ts';

/**
 * The path of a file with a key for this host: made at the first start, and again when the table
 * does not know it (someone deleted one of the two). Only its owner can read it.
 */
export async function ensureHostKeyFile(
  table: Table,
  folder: string,
  host: string,
  nowMs: number,
): Promise<Result<string, StartFailure>> {
  const path = join(folder, `${encodeURIComponent(host)}.key`);
  try {
    const known = await readKey(path);
    if (known !== undefined && (await hostOfKey(table, known)) === host) return ok(path);
    const key = await addHostKey(table, host, nowMs);
    // Renamed into place: a start that is broken off never leaves half a key.
    await writeFile(`${path}.new`, `${key}\n`, { mode: 0o600 });
    await rename(`${path}.new`, path);
    return ok(path);
  } catch (error) {
    return startFailure('host_key', `can't keep this machine's key in ${path}: ${reasonOf(error)}`);
  }
}

async function readKey(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch {
    return undefined;
  }
}
