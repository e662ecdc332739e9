import { setTimeout as sleep } from 'node:timers/promises';
import { readTree, type TreeReading } from './process-tree.ts';

const DEFAULT_SECONDS = 10;

/** What a process tree held at the end of a time, and what it used during it. */
interface TreeUse {
  readonly end: TreeReading;
  readonly seconds: number;
  readonly cpuMs: number;
  /** Per second, of all threads. */
  readonly wakeUpsPerSecond: number;
}

/** What happened between two readings. */
function useBetween(begin: TreeReading, end: TreeReading, seconds: number): TreeUse {
  return {
    end,
    seconds,
    cpuMs: end.cpuMs - begin.cpuMs,
    wakeUpsPerSecond: (end.wakeUps - begin.wakeUps) / seconds,
  };
}

/** Watches a process and its children for a time. */
async function watchTree(pid: number, seconds: number): Promise<TreeUse> {
  const begin = readTree(pid);
  const beganMs = performance.now();
  await sleep(seconds * 1000);
  return useBetween(begin, readTree(pid), (performance.now() - beganMs) / 1000);
}

/** Memory as all tables here show it: MB of 2^20 bytes. */
export function megabytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}

/**
 * Memory, CPU time and wake-ups of any process that runs, its children included. `args`: its pid, and
 * for how many seconds to watch it.
 */
export async function benchProcess(args: readonly string[]): Promise<void> {
  const pid = Number(args[0]);
  const seconds = Number(args[1] ?? DEFAULT_SECONDS);
  if (!Number.isInteger(pid) || !(seconds > 0))
    throw new Error(`bench process: give a pid and seconds, not "${args.join(' ')}"`);
  const { end, cpuMs, wakeUpsPerSecond, seconds: lasted } = await watchTree(pid, seconds);
  console.table({
    [`process ${pid}`]: {
      'RSS MB': megabytes(end.rssBytes),
      'PSS MB': megabytes(end.pssBytes),
      'anonymous MB': megabytes(end.anonymousBytes),
      'CPU ms/s': (cpuMs / lasted).toFixed(3),
      'CPU % of a core': (cpuMs / lasted / 10).toFixed(3),
      'wake-ups/s': wakeUpsPerSecond.toFixed(1),
      threads: end.threads,
      processes: end.processes,
      'open files': end.openFiles,
    },
  });
}
