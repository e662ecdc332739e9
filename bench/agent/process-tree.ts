import { readdirSync, readFileSync } from 'node:fs';

/** Of a clock tick in /proc: USER_HZ, which is 100 on every Linux that Node runs on. */
const TICK_MS = 10;

/** What a process and all it started hold and have used so far. Linux only. */
export interface TreeReading {
  /** The process and everything below it that runs now. */
  readonly processes: number;
  readonly threads: number;
  readonly openFiles: number;
  readonly rssBytes: number;
  /** Each page counted by its share: one that three processes map counts a third in each. */
  readonly pssBytes: number;
  /** Private memory that no file backs: heaps and stacks. Only swap takes it back. */
  readonly anonymousBytes: number;
  /** User and system time since the start, with children that have ended and been waited for. */
  readonly cpuMs: number;
  /** Of `cpuMs`, that of children that have ended. */
  readonly endedChildrenCpuMs: number;
  /** How often a thread that runs now was woken since its start: voluntary context switches. */
  readonly wakeUps: number;
}

/** Reads a process and its descendants. Throws ENOENT where the process has ended. */
export function readTree(pid: number): TreeReading {
  const parts = [readProcess(pid)];
  for (const child of descendantsOf(pid)) {
    // What ends meanwhile is among the ended children next time.
    const part = unlessGone(() => readProcess(child));
    if (part !== undefined) parts.push(part);
  }
  const sum = (of: (part: TreeReading) => number) => parts.reduce((all, one) => all + of(one), 0);
  return {
    processes: parts.length,
    threads: sum(({ threads }) => threads),
    openFiles: sum(({ openFiles }) => openFiles),
    rssBytes: sum(({ rssBytes }) => rssBytes),
    pssBytes: sum(({ pssBytes }) => pssBytes),
    anonymousBytes: sum(({ anonymousBytes }) => anonymousBytes),
    cpuMs: sum(({ cpuMs }) => cpuMs),
    endedChildrenCpuMs: sum(({ endedChildrenCpuMs }) => endedChildrenCpuMs),
    wakeUps: sum(({ wakeUps }) => wakeUps),
  };
}

function readProcess(pid: number): TreeReading {
  const memory = keyed(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
  const stat = readStat(pid);
  const threads = readdirSync(`/proc/${pid}/task`);
  let scheduledMs = 0;
  let wakeUps = 0;
  for (const thread of threads) {
    unlessGone(() => {
      const path = `/proc/${pid}/task/${thread}`;
      scheduledMs += Number(readFileSync(`${path}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
      wakeUps += keyed(readFileSync(`${path}/status`, 'utf8')).get('voluntary_ctxt_switches') ?? 0;
    });
  }
  const bytes = (key: string) => (memory.get(key) ?? 0) * 1024;
  return {
    processes: 1,
    threads: threads.length,
    openFiles: readdirSync(`/proc/${pid}/fd`).length,
    rssBytes: bytes('Rss'),
    pssBytes: bytes('Pss'),
    anonymousBytes: bytes('Anonymous'),
    // The scheduler's sum has nanoseconds but not the threads that have ended; ticks are the opposite.
    cpuMs: Math.max(scheduledMs, stat.ownMs) + stat.endedChildrenMs,
    endedChildrenCpuMs: stat.endedChildrenMs,
    wakeUps,
  };
}

/** CPU times of a process. Source: proc(5), fields 4 and 14 to 17 of stat. */
function readStat(pid: number): { parent: number; ownMs: number; endedChildrenMs: number } {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The program's name is in parentheses and may hold blanks and parentheses itself.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number: number) => Number(fields[number - 3]);
  return {
    parent: field(4),
    ownMs: (field(14) + field(15)) * TICK_MS,
    endedChildrenMs: (field(16) + field(17)) * TICK_MS,
  };
}

/** Children, their children and so on. */
export function descendantsOf(pid: number): number[] {
  const childrenOf = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    const child = Number(name);
    if (!Number.isInteger(child)) continue;
    const parent = unlessGone(() => readStat(child).parent);
    if (parent !== undefined) childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), child]);
  }
  const found: number[] = [];
  const visit = (parent: number): void => {
    for (const child of childrenOf.get(parent) ?? []) {
      found.push(child);
      visit(child);
    }
  };
  visit(pid);
  return found;
}

/** Lines `name: number ...`, as in status and smaps_rollup. */
function keyed(text: string): ReadonlyMap<string, number> {
  const values = new Map<string, number>();
  for (const [, name, value] of text.matchAll(/^(\w+):\s+(\d+)/gm)) {
    if (name !== undefined) values.set(name, Number(value));
  }
  return values;
}

function unlessGone<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}
