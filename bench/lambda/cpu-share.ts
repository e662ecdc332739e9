import { accessSync, constants, existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Lambda gives a whole CPU for so much memory, and in proportion below. Source: "Configuring function memory", AWS Lambda developer guide. */
export const VCPU_MEMORY_MB = 1769;

/** As Lambda's own scheduler has it, 20 ms at a time. */
const PERIOD_US = 20_000;

/** Where CPU time is limited: with version 1 of cgroups, or with version 2. */
const HIERARCHIES = [
  { root: '/sys/fs/cgroup/cpu', probe: 'cpu.cfs_quota_us', isV2: false },
  { root: '/sys/fs/cgroup', probe: 'cgroup.subtree_control', isV2: true },
] as const;

export interface CpuGroup {
  /** A process that writes its pid there is in the group. */
  readonly procsFile: string;
  readonly remove: () => void;
}

/** A group with so much of one CPU; `undefined` where none can be made: that needs root and a cgroup hierarchy. */
export function makeCpuGroup(name: string, share: number): CpuGroup | undefined {
  const hierarchy = HIERARCHIES.find(({ root, probe }) => isWritable(join(root, probe)));
  if (hierarchy === undefined) return undefined;
  const folder = join(hierarchy.root, name);
  mkdirSync(folder, { recursive: true });
  const quotaUs = Math.round(share * PERIOD_US);
  const set = (file: string, text: string) => writeFileSync(join(folder, file), text);
  if (hierarchy.isV2) set('cpu.max', `${quotaUs} ${PERIOD_US}`);
  else {
    set('cpu.cfs_period_us', String(PERIOD_US));
    set('cpu.cfs_quota_us', String(quotaUs));
  }
  return { procsFile: join(folder, 'cgroup.procs'), remove: () => rmdirSync(folder) };
}

function isWritable(file: string): boolean {
  if (!existsSync(file)) return false;
  try {
    accessSync(file, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
