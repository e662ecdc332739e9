import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Where memory is limited: with version 1 of cgroups, or with version 2. */
const HIERARCHIES = [
  { root: '/sys/fs/cgroup/memory', high: 'memory.limit_in_bytes', max: undefined },
  { root: '/sys/fs/cgroup', high: 'memory.high', max: 'memory.max' },
] as const;

const REMOVE_TRIES = 50;
const REMOVE_EVERY_MS = 100;

export interface MemoryLimits {
  /** Above it memory is taken back: systemd's MemoryHigh. Version 1 has this one only, and as a hard one. */
  readonly highBytes: number;
  /** systemd's MemoryMax. */
  readonly maxBytes: number;
}

export interface MemoryGroup {
  /** A process that writes its pid there is in the group. */
  readonly procsFile: string;
  readonly description: string;
  /** To be called when all has started: from here on the lower limit holds. */
  tighten(): void;
  /** Once nothing runs in it, which may take a moment after the last one has ended. */
  remove(): Promise<void>;
}

/** Why no group can be made here; `undefined` where one can. */
export function noMemoryGroup(): string | undefined {
  return usable() === undefined
    ? 'needs root and a cgroup hierarchy with the memory controller'
    : undefined;
}

/** A group of its own with these limits. Throws where none can be made. */
export function makeMemoryGroup(name: string, { highBytes, maxBytes }: MemoryLimits): MemoryGroup {
  const hierarchy = usable();
  if (hierarchy === undefined) throw new Error(`no memory group: ${noMemoryGroup()}`);
  const folder = join(hierarchy.root, name);
  mkdirSync(folder, { recursive: true });
  const limit = (file: string, bytes: number) => writeFileSync(join(folder, file), String(bytes));
  // The only limit of version 1 is a hard one, and what starts needs more for a moment.
  if (hierarchy.max === undefined) limit(hierarchy.high, maxBytes);
  else {
    limit(hierarchy.high, highBytes);
    limit(hierarchy.max, maxBytes);
  }
  const version = hierarchy.max === undefined ? 1 : 2;
  return {
    procsFile: join(folder, 'cgroup.procs'),
    description: `${highBytes >> 20} MB in a cgroup of version ${version}`,
    tighten() {
      limit(hierarchy.high, highBytes);
    },
    async remove() {
      for (let tries = 1; !isEmptied(folder) && tries < REMOVE_TRIES; tries += 1) {
        await sleep(REMOVE_EVERY_MS);
      }
    },
  };
}

/** Removes a group; `false` while something runs in it. */
function isEmptied(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EBUSY') return false;
    throw error;
  }
}

function usable(): (typeof HIERARCHIES)[number] | undefined {
  return HIERARCHIES.find(({ root, max }) => {
    if (max !== undefined && !hasMemoryController(root)) return false;
    if (max === undefined && !existsSync(join(root, 'memory.limit_in_bytes'))) return false;
    try {
      accessSync(root, constants.W_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function hasMemoryController(root: string): boolean {
  const file = join(root, 'cgroup.subtree_control');
  return existsSync(file) && readFileSync(file, 'utf8').split(/\s/).includes('memory');
}
