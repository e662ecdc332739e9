import type { AgentMetricName, HostMetricName } from '../../core/catalogue/catalogue.ts';
import type { WorldHost, WorldVm } from './fleet.ts';
import { byDevice, type Emit, LabelCache } from './label-cache.ts';
import { daily, noise, seedOf, wander } from './noise.ts';
import { isIn } from './spans.ts';
import { isRunning, residentBytes, VmSampler, wantedCpu } from './vm-samples.ts';

const COLLECTORS = ['cpu', 'load', 'memory', 'pressure', 'processes', 'uptime', 'disk'];
const MORE_COLLECTORS = ['filesystem', 'network', 'info', 'libvirt'];
export const AGENT_VERSION = '0.1.0';
/** What the host itself uses of a core for each VM. */
const CORES_PER_VM = 0.04;
/** A host gives VMs no more of its cores than this. */
const GIVEN = 0.96;

type Name = HostMetricName | AgentMetricName;
type Named = (
  name: Name,
  value: number,
  key?: string,
  more?: (key: string) => Readonly<Record<string, string>>,
) => void;

/** All samples that the agent of a host takes at an instant; none while it is silent. */
export class HostSampler {
  readonly host: WorldHost;
  readonly #vmsAt: (host: string, atMs: number) => readonly WorldVm[];
  readonly #cache: LabelCache;
  readonly #vmSamplers = new Map<string, VmSampler>();

  constructor(host: WorldHost, vmsAt: (host: string, atMs: number) => readonly WorldVm[]) {
    this.host = host;
    this.#cache = new LabelCache({ host: host.name });
    this.#vmsAt = vmsAt;
  }

  sample(atMs: number, emit: Emit): void {
    const { host } = this;
    const bootMs = host.bootsMs.findLast((ms) => ms <= atMs);
    if (bootMs === undefined || isIn(host.silent, atMs)) return;
    const named: Named = (name, value, key, more) => this.#cache.emit(emit, name, value, key, more);
    const vms = this.#vmsAt(host.name, atMs);
    const wantedCores = vms.reduce(
      (sum, vm) => sum + (isRunning(vm, atMs) ? (wantedCpu(vm, atMs) / 100) * vm.vcpus : 0),
      0,
    );
    const scale = Math.min(1, (host.cpuCount * GIVEN) / Math.max(1, wantedCores));
    const busyCores = wantedCores * scale + vms.length * CORES_PER_VM + 0.3;
    this.#cpu(named, atMs, Math.min(99.6, (busyCores / host.cpuCount) * 100), wantedCores, scale);
    this.#memory(named, atMs, vms);
    this.#system(named, atMs, bootMs, vms.length);
    this.#disks(named, atMs);
    this.#filesystems(named, atMs);
    this.#network(named, atMs, vms);
    this.#agent(named, atMs, bootMs);
    for (const vm of vms) this.#samplerOf(vm).sample(host.name, atMs, scale, emit);
  }

