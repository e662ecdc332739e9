import { closeSync, openSync } from 'node:fs';

/**
 * Was the terminal closed that this process was started in? That comes as SIGHUP too, and ends
 * a program that a person ran by hand. `false` for a service, which has none.
 */
export function isTerminalGone(): boolean {
  // Nothing else sends it on Windows: its console was closed, and it is ended in a few seconds.
  if (process.platform === 'win32') return true;
  if (!process.stderr.isTTY) return false;
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return false;
  } catch {
    return true;
  }
}
