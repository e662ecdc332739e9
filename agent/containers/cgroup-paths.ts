import type { HostFiles } from '../proc/host-files.ts';

/** The control group of a running container. */
export interface ContainerGroup {
  /** As its runtime knows it: 64 hexadecimal digits, or the name of an LXC container. */
  readonly fullId: string;
  /** `docker`, `podman`, `containerd`, `cri-o`, `lxc`, or `kubernetes` where only a pod is known. */
  readonly runtime: string;
  /** Below the root of the hierarchy, with a leading slash. */
  readonly path: string;
}

/** The hierarchy of control groups: one (v2), or one for each resource (v1 and hybrid). */
export type CgroupLayout = 'v1' | 'v2';

const ROOT = '/sys/fs/cgroup';

/** Containers watched on one host; a series bound of 14 each keeps them within a sample. */
const CONTAINERS_MAX = 500;

/** Directories looked into: a slice for each user and pod at most. */
const DIRECTORIES_MAX = 2000;

/** Names of scopes that systemd makes for runtimes, such as `docker-<id>.scope`. */
const SCOPE = /^(docker|libpod|crio|cri-containerd|nerdctl)-([0-9a-f]+)(?:\.scope)?$/;
const RUNTIME_OF_PREFIX: Readonly<Record<string, string>> = {
  docker: 'docker',
  libpod: 'podman',
  crio: 'cri-o',
  'cri-containerd': 'containerd',
  nerdctl: 'containerd',
};

/** Of an id. Expressions that count to it are compiled to 80 KB each. */
const ID_DIGITS = 64;

/** Without systemd a group has the mere id, below a parent that tells whose it is. */
function isBareId(name: string): boolean {
  return name.length === ID_DIGITS && /^[0-9a-f]+$/.test(name);
}

/** `lxc.payload.<name>` of LXC 4 and newer; older ones and Proxmox have `lxc/<name>`. */
const LXC_PAYLOAD = /^lxc\.payload\.(.+)$/;

/** Parents of containers: slices of systemd, folders of runtimes, pods of Kubernetes. */
const PARENT =
  /^(docker|system\.slice|machine|machine\.slice|libpod_parent|machine-libpod_pod_[0-9a-f]+\.slice|lxc|user\.slice|user-\d+\.slice|user@\d+\.service|kubepods.*|burstable|besteffort|pod[0-9a-f-]+)$/;

/** Which layout this host has; `undefined` where it has no control groups. */
export function cgroupLayout(files: HostFiles): CgroupLayout | undefined {
  if (files.exists(`${ROOT}/cgroup.controllers`)) return 'v2';
  return files.exists(`${ROOT}/memory`) ? 'v1' : undefined;
}

/** Where the files of one resource lie; all together in v2. */
export function cgroupRoot(layout: CgroupLayout, controller: string): string {
  return layout === 'v2' ? ROOT : `${ROOT}/${controller}`;
}

/** The control groups of all running containers, in the order of their paths. */
export function findContainerGroups(
  files: HostFiles,
  layout: CgroupLayout,
): readonly ContainerGroup[] {
  const root = cgroupRoot(layout, 'memory');
  const found: ContainerGroup[] = [];
  const waiting = [''];
  for (let i = 0; i < waiting.length && i < DIRECTORIES_MAX; i += 1) {
    const parent = waiting[i] ?? '';
    for (const name of files.list(root + parent)) {
      const path = `${parent}/${name}`;
      const group = groupOf(parent, name, path);
      if (group !== undefined) {
        if (found.length < CONTAINERS_MAX) found.push(group);
      } else if (PARENT.test(name)) waiting.push(path);
    }
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function groupOf(parent: string, name: string, path: string): ContainerGroup | undefined {
  const [, prefix, fullId] = SCOPE.exec(name) ?? [];
  if (prefix !== undefined && fullId?.length === ID_DIGITS) {
    return { fullId, runtime: RUNTIME_OF_PREFIX[prefix] ?? prefix, path };
  }
  const folder = parent.split('/', 2)[1] ?? '';
  if (folder === 'docker' && isBareId(name)) return { fullId: name, runtime: 'docker', path };
  if (folder.startsWith('kubepods') && isBareId(name)) {
    return { fullId: name, runtime: 'kubernetes', path };
  }
  const lxcName = LXC_PAYLOAD.exec(name)?.[1] ?? (parent === '/lxc' ? lxcFolder(name) : undefined);
  return lxcName === undefined ? undefined : { fullId: lxcName, runtime: 'lxc', path };
}

/** Beside its containers, a folder of control groups holds the files of its own numbers. */
function lxcFolder(name: string): string | undefined {
  return /^(cgroup|cpu|cpuacct|cpuset|memory|io|blkio|pids|hugetlb|misc|rdma|irq)\./.test(name) ||
    /^(tasks|notify_on_release|release_agent)$/.test(name)
    ? undefined
    : name;
}
