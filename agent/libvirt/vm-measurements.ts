import type { Measurement } from '../collectors/collector.ts';
import {
  growth,
  Measurements,
  percentOf,
  perSecond,
  quotient,
} from '../collectors/measurements.ts';
import { HUNG_REASON, stateReason } from './state-reason.ts';
import type { DiskStats, DomainStats, NicStats } from './stats.ts';

const KIB = 1024;
const NS_PER_MS = 1e6;
const NS_PER_SECOND = 1e9;

const RUNNING = 1;
/** Without vCPUs that run or could go on: shut off, and crashed with its process kept for a look. */
const OFF_STATES: ReadonlySet<number> = new Set([0, 5, 6]);

/**
 * A guest tells its memory every few seconds where libvirt is told to ask it (`<stats period>`),
 * and once at its start where not. What is older than this is no number for now.
 */
const MEMORY_MAX_AGE_SECONDS = 60;

/** One VM at one instant. */
export interface DomainReading {
  readonly stats: DomainStats;
  /** Its process answers libvirt no more. */
  readonly hung: boolean;
  /** What libvirt does with it, such as `backup`; `undefined` for nothing. */
  readonly job: string | undefined;
  /** When it was read, on a clock that never goes back. */
  readonly atMs: number;
}

/** What runs the VMs: labels of `vm_info`. `connection` only where libvirt is not this host's own. */
export type Hypervisor = Readonly<{ hypervisor: string; connection?: string }>;

const QEMU: Hypervisor = { hypervisor: 'qemu' };

/** The labels every metric of a VM carries. */
type VmLabels = Readonly<Record<'vm' | 'uuid', string>>;

/**
 * The numbers of one VM, in the catalogue's order and by its formulas. Rates are those since
 * `before`, the VM's last reading, if it is the same run of it. A VM that is off or hung has an
 * identity and a state and nothing else: whatever libvirt still tells of it is old.
 */
export function vmMeasurements(
  before: DomainReading | undefined,
  reading: DomainReading,
  nowMs: number,
  hypervisor = QEMU,
): readonly Measurement[] {
  const { stats, hung, job } = reading;
  const labels: VmLabels = { vm: stats.name, uuid: stats.uuid };
  const out = new Measurements();
  out.add('vm_up', stats.state === RUNNING && !hung ? 1 : 0, labels);
  const { vcpuCount } = stats;
  // That of a remote one says where it is, though not every hypervisor tells of vCPUs.
  if (vcpuCount !== undefined || hypervisor.connection !== undefined) {
    const vcpus = vcpuCount === undefined ? {} : { vcpus: `${vcpuCount}` };
    out.add('vm_info', 1, { ...labels, ...hypervisor, ...vcpus });
  }
  const reason = hung ? HUNG_REASON : stateReason(stats.state, stats.reason);
  out.add('vm_state', stats.state, { ...labels, reason });
  if (job !== undefined) out.add('vm_job_active', 1, { ...labels, operation: job });
  if (hung || OFF_STATES.has(stats.state)) return out.list;

  const comparable =
    before !== undefined && !before.hung && before.stats.runId === stats.runId ? before : undefined;
  const elapsedMs = comparable === undefined ? 0 : reading.atMs - comparable.atMs;
  addCpu(out, labels, comparable?.stats, stats, elapsedMs);
  addMemory(out, labels, stats, nowMs);
  for (const disk of stats.disks) {
    const last = comparable?.stats.disks.find(({ name }) => name === disk.name);
    addDisk(out, { ...labels, device: disk.name }, last, disk, elapsedMs);
  }
  for (const [i, nic] of stats.nics.entries()) {
    // Its place in the VM's definition: a tap has another name after each start, which would make
    // each start a new series, and the statistics tell nothing else of a NIC.
    const last = comparable?.stats.nics.find(({ tap }) => tap === nic.tap);
    addNic(out, { ...labels, device: `net${i}` }, last, nic, elapsedMs);
  }
  return out.list;
}

function addCpu(
  out: Measurements,
  labels: VmLabels,
  before: DomainStats | undefined,
  now: DomainStats,
  elapsedMs: number,
): void {
  const available = product(now.vcpuCount, elapsedMs * NS_PER_MS);
  // Above 100 where the process works for its guest beside the vCPUs, as for its disks.
  const used = growth(before?.cpuTimeNs, now.cpuTimeNs);
  out.add('vm_cpu_usage_percent', percentOf(used, available), labels);
  const delayed = growth(before?.vcpuDelayNs, now.vcpuDelayNs);
  out.add('vm_cpu_steal_percent', percentOf(delayed, available), labels);
}

