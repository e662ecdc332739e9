import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { findWindowsStopReason } from './windows/stop-reason.ts';

/** Why the agent ends: it was told to, or the whole system is going down. */
export type StopReason = 'stopped' | 'shutdown';

/** What the reason is read from. */
export interface StopReasonPorts {
  /** `undefined` for a file that is not there or cannot be read. */
  readonly readText: (path: string) => Promise<string | undefined>;
  /** What a program prints, whatever its exit code; `undefined` if it can't be run or takes too long. */
  readonly run: (program: string, args: readonly string[]) => Promise<string | undefined>;
  /** Since the system has booted; on Windows only, where nothing else is as below. */
  readonly windowsUptimeMs?: () => number;
}

/** Asked within the 5 s the agent has to end, of a system that is busy ending. */
const RUN_TIMEOUT_MS = 1000;

const OUTPUT_MAX_BYTES = 4096;

/** Files and programs of the system; paths are below `rootDir`, where the host's file tree is mounted. */
export function systemStopReasonPorts(rootDir: string): StopReasonPorts {
  return {
    ...(process.platform === 'win32' ? { windowsUptimeMs: () => uptime() * 1000 } : {}),
    readText: (path) => readFile(join(rootDir, path), 'utf8').catch(() => undefined),
    run: (program, args) =>
      new Promise((resolve) => {
        const limits = { timeout: RUN_TIMEOUT_MS, maxBuffer: OUTPUT_MAX_BYTES };
        execFile(program, args, limits, (error, stdout) => {
          resolve(error !== null && (error.killed || stdout === '') ? undefined : stdout);
        });
      }),
  };
}

/**
 * Whether the system goes down now, by what its own init says. `stopped` where that can't be found
 * out, as in a container that sees nothing of its host.
 *
 * - systemd: `systemctl is-system-running` prints "stopping" from the moment a shutdown has begun.
 *   Its message bus may be gone by then, so a shutdown that was set for a time is also looked up in
 *   the file that announces it. Sources: systemctl(1), shutdown(8).
 * - OpenRC: its runlevel is "shutdown" as soon as it leaves the others. Source: openrc(8).
 * - sysvinit: runlevel 0 is a halt and 6 a reboot. Source: runlevel(8).
 * - Windows: its log says that a shutdown has begun (windows/stop-reason.ts).
 */
export async function findStopReason(
  { readText, run, windowsUptimeMs }: StopReasonPorts,
  nowMs: number,
): Promise<StopReason> {
  if (windowsUptimeMs !== undefined) return findWindowsStopReason(run, nowMs, windowsUptimeMs());
  const isGoingDown =
    scheduledMs(await readText('/run/systemd/shutdown/scheduled')) <= nowMs ||
    (await readText('/run/openrc/softlevel'))?.trim() === 'shutdown' ||
    (await initSaysSo({ readText, run }));
  return isGoingDown ? 'shutdown' : 'stopped';
}

async function initSaysSo({ readText, run }: StopReasonPorts): Promise<boolean> {
  if ((await readText('/proc/1/comm'))?.trim() === 'systemd') {
    return (await run('systemctl', ['is-system-running']))?.trim() === 'stopping';
  }
  return /^\S+ [06]$/.test((await run('runlevel', []))?.trim() ?? '');
}

/** When a shutdown is due, ms since 1970; never if none is, or it is but a rehearsal ("dry-reboot"). */
function scheduledMs(file: string | undefined): number {
  const due = /^USEC=(\d+)$/m.exec(file ?? '')?.[1];
  if (due === undefined || /^MODE=dry-/m.test(file ?? '')) return Number.POSITIVE_INFINITY;
  return Number(due) / 1000;
}
