import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const PROGRAM = /hypervigil-agent$/;

/**
 * Is another `hypervigil-agent update` at work, of the user who runs this one? Everybody can take the
 * name that an updater takes, but be no process of root's. By the real user: a program with more rights
 * than who started it is his nevertheless. `true` where processes can't be seen.
 */
export function isOtherUpdaterThere(ownPid: number = process.pid, procDir = '/proc'): boolean {
  const own = ownerOf(procDir, ownPid);
  // Without init some are hidden (hidepid, proc(5)).
  if (own === undefined || ownerOf(procDir, 1) === undefined) return true;
  // Such as `sudo hypervigil-agent update`, which waits for us.
  const ours = new Set([ownPid]);
  for (let at = own.parent; at > 0 && !ours.has(at); at = ownerOf(procDir, at)?.parent ?? 0) {
    ours.add(at);
  }
  return readdirSync(procDir)
    .filter((name) => /^\d+$/.test(name) && !ours.has(Number(name)))
    .some((name) => ownerOf(procDir, name)?.user === own.user && isUpdater(procDir, name));
}

/** With an interpreter or `sudo` before it, or without. */
function isUpdater(procDir: string, pid: string): boolean {
  const [program = '', next = '', ...rest] = read(join(procDir, pid, 'cmdline')).split('\0');
  if (PROGRAM.test(program)) return [next, ...rest].includes('update');
  return PROGRAM.test(next) && rest.includes('update');
}

function ownerOf(
  procDir: string,
  pid: number | string,
): { readonly user: number; readonly parent: number } | undefined {
  const status = read(join(procDir, String(pid), 'status'));
  const user = /^Uid:\s+(\d+)/m.exec(status)?.[1];
  const parent = /^PPid:\s+(\d+)/m.exec(status)?.[1];
  if (user === undefined || parent === undefined) return undefined;
  return { user: Number(user), parent: Number(parent) };
}

/** '' of a process that has ended. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
