import { chmod, lstat, mkdir, open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { ok, type Result } from '../../core/result.ts';
import { errorCode, reasonOf, type StartFailure, startFailure } from './start-failure.ts';

/** Where everything the local stack keeps is. */
export interface DataFolder {
  /** The table's own folder. */
  readonly tablePath: string;
  /** Published messages, a JSON object a line. */
  readonly messagesPath: string;
  /** Who was subscribed to a topic of this machine. */
  readonly subscriptionsPath: string;
  /** Host keys, a file each. */
  readonly keysPath: string;
}

/** Host keys and measurements are nobody else's business. */
const OWNER_ONLY = 0o700;

/** Makes the folder where it is missing and sees that it can be written and no one else uses it. */
export async function openDataFolder(path: string): Promise<Result<DataFolder, StartFailure>> {
  const folder = {
    tablePath: join(path, 'table'),
    messagesPath: join(path, 'messages.jsonl'),
    subscriptionsPath: join(path, 'subscriptions.json'),
    keysPath: join(path, 'keys'),
  };
  try {
    await makeFolder(path);
    for (const each of [folder.tablePath, folder.keysPath]) {
      await makeFolder(each);
      await closeToOthers(each);
    }
    await tryWriting(path);
  } catch (error) {
    return startFailure(
      'data_folder',
      `can't write to the data folder ${path}: ${reasonOf(error)}`,
    );
  }
  return tryLock(path, folder);
}

/** Not recursive: in some places, /proc for one, Node's recursive mkdir never ends. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: OWNER_ONLY });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
    if (!(await stat(path)).isDirectory()) throw new Error('it is a file, not a folder');
  }
}

/**
 * A folder that was there before: whoever it belongs to could read the keys we put into it, and give us his own.
 * Only where there are owners: `getuid` is absent on Windows, where a user's folders are his alone.
 */
async function closeToOthers(path: string): Promise<void> {
  const uid = process.getuid?.();
  if (uid === undefined) return;
  // A link that is ours leads where we want.
  for (const found of [await lstat(path), await stat(path)]) {
    if (found.uid !== uid) throw new Error(`${path} belongs to another user`);
    if (found.isDirectory() && (found.mode & 0o077) !== 0) await chmod(path, OWNER_ONLY);
  }
}

/** Permission bits don't tell everything (root, read-only mounts, full disks), writing does. */
async function tryWriting(path: string): Promise<void> {
  const probe = join(path, `.probe-${process.pid}`);
  const file = await open(probe, 'w');
  try {
    await file.write('x');
  } finally {
    await file.close();
    await rm(probe, { force: true });
  }
}

/**
 * LevelDB locks its folder for as long as a process has it open. The embedded store does not pass
 * on why it can't open, so we ask first.
 */
async function tryLock(
  path: string,
  folder: DataFolder,
): Promise<Result<DataFolder, StartFailure>> {
  const level = new ClassicLevel(folder.tablePath);
  try {
    await level.open();
    await level.close();
    return ok(folder);
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    if (errorCode(cause) === 'LEVEL_LOCKED') {
      return startFailure(
        'data_folder_in_use',
        `another Hypervigil runs in the data folder ${path}: stop it, or choose another folder with --data`,
      );
    }
    return startFailure('data_folder', `can't open the table in ${path}: ${reasonOf(cause)}`);
  }
}
