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
  const cursor = files.read(`${processWithMounts(files)}/mounts`);
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

/** By the files that are read: what the answer is does not change while a process runs. */
const knownProcesses = new WeakMap<HostFiles, string>();

/**
 * The process that sees mounts as the host has them. That is init, if its file tree is ours: a service
 * manager's sandbox shows us the very same tree, with most of it read-only, and that is nobody's
 * trouble. In a container whose processes are the host's, the tree is another one, and ours counts.
 */
function processWithMounts(files: HostFiles): string {
  const known = knownProcesses.get(files);
  if (known !== undefined) return known;
  const init = '/proc/1';
  const isHostTree = files.hostProcess === init || isSameTree(files, init, files.hostProcess);
  const process = isHostTree ? init : files.hostProcess;
  knownProcesses.set(files, process);
  return process;
}

function isSameTree(files: HostFiles, one: string, other: string): boolean {
  const [root, ...others] = [one, other].map((process) => rootOf(files, process));
  return root !== undefined && others.every((each) => each === root);
}

/**
 * What a process has as `/`: the filesystem's device and the folder of it that is mounted; `undefined`
 * where that is not told. Source: proc_pid_mountinfo(5).
 */
function rootOf(files: HostFiles, process: string): string | undefined {
  const path = `${process}/mountinfo`;
  try {
    const cursor = files.read(path);
    let root: string | undefined;
    while (!cursor.done) {
      const [, , device, folder, mountpoint] = Array.from({ length: 5 }, () => cursor.word());
      // The last one hides those before.
      if (mountpoint === '/') root = `${device} ${folder}`;
      cursor.nextLine();
    }
    files.forget(path);
    return root;
  } catch {
    // Processes of others may be hidden from us (hidepid).
    return undefined;
  }
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