  #cpu(named: Named, atMs: number, usage: number, wantedCores: number, scale: number): void {
    const { seed, cpuCount } = this.host;
    const system = usage * (0.12 + 0.04 * wander(seed, atMs, 60_000));
    named('host_cpu_usage_percent', usage);
    named('host_cpu_user_percent', usage - system);
    named('host_cpu_system_percent', system);
    named('host_cpu_iowait_percent', Math.min(100 - usage, 1.4 * wander(seed + 1, atMs, 45_000)));
    named('host_cpu_steal_percent', 0);
    named('host_cpu_count', cpuCount);
    const load = wantedCores + 0.8 * wander(seed + 2, atMs, 60_000);
    named('host_load1', load);
    named('host_load5', wantedCores + 0.6 * wander(seed + 2, atMs, 300_000));
    named('host_load15', wantedCores + 0.5 * wander(seed + 2, atMs, 900_000));
    const waits = scale < 1 ? 55 + 90 * (1 - scale) : 0.6 + usage * 0.03;
    named('host_pressure_cpu_waiting_percent', Math.min(99, waits + noise(seed, atMs / 10_000)));
    named('host_processes_running_count', 1 + Math.round(load));
    named('host_context_switches_per_second', 9000 + wantedCores * 2400);
  }

  #memory(named: Named, atMs: number, vms: readonly WorldVm[]): void {
    const { seed, memoryBytes } = this.host;
    const ofVms = vms.reduce((sum, vm) => sum + residentBytes(vm, atMs), 0);
    const used = Math.min(memoryBytes * 0.94, ofVms + 5.2e9 + 6e8 * wander(seed, atMs, 1_200_000));
    named('host_memory_usage_percent', (used / memoryBytes) * 100);
    named('host_memory_total_bytes', memoryBytes);
    named('host_memory_used_bytes', used);
    named('host_memory_available_bytes', memoryBytes - used);
    named('host_memory_cached_bytes', (memoryBytes - used) * 0.6);
    named('host_memory_dirty_bytes', 3e7 + 4e8 * wander(seed + 4, atMs, 30_000));
    named('host_swap_total_bytes', 8 * 1024 ** 3);
    named('host_swap_used_bytes', 3e7);
    named('host_swap_usage_percent', 0.35);
    named('host_swap_in_bytes_per_second', 0);
    named('host_swap_out_bytes_per_second', 0);
    named('host_pressure_memory_waiting_percent', 0);
    named('host_pressure_io_waiting_percent', 2.5 * wander(seed + 5, atMs, 60_000));
  }

  #system(named: Named, atMs: number, bootMs: number, vmCount: number): void {
    const { seed } = this.host;
    named('host_forks_per_second', 6 + 10 * noise(seed, Math.floor(atMs / 10_000)));
    named('host_processes_count', 620 + vmCount * 14 + 8 * wander(seed, atMs, 300_000));
    named('host_processes_blocked_count', 0);
    named('host_file_descriptors_usage_percent', 0.08);
    named('host_conntrack_usage_percent', 1.2 + 2 * daily(atMs));
    named('host_uptime_seconds', (atMs - bootMs) / 1000);
  }

  #disks(named: Named, atMs: number): void {
    const { seed } = this.host;
    for (const [i, device] of ['nvme0n1', 'nvme1n1'].entries()) {
      const level = 0.15 + 0.5 * daily(atMs) + 0.5 * wander(seed + 10 + i, atMs, 120_000);
      named('host_disk_read_operations_per_second', 700 * level, device, byDevice);
      named('host_disk_write_operations_per_second', 950 * level, device, byDevice);
      named('host_disk_read_bytes_per_second', 2.1e7 * level, device, byDevice);
      named('host_disk_write_bytes_per_second', 2.9e7 * level, device, byDevice);
      named('host_disk_busy_percent', 22 * level, device, byDevice);
      named('host_disk_read_latency_seconds', 0.0003 + 0.0005 * level, device, byDevice);
      named('host_disk_write_latency_seconds', 0.0002 + 0.0007 * level, device, byDevice);
    }
  }

  #filesystems(named: Named, atMs: number): void {
    for (const { mountpoint, fstype, sizeBytes, usedBytes } of this.host.mounts) {
      const used = usedBytes(atMs);
      const more = () => ({ mountpoint, fstype });
      named('host_filesystem_usage_percent', (used / sizeBytes) * 100, mountpoint, more);
      named('host_filesystem_size_bytes', sizeBytes, mountpoint, more);
      named('host_filesystem_available_bytes', sizeBytes - used, mountpoint, more);
      named('host_filesystem_inodes_usage_percent', (used / sizeBytes) * 6, mountpoint, more);
      named('host_filesystem_read_only', 0, mountpoint, more);
    }
  }

  #network(named: Named, atMs: number, vms: readonly WorldVm[]): void {
    const { seed, linkBytesPerSecond } = this.host;
    const level = 0.1 + daily(atMs) + 0.4 * wander(seed + 20, atMs, 60_000);
    for (const [device, part] of [
      ['eno1', 1],
      ['eno2', 0.25],
    ] as const) {
      const received = level * part * vms.length * 1.1e6;
      const sent = level * part * vms.length * 3.4e6;
      named('host_network_receive_bytes_per_second', received, device, byDevice);
      named('host_network_transmit_bytes_per_second', sent, device, byDevice);
      named('host_network_receive_packets_per_second', received / 420, device, byDevice);
      named('host_network_transmit_packets_per_second', sent / 980, device, byDevice);
      named('host_network_receive_errors_per_second', 0, device, byDevice);
      named('host_network_transmit_errors_per_second', 0, device, byDevice);
      named('host_network_receive_drops_per_second', 0, device, byDevice);
      named('host_network_transmit_drops_per_second', 0, device, byDevice);
      named(
        'host_network_receive_usage_percent',
        (received / linkBytesPerSecond) * 100,
        device,
        byDevice,
      );
      named(
        'host_network_transmit_usage_percent',
        (sent / linkBytesPerSecond) * 100,
        device,
        byDevice,
      );
    }
  }

  #agent(named: Named, atMs: number, bootMs: number): void {
    const { name, tags, cpu, silent } = this.host;
    const fingerprint = (text: string) => seedOf(text).toString(16).padStart(8, '0').repeat(2);
    named('host_info', 1, String(bootMs), () => ({
      ...tags,
      os: 'Debian GNU/Linux 13',
      kernel: '6.12.57+deb13-amd64',
      arch: 'x64',
      cpu,
      machine: fingerprint(name),
      boot: fingerprint(`${name} ${bootMs}`),
    }));
    named('hypervigil_agent_info', 1, '', () => ({ version: AGENT_VERSION }));
    named('hypervigil_agent_batch_interval_seconds', 60);
    named('hypervigil_agent_sample_cpu_seconds', 0.004);
    named('hypervigil_agent_resident_memory_bytes', 98 << 20);
    for (const collector of [...COLLECTORS, ...MORE_COLLECTORS])
      named('hypervigil_agent_collector_up', 1, collector, () => ({ collector }));
    const backMs =
      silent.findLast(({ toMs }) => toMs !== undefined && toMs <= atMs)?.toMs ?? bootMs;
    named('hypervigil_agent_complete_seconds', Math.min(3600, (atMs - backMs) / 1000));
  }

  #samplerOf(vm: WorldVm): VmSampler {
    let sampler = this.#vmSamplers.get(vm.uuid);
    if (sampler === undefined) {
      sampler = new VmSampler(vm);
      this.#vmSamplers.set(vm.uuid, sampler);
    }
    return sampler;
  }
}
