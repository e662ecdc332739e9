import { HOUR_MS } from '../../core/time.ts';
import { noise, seedOf, uuidOf } from './noise.ts';
import type { Span } from './spans.ts';
import { applyStories } from './stories.ts';

/** What a VM is for, which decides what it uses. */
export type Role = 'web' | 'db' | 'cache' | 'ci' | 'mail' | 'app' | 'files' | 'desktop';

/** What libvirt says of a VM from a time on, as it numbers states. */
export interface VmPhase {
  readonly fromMs: number;
  readonly state: number;
  readonly reason: string;
}

export interface WorldVm {
  readonly name: string;
  readonly uuid: string;
  readonly role: Role;
  readonly vcpus: number;
  readonly memoryBytes: number;
  readonly seed: number;
  /** In the order of time; it is on the first host from the beginning. */
  readonly homes: { readonly host: string; readonly fromMs: number }[];
  readonly phases: VmPhase[];
  /** In which its CPUs are as busy as can be. */
  readonly hot: Span[];
  /** In which its memory is nearly used up. */
  readonly memoryShort: Span[];
  /** libvirt's jobs on it. */
  readonly jobs: (Span & { readonly operation: string; readonly host: string })[];
}

export interface WorldMount {
  readonly mountpoint: string;
  readonly fstype: string;
  readonly sizeBytes: number;
  /** What is used at a time, bytes. */
  usedBytes: (atMs: number) => number;
}

export interface WorldHost {
  readonly name: string;
  readonly seed: number;
  readonly tags: Readonly<Record<string, string>>;
  /** Fewer than its VMs ask for where it is overcommitted. */
  cpuCount: number;
  cpu: string;
  readonly memoryBytes: number;
  readonly linkBytesPerSecond: number;
  readonly mounts: WorldMount[];
  /** Boots, in the order of time. */
  readonly bootsMs: number[];
  /** In which nothing is heard of it. */
  readonly silent: Span[];
}

export interface Fleet {
  readonly hosts: readonly WorldHost[];
  readonly vms: readonly WorldVm[];
  /** Times of stories are counted back from here. */
  readonly nowMs: number;
}

export interface FleetSize {
  readonly hosts: number;
  readonly vmsPerHost: number;
}

const GIB = 1024 ** 3;
/** Of one purpose there are several: `shop-web-1`, `shop-web-2`. */
const NAMES: readonly (readonly [name: string, role: Role, vcpus: number, gib: number])[] = [
  ['shop-web', 'web', 4, 8],
  ['shop-db', 'db', 8, 32],
  ['mail', 'mail', 2, 8],
  ['ci-runner', 'ci', 8, 16],
  ['session-cache', 'cache', 2, 16],
  ['erp-app', 'app', 4, 16],
  ['files', 'files', 2, 4],
  ['wiki', 'app', 2, 4],
  ['staging', 'app', 4, 8],
  ['k8s-worker', 'app', 8, 32],
  ['vdi-pool', 'desktop', 4, 8],
  ['reports-db', 'db', 4, 16],
];

const SITES = [
  { site: 'fra1', short: 'fra' },
  { site: 'ams2', short: 'ams' },
  { site: 'sin1', short: 'sin' },
] as const;

const CPUS = [
  { cpu: 'AMD EPYC 7443P 24-Core Processor', cpuCount: 48, gib: 256 },
  { cpu: 'Intel(R) Xeon(R) Silver 4314 CPU @ 2.40GHz', cpuCount: 32, gib: 192 },
] as const;

/** Hosts and VMs with what happened to them lately. The same for the same size and time. */
export function makeFleet({ hosts: count, vmsPerHost }: FleetSize, nowMs: number): Fleet {
  const hosts = Array.from({ length: count }, (_, i) => makeHost(i, count, nowMs));
  const vms = hosts.flatMap((host, i) =>
    Array.from({ length: vmsPerHost }, (_, k) => makeVm(host, i, k, count, vmsPerHost)),
  );
  const fleet = { hosts, vms, nowMs };
  applyStories(fleet);
  return fleet;
}

function makeHost(index: number, count: number, nowMs: number): WorldHost {
  const perSite = Math.ceil(count / SITES.length);
  const { site, short } = SITES[Math.floor(index / perSite)] ?? SITES[0];
  const number = (index % perSite) + 1;
  const name = `hv-${short}-${String(number).padStart(count > 99 ? 3 : 2, '0')}`;
  const seed = seedOf(name);
  const { cpu, cpuCount, gib } = CPUS[index % CPUS.length] ?? CPUS[0];
  const rack = `${site === 'fra1' ? 'A' : 'B'}${String(1 + Math.floor((number - 1) / 12)).padStart(2, '0')}`;
  return {
    name,
    seed,
    tags: { site, rack, role: 'hypervisor', env: index % 5 === 4 ? 'staging' : 'production' },
    cpuCount,
    cpu,
    memoryBytes: gib * GIB,
    linkBytesPerSecond: 1.25e9,
    mounts: [
      mount('/', 'ext4', 118 * GIB, 0.31 + 0.2 * noise(seed, 1), nowMs),
      mount('/var/lib/libvirt/images', 'xfs', 3720 * GIB, 0.45 + 0.2 * noise(seed, 2), nowMs),
      mount('/srv/backup', 'xfs', 7440 * GIB, 0.4 + 0.25 * noise(seed, 3), nowMs),
    ],
    bootsMs: [nowMs - (20 + 70 * noise(seed, 4)) * 24 * HOUR_MS],
    silent: [],
  };
}

/** Fills slowly: a tenth of itself in a year. */
function mount(
  mountpoint: string,
  fstype: string,
  sizeBytes: number,
  part: number,
  nowMs: number,
): WorldMount {
  const perMs = (sizeBytes * 0.1) / (365 * 24 * HOUR_MS);
  const usedBytes = (atMs: number) =>
    Math.max(0.02 * sizeBytes, sizeBytes * part + perMs * (atMs - nowMs));
  return { mountpoint, fstype, sizeBytes, usedBytes };
}

function makeVm(
  host: WorldHost,
  hostIndex: number,
  index: number,
  hostCount: number,
  vmsPerHost: number,
): WorldVm {
  const number = hostIndex * vmsPerHost + index;
  // Purposes go round, so that each host has some of each.
  const [base, role, vcpus, gib] = NAMES[(index + hostIndex) % NAMES.length] ?? NAMES[0] ?? never();
  const rounds = Math.floor(index / NAMES.length) * hostCount;
  const name = `${base}-${String(hostIndex + 1 + rounds).padStart(hostCount > 99 ? 4 : 1, '0')}`;
  const seed = seedOf(`${name} ${number}`);
  return {
    name,
    uuid: uuidOf(`${name} ${number}`),
    role,
    vcpus,
    memoryBytes: gib * GIB,
    seed,
    homes: [{ host: host.name, fromMs: 0 }],
    phases: [{ fromMs: 0, state: 1, reason: 'booted' }],
    hot: [],
    memoryShort: [],
    jobs: [],
  };
}

function never(): never {
  throw new Error('there are names');
}
