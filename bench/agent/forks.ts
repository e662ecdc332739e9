import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const STRACE = '/usr/bin/strace';
const CALLS = 'fork,vfork,clone,clone3';

/**
 * How many processes these ones and all they start have begun in that time; `undefined` where strace is
 * absent or may not. It slows them down, so nothing else is measured meanwhile.
 */
export async function countForks(
  pids: readonly number[],
  ms: number,
  folder: string,
): Promise<number | undefined> {
  if (!existsSync(STRACE)) return undefined;
  const own = mkdtempSync(join(folder, 'forks-'));
  const file = join(own, 'calls');
  const targets = pids.flatMap((pid) => ['-p', String(pid)]);
  const args = ['-f', '-qqq', '-e', `trace=${CALLS}`, '-e', 'signal=none', '-o', file, ...targets];
  const child = spawn(STRACE, args, { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  await Promise.race([sleep(ms), ended]);
  const wasDenied = child.exitCode !== null;
  child.kill('SIGINT');
  await ended;
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  rmSync(own, { recursive: true });
  if (wasDenied) return undefined;
  return text.split('\n').filter(isFork).length;
}

/** Not of a thread, and not the second half of a call that was interrupted in the listing. */
function isFork(line: string): boolean {
  return /\b(fork|vfork|clone3?)\(/.test(line) && !line.includes('CLONE_THREAD');
}