function addMemory(out: Measurements, labels: VmLabels, stats: DomainStats, nowMs: number): void {
  const { balloon } = stats;
  const updatedMs = product(balloon.lastUpdateSeconds, 1000) ?? Number.NEGATIVE_INFINITY;
  const isFresh = stats.state === RUNNING && nowMs - updatedMs <= MEMORY_MAX_AGE_SECONDS * 1000;
  const { availableKib, usableKib } = balloon;
  if (isFresh && availableKib !== undefined && usableKib !== undefined) {
    const usedKib = availableKib - usableKib;
    out.add('vm_memory_usage_percent', percentOf(usedKib, availableKib), labels);
    out.add('vm_memory_used_bytes', usedKib * KIB, labels);
  }
  // A guest's MemTotal stays what it was, so an old one is true too. Where QEMU answered (its `rss`
  // says so) and there is none, the guest has no balloon driver, and the balloon's size must do.
  const totalKib = availableKib ?? (balloon.rssKib === undefined ? undefined : balloon.currentKib);
  out.add('vm_memory_total_bytes', product(totalKib, KIB), labels);
  out.add('vm_memory_resident_bytes', product(balloon.rssKib, KIB), labels);
}

function addDisk(
  out: Measurements,
  labels: VmLabels & { readonly device: string },
  before: DiskStats | undefined,
  now: DiskStats,
  elapsedMs: number,
): void {
  const rate = (field: Exclude<keyof DiskStats, 'name' | 'path'>): number | undefined =>
    perSecond(before?.[field], now[field], elapsedMs);
  out.add('vm_disk_read_operations_per_second', rate('readRequests'), labels);
  out.add('vm_disk_write_operations_per_second', rate('writeRequests'), labels);
  out.add('vm_disk_read_bytes_per_second', rate('readBytes'), labels);
  out.add('vm_disk_write_bytes_per_second', rate('writeBytes'), labels);
  const busyNs = growth(before && busyTimeNs(before), busyTimeNs(now));
  const requests = growth(before && requestCount(before), requestCount(now));
  const latencyNs = quotient(busyNs, requests);
  out.add('vm_disk_latency_seconds', quotient(latencyNs, NS_PER_SECOND), labels);
  out.add('vm_disk_requests_in_flight', quotient(busyNs, elapsedMs * NS_PER_MS), labels);
  out.add('vm_disk_backing_usage_percent', backingUsage(now), labels);
}

/** Time all its requests together took. Flushes are left out where they are not told. */
function busyTimeNs(disk: DiskStats): number | undefined {
  if (disk.readTimeNs === undefined || disk.writeTimeNs === undefined) return undefined;
  return disk.readTimeNs + disk.writeTimeNs + (disk.flushTimeNs ?? 0);
}

function requestCount(disk: DiskStats): number | undefined {
  if (disk.readRequests === undefined || disk.writeRequests === undefined) return undefined;
  return disk.readRequests + disk.writeRequests + (disk.flushRequests ?? 0);
}

/** Only of a thin image on a block device: a file's blocks are of the filesystem, which has its own number. */
function backingUsage(disk: DiskStats): number | undefined {
  const { path, physicalBytes, capacityBytes } = disk;
  if (path === undefined || !path.startsWith('/dev/')) return undefined;
  if (physicalBytes === undefined || capacityBytes === undefined) return undefined;
  return physicalBytes < capacityBytes ? percentOf(disk.allocationBytes, physicalBytes) : undefined;
}

function addNic(
  out: Measurements,
  labels: VmLabels & { readonly device: string },
  before: NicStats | undefined,
  now: NicStats,
  elapsedMs: number,
): void {
  const rate = (...fields: readonly Exclude<keyof NicStats, 'tap'>[]): number | undefined => {
    const sum = (nic: NicStats) => fields.reduce<number | undefined>((s, f) => plus(s, nic[f]), 0);
    return perSecond(before && sum(before), sum(now), elapsedMs);
  };
  out.add('vm_network_receive_bytes_per_second', rate('receiveBytes'), labels);
  out.add('vm_network_transmit_bytes_per_second', rate('transmitBytes'), labels);
  out.add('vm_network_receive_packets_per_second', rate('receivePackets'), labels);
  out.add('vm_network_transmit_packets_per_second', rate('transmitPackets'), labels);
  out.add('vm_network_receive_drops_per_second', rate('receiveDrops', 'receiveErrors'), labels);
  out.add('vm_network_transmit_drops_per_second', rate('transmitDrops', 'transmitErrors'), labels);
}

function product(a: number | undefined, b: number): number | undefined {
  return a === undefined ? undefined : a * b;
}

function plus(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b;
}
