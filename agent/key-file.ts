import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fchownSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { HOST_KEY_FORMAT, HOST_KEY_PREFIX } from '../core/enrolment.ts';
import { restrictFile } from './windows/restrict-file.ts';

const isWindows = process.platform === 'win32';

/** 192 random bits. */
const KEY_BYTES = 24;

/** What a key is for; stands behind it in its file, for people and for whoever finds it on a copied disk. */
export interface KeyPurpose {
  readonly host: string;
  /** The deployment's address without its path. */
  readonly origin: string;
}

/** A key that waits to be granted; at most one for each key file. */
export interface PendingKey {
  readonly key: string;
  /** Puts it where the agent reads it, in one step. */
  readonly keep: () => void;
  /** Forgets it. */
  readonly drop: () => void;
}

/**
 * A new key, on disk before anyone hears of it: whatever happens next, the agent that comes again
 * finds the key that may have been granted. Only `owner` can read it: a user's name; without one,
 * whoever runs this. Throws naming the file.
 */
export function openPendingKey(
  keyFile: string,
  purpose: KeyPurpose,
  owner: string | undefined,
): PendingKey {
  const path = `${keyFile}.new`;
  mkdirSync(dirname(keyFile), { recursive: true });
  const before = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  const key = keyOf(before, purpose) ?? makeKey();
  // Made anew even for the same key: nobody else's file, nobody else's rights.
  rmSync(path, { force: true });
  writeSafely(path, `${key}\n${purposeLine(purpose)}\n`, owner);
  return {
    key,
    keep: () => {
      renameSync(path, keyFile);
      syncFolder(dirname(keyFile));
    },
    drop: () => rmSync(path, { force: true }),
  };
}

/**
 * For whom the key in a file was enrolled; `undefined` where there is no file. A file that does not
 * say (it was written by hand) is for whoever has it: ''.
 */
export function hostInKeyFile(keyFile: string): string | undefined {
  if (!existsSync(keyFile)) return undefined;
  const [, host = ''] = /^# host (\S+), /m.exec(readFileSync(keyFile, 'utf8')) ?? [];
  return host;
}

function makeKey(): string {
  return `${HOST_KEY_PREFIX}${randomBytes(KEY_BYTES).toString('base64url')}`;
}

function purposeLine({ host, origin }: KeyPurpose): string {
  return `# host ${host}, enrolled at ${origin}`;
}

/** The key of a file that was broken off or not, if it is whole and for the same purpose. */
function keyOf(content: string | undefined, purpose: KeyPurpose): string | undefined {
  const [key = '', line, end] = (content ?? '').split('\n');
  const isWhole = HOST_KEY_FORMAT.test(key) && line === purposeLine(purpose) && end === '';
  return isWhole ? key : undefined;
}

function writeSafely(path: string, content: string, owner: string | undefined): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    // There a mode says nothing; nobody may look at it before there is something to see.
    if (isWindows) restrictFile(path, owner);
    // All of it or an error, where `writeSync` may write a part.
    writeFileSync(file, content);
    // The file that is open: in a folder of somebody else's the path may lead elsewhere by now.
    if (owner !== undefined && !isWindows) fchownSync(file, idOf('-u', owner), idOf('-g', owner));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  syncFolder(dirname(path));
}

/** A name in a folder is on disk once the folder is. Windows can't, and needn't. */
function syncFolder(path: string): void {
  if (isWindows) return;
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** A user's number, or its group's. Throws for a user there isn't. */
function idOf(which: '-u' | '-g', user: string): number {
  return Number(execFileSync('id', [which, '--', user], { encoding: 'utf8', stdio: 'pipe' }));
}
