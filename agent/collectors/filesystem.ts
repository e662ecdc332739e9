import type { HostFiles } from '../proc/host-files.ts';
import { type Mount, readMounts } from '../proc/mounts.ts';
import type { Collector } from './collector.ts';
import { Measurements, percentOf } from './measurements.ts';
import { Prober } from './prober.ts';

/** What statfs(2) tells; `frsize` where this version of Node has it. */
export interface FilesystemStats {
  readonly bsize: number;
  /** The unit of the block counts, where it differs from `bsize` (some network filesystems). */
  readonly frsize?: number;
  readonly blocks: number;
  readonly bfree: number;
  readonly bavail: number;
  readonly files: number;
  readonly ffree: number;
}

/** Longer than any healthy server takes, and short enough for a sample. */
const STATFS_TIMEOUT_MS = 2000;

/**
 * Calls that may be under way on each kind. Every one that hangs holds one of the four threads that
 * Node shares among files and name lookups, so a hung server must never take the last one.
 */
const LOCAL_CALLS_MAX = 1;
const REMOTE_CALLS_MAX = 2;

/**
 * Space of mounted filesystems. One that hangs (a dead NFS server) gives no numbers and is not asked
 * again until its call returned; local filesystems have their own lane, so it never delays them.
 */
export function createFilesystemCollector(
  files: HostFiles,
  statfs: (path: string) => Promise<FilesystemStats>,
  timeoutMs: number = STATFS_TIMEOUT_MS,
): Collector {
  const local = new Prober(LOCAL_CALLS_MAX, timeoutMs, statfs);
  const remote = new Prober(REMOTE_CALLS_MAX, timeoutMs, statfs);

  async function probe(): Promise<readonly (readonly [Mount, FilesystemStats | undefined])[]> {
    const mounts = readMounts(files);
    return Promise.all(
      mounts.map(async (mount) => {
        const path = files.pathOf(mount.mountpoint);
        return [mount, await (mount.remote ? remote : local).ask(path)] as const;
      }),
    );
  }

  return {
    name: 'filesystem',
    async check() {
      const probed = await probe();
      const silent = probed.filter(([, stats]) => stats === undefined);
      const sees = probed
        .map(([mount, stats]) => `${mount.mountpoint} ${stats ? sizeOf(stats) : 'no answer'}`)
        .join(', ');
      if (probed.length === 0) return { status: 'absent', sees: 'no filesystems that can fill up' };
      if (silent.length === 0) return { status: 'ok', sees };
      const names = silent.map(([mount]) => mount.mountpoint).join(', ');
      return {
        status: 'trouble',
        sees,
        mend: `${names}: see if the server of it answers and this user may read it`,
      };
    },
    async collect() {
      const out = new Measurements();
      for (const [mount, stats] of await probe()) addFilesystem(out, mount, stats);
      return out.list;
    },
  };
}

function addFilesystem(out: Measurements, mount: Mount, stats: FilesystemStats | undefined): void {
  const labels = { mountpoint: mount.mountpoint, fstype: mount.fstype };
  if (stats !== undefined && stats.blocks > 0) {
    const blockBytes = stats.frsize || stats.bsize;
    const used = stats.blocks - stats.bfree;
    out.add('host_filesystem_usage_percent', percentOf(used, used + stats.bavail), labels);
    out.add('host_filesystem_size_bytes', stats.blocks * blockBytes, labels);
    out.add('host_filesystem_available_bytes', stats.bavail * blockBytes, labels);
    out.add(
      'host_filesystem_inodes_usage_percent',
      percentOf(stats.files - stats.ffree, stats.files),
      labels,
    );
  }
  out.add('host_filesystem_read_only', mount.readOnly ? 1 : 0, labels);
}

function sizeOf(stats: FilesystemStats): string {
  return `${((stats.blocks * (stats.frsize || stats.bsize)) / 2 ** 30).toFixed(1)} GiB`;
}
