import { Background } from '../collectors/background.ts';
import type { Collector } from '../collectors/collector.ts';
import type { FilesystemStats } from '../collectors/filesystem.ts';
import { Measurements, percentOf } from '../collectors/measurements.ts';
import { Prober } from '../collectors/prober.ts';
import { cimClass, cimText } from './cim.ts';
import type { PowerShell } from './powershell.ts';
import { rowsOf } from './read-rows.ts';

/** DriveType 3 is a local disk: no network drives (each user has others), CDs and floppies. */
const VOLUMES = cimClass(
  'Win32_Volume',
  { Name: cimText, FileSystem: cimText },
  { where: 'DriveType=3' },
);

/** Volumes come and go rarely, and listing them wakes every disk. */
const VOLUMES_EVERY_MS = 5 * 60_000;

/** As long as any healthy disk takes, and short enough for a sample. */
const STATFS_TIMEOUT_MS = 2000;

/** A call that hangs holds one of the four threads that Node shares among files and name lookups. */
const CALLS_MAX = 2;

interface Volume {
  /** As statfs takes it: `C:\`, `C:\Data\`. */
  readonly path: string;
  /** As people say it: `C:`, `C:\Data`. */
  readonly mountpoint: string;
  readonly fstype: string;
}

/**
 * Local volumes that have a letter or a folder. The list is from CIM; what is free is asked of the
 * file system itself, each time and without PowerShell. A locked volume (BitLocker) has no numbers.
 */
export function createWindowsFilesystemCollector(
  powerShell: PowerShell,
  monotonicMs: () => number,
  statfs: (path: string) => Promise<FilesystemStats>,
): Collector {
  const volumes = new Background(VOLUMES_EVERY_MS, monotonicMs, () => readVolumes(powerShell));
  const prober = new Prober(CALLS_MAX, STATFS_TIMEOUT_MS, statfs);

  return {
    name: 'filesystem',
    async check() {
      const found = await readVolumes(powerShell);
      if (found.length === 0) return { status: 'absent', sees: 'no local volumes' };
      const names = found.map(({ mountpoint, fstype }) => `${mountpoint} ${fstype}`);
      return { status: 'ok', sees: names.join(', ') };
    },
    async collect() {
      volumes.latest();
      await volumes.settled();
      const latest = volumes.latest();
      if (latest.kind === 'failed') throw latest.error;
      const out = new Measurements();
      if (latest.kind === 'none') return out.list;
      const probed = latest.value.map(
        async (volume) => [volume, await prober.ask(volume.path)] as const,
      );
      for (const [volume, stats] of await Promise.all(probed)) {
        if (stats !== undefined) addVolume(out, volume, stats);
      }
      return out.list;
    },
    close: () => volumes.settled(),
  };
}

async function readVolumes(powerShell: PowerShell): Promise<readonly Volume[]> {
  const rows = await rowsOf(powerShell, VOLUMES);
  return rows.flatMap(({ Name: path, FileSystem: fstype }) => {
    // Without a letter or folder (recovery, EFI) nobody stores anything there.
    if (path === undefined || fstype === undefined || path.startsWith('\\\\?\\')) return [];
    return [{ path, mountpoint: path.replace(/\\$/, ''), fstype }];
  });
}

function addVolume(
  out: Measurements,
  { mountpoint, fstype }: Volume,
  { blocks, bfree, bavail, bsize }: FilesystemStats,
): void {
  if (!(blocks > 0)) return;
  const labels = { mountpoint, fstype };
  const used = blocks - bfree;
  out.add('host_filesystem_usage_percent', percentOf(used, used + bavail), labels);
  out.add('host_filesystem_size_bytes', blocks * bsize, labels);
  out.add('host_filesystem_available_bytes', bavail * bsize, labels);
}
