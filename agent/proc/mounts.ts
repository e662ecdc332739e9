import type { HostFiles } from './host-files.ts';

export interface Mount {
  /** What is mounted: a device, `server:/export`, a ZFS dataset, or a mere name such as `tmpfs`. */
  readonly source: string;
  readonly mountpoint: string;
  readonly fstype: string;
  readonly readOnly: boolean;
  /** Its server or process may stop answering, and then every call on it hangs. */
  readonly remote: boolean;
}

/** Filesystems that hold the kernel's own state, or images that are full by nature. */
const PSEUDO = new Set(
  `autofs binfmt_misc bpf cgroup cgroup2 configfs debugfs devpts devtmpfs efivarfs erofs fusectl
  fuse.gvfsd-fuse fuse.lxcfs fuse.portal hugetlbfs iso9660 mqueue nsfs nullfs overlay proc pstore
  ramfs rpc_pipefs securityfs selinuxfs smackfs squashfs sysfs tracefs udf`.split(/\s+/),
);

const REMOTE =
  /^(nfs4?|cifs|smb3?|smbfs|9p|virtiofs|ceph|glusterfs|lustre|gpfs|afs|ncpfs|gfs2|ocfs2|fuse\b.*)$/;

/** Places whose filesystems come and go with sessions, containers and packages. */
const TRANSIENT =
  /^\/(dev|proc|sys|run|snap|var\/lib\/(docker|containers|containerd|kubelet)|var\/snap)(\/|$)/;

/**
 * The filesystems that can fill up, each once, in the order they were mounted. Of several mounts of
 * one thing (bind mounts, subvolumes) the one with the shortest path stands for all; of several on
 * one path, the last, which hides the others. Source: proc_pid_mounts(5), fstab(5) for the escapes.
 */
export function readMounts(files: HostFiles): readonly Mount[] {
  const cursor = files.read(`${files.hostProcess}/mounts`);
  const byMountpoint = new Map<string, Mount>();
  while (!cursor.done) {
    const source = unescapeOctal(cursor.word());
    const mountpoint = unescapeOctal(cursor.word());
    const fstype = cursor.word();
    const readOnly = cursor.word().split(',').includes('ro');
    const mount = { source, mountpoint, fstype, readOnly, remote: REMOTE.test(fstype) };
    if (mountpoint !== '') byMountpoint.set(mountpoint, mount);
    cursor.nextLine();
  }
  const bySource = new Map<string, Mount>();
  for (const mount of byMountpoint.values()) {
    if (!canFillUp(mount)) continue;
    // A name without a slash or colon (tmpfs, none) is no identity; a ZFS pool's root dataset is.
    const key = /[/:]/.test(mount.source) ? mount.source : `${mount.source} ${mount.mountpoint}`;
    const other = bySource.get(key);
    if (other === undefined || mount.mountpoint.length < other.mountpoint.length) {
      bySource.set(key, mount);
    }
  }
  return [...bySource.values()];
}

function canFillUp({ fstype, mountpoint, readOnly }: Mount): boolean {
  // In a container the root is an overlay, and all the agent can see of the disk.
  if (mountpoint === '/') return fstype !== 'rootfs';
  // Nobody can fill memory that is mounted read-only (a disk that is may have become so by an error).
  if (fstype === 'tmpfs' && readOnly) return false;
  return !PSEUDO.has(fstype) && !TRANSIENT.test(mountpoint);
}

/** The kernel writes blanks, backslashes and # in names as three octal digits: `\040`. */
function unescapeOctal(text: string): string {
  return text.replaceAll(/\\([0-3][0-7]{2})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
