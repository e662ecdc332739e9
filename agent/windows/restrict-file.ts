import { execFileSync } from 'node:child_process';
import { win32 } from 'node:path';

/** Well-known accounts by their numbers: their names are other ones in each language. */
const SYSTEM = '*S-1-5-18';
const ADMINISTRATORS = '*S-1-5-32-544';

const PROGRAM_TIMEOUT_MS = 10_000;

/** Runs a program of Windows and gives what it prints; throws where it fails. */
type RunProgram = (program: string, args: readonly string[]) => string;

/**
 * The access list of a file that only its owner may read: what its folder lets others do is not
 * inherited, and the system, its administrators and `owner` get in. `owner` is an account (`HOST\name`,
 * `NT SERVICE\name`) or a number (`*S-1-5-19`).
 */
function restrictionArgs(path: string, owner: string): readonly string[] {
  return [
    ...[path, '/inheritance:r', '/grant:r'],
    ...[`${SYSTEM}:(F)`, `${ADMINISTRATORS}:(F)`, `${owner}:(R,W,D)`],
  ];
}

/**
 * Lets nobody but `owner` (absent: whoever runs this), administrators and the system at a file, which
 * the mode of a new file does not do on Windows. Throws where that can't be done.
 */
export function restrictFile(
  path: string,
  owner: string | undefined,
  run: RunProgram = runSystemProgram,
): void {
  run('icacls.exe', restrictionArgs(path, owner ?? ownAccount(run)));
}

/** The account of this process: its number, for an account's name may be another one's elsewhere. */
function ownAccount(run: RunProgram): string {
  const printed = run('whoami.exe', ['/user', '/fo', 'csv', '/nh']).trim();
  const number = /"(S-1-[\d-]+)"/.exec(printed)?.[1];
  if (number !== undefined) return `*${number}`;
  if (!/^[^"\r\n]+\\[^"\r\n]+$/.test(printed)) throw new Error(`whoami: no account in ${printed}`);
  return printed;
}

/** By its whole path: what is first in PATH may be somebody else's. */
function runSystemProgram(program: string, args: readonly string[]): string {
  const root = process.env['SystemRoot'] || 'C:\\Windows';
  const file = win32.join(root, 'System32', program);
  return execFileSync(file, [...args], {
    encoding: 'utf8',
    stdio: 'pipe',
    timeout: PROGRAM_TIMEOUT_MS,
    windowsHide: true,
  });
}
