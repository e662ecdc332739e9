import type { VmMetricName } from '../../core/catalogue/catalogue.ts';
import type { Role, WorldVm } from './fleet.ts';
import { byDevice, type Emit, LabelCache } from './label-cache.ts';
import { daily, noise, wander } from './noise.ts';
import { isIn, latest } from './spans.ts';

/** What VMs for a purpose use: of CPU and memory in percent, of disk and network a second at most. */
interface Use {
  readonly idle: number;
  readonly byDay: number;
  readonly bursts: number;
  readonly memory: number;
  readonly operations: number;
  readonly netBytes: number;
}

const USES: Readonly<Record<Role, Use>> = {
  web: { idle: 6, byDay: 38, bursts: 12, memory: 58, operations: 40, netBytes: 24e6 },
  db: { idle: 10, byDay: 30, bursts: 14, memory: 78, operations: 900, netBytes: 9e6 },
  cache: { idle: 4, byDay: 14, bursts: 5, memory: 82, operations: 6, netBytes: 14e6 },
  ci: { idle: 3, byDay: 30, bursts: 55, memory: 44, operations: 350, netBytes: 5e6 },
  mail: { idle: 3, byDay: 9, bursts: 8, memory: 52, operations: 60, netBytes: 1.5e6 },
  app: { idle: 5, byDay: 22, bursts: 10, memory: 61, operations: 70, netBytes: 4e6 },
  files: { idle: 2, byDay: 7, bursts: 6, memory: 47, operations: 160, netBytes: 20e6 },
  desktop: { idle: 2, byDay: 26, bursts: 16, memory: 66, operations: 90, netBytes: 2e6 },
};

/** What of its vCPUs a VM would use if it got all it asks for, percent. */
export function wantedCpu({ seed, role, hot }: WorldVm, atMs: number): number {
  const shake = 3 * noise(seed, Math.floor(atMs / 10_000));
  if (isIn(hot, atMs)) return 95.5 + shake;
  const { idle, byDay, bursts } = USES[role];
  const burst = bursts * Math.max(0, wander(seed, atMs, 9 * 60_000) * 2.2 - 1.2);
  const size = 0.75 + 0.5 * noise(seed, 1);
  return Math.min(99, size * (idle + byDay * daily(atMs) + burst) + shake);
}

export function isRunning(vm: WorldVm, atMs: number): boolean {
  return latest(vm.phases, atMs)?.state === 1;
}

/** Host memory that the VM's process holds, bytes; 0 while it has none. */
export function residentBytes(vm: WorldVm, atMs: number): number {
  const state = latest(vm.phases, atMs)?.state ?? 0;
  return state === 5 || state === 6 ? 0 : vm.memoryBytes * 0.97 + 60e6;
}

type Named = (name: VmMetricName, value: number, device?: string) => void;

/** The samples of one VM as its hosts tell them. */
export class VmSampler {
  readonly #vm: WorldVm;
  /** By the host that tells. */
  readonly #caches = new Map<string, LabelCache>();

  constructor(vm: WorldVm) {
    this.#vm = vm;
  }

  /** @param scale the part of the CPU it asks for that it gets */
  sample(host: string, atMs: number, scale: number, emit: Emit): void {
    const vm = this.#vm;
    const phase = latest(vm.phases, atMs);
    if (phase === undefined) return;
    const { state, reason } = phase;
    const isHung = reason === 'hung';
    const cache = this.#cacheOf(host);
    const named: Named = (name, value, device) =>
      device === undefined
        ? cache.emit(emit, name, value)
        : cache.emit(emit, name, value, device, byDevice);
    named('vm_up', state === 1 && !isHung ? 1 : 0);
    cache.emit(emit, 'vm_info', 1, '', () => ({ hypervisor: 'qemu', vcpus: String(vm.vcpus) }));
    cache.emit(emit, 'vm_state', state, reason, () => ({ reason }));
    for (const job of vm.jobs)
      if (job.host === host && isIn([job], atMs))
        cache.emit(emit, 'vm_job_active', 1, job.operation, (operation) => ({ operation }));
    if (state === 5 || state === 6 || isHung) return;
    named('vm_memory_total_bytes', vm.memoryBytes);
    named('vm_memory_resident_bytes', residentBytes(vm, atMs));
    const isOn = state === 1;
    const wanted = isOn ? wantedCpu(vm, atMs) : 0;
    named('vm_cpu_usage_percent', wanted * scale);
    named('vm_cpu_steal_percent', isOn ? wanted * (1 - scale) + 0.3 * noise(vm.seed, 3) : 0);
    this.#memory(named, atMs);
    this.#disk(named, atMs, isOn);
    this.#network(named, atMs, isOn);
  }

  #memory(named: Named, atMs: number): void {
    const { seed, role, memoryBytes, memoryShort } = this.#vm;
    const usual = USES[role].memory + 8 * wander(seed, atMs, 3_600_000) + 4 * daily(atMs);
    const percent = isIn(memoryShort, atMs) ? 97 + wander(seed, atMs, 60_000) : Math.min(92, usual);
    named('vm_memory_usage_percent', percent);
    named('vm_memory_used_bytes', (memoryBytes * percent) / 100);
  }

  #disk(named: Named, atMs: number, isOn: boolean): void {
    const { seed, role } = this.#vm;
    const level = isOn ? 0.1 + daily(atMs) * 0.6 + 0.5 * wander(seed + 1, atMs, 150_000) : 0;
    const operations = USES[role].operations * level;
    const writes = operations * (0.4 + 0.3 * noise(seed, 5));
    const reads = operations - writes;
    named('vm_disk_read_operations_per_second', reads, 'vda');
    named('vm_disk_write_operations_per_second', writes, 'vda');
    named('vm_disk_read_bytes_per_second', reads * 21_000, 'vda');
    named('vm_disk_write_bytes_per_second', writes * 14_000, 'vda');
    if (!isOn) return;
    const latency = 0.0006 + 0.0024 * wander(seed + 2, atMs, 240_000) * level;
    named('vm_disk_latency_seconds', latency, 'vda');
    named('vm_disk_requests_in_flight', operations * latency, 'vda');
  }

  #network(named: Named, atMs: number, isOn: boolean): void {
    const { seed, role } = this.#vm;
    const level = isOn ? 0.04 + daily(atMs) * 0.6 + 0.4 * wander(seed + 3, atMs, 90_000) : 0;
    const received = USES[role].netBytes * level * 0.3;
    const sent = USES[role].netBytes * level;
    named('vm_network_receive_bytes_per_second', received, 'net0');
    named('vm_network_transmit_bytes_per_second', sent, 'net0');
    named('vm_network_receive_packets_per_second', received / 420, 'net0');
    named('vm_network_transmit_packets_per_second', sent / 980, 'net0');
    named('vm_network_receive_drops_per_second', 0, 'net0');
    named('vm_network_transmit_drops_per_second', 0, 'net0');
  }

  #cacheOf(host: string): LabelCache {
    let cache = this.#caches.get(host);
    if (cache === undefined) {
      const { name: vm, uuid } = this.#vm;
      cache = new LabelCache({ host, vm, uuid });
      this.#caches.set(host, cache);
    }
    return cache;
  }
}
