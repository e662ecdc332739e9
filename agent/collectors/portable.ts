import { cpus, loadavg, uptime } from 'node:os';
import type { Collector, Measurement } from './collector.ts';
import { growth, Measurements, percentOf } from './measurements.ts';

/** Filesystems that are the system's own bookkeeping. */
const PSEUDO =
  /^(devfs|autofs|nullfs|proc|procfs|linprocfs|fdescfs|tmpfs|devtmpfs|overlay|squashfs)$/i;

/** Devices that only talk to this machine. */
const LOOPBACK = /^(lo\d*|Loopback.*)$/i;

/**
 * Collectors for systems without /proc (Windows, macOS, BSD), through Node and systeminformation.
 * Fewer numbers than on Linux, and dearer: some of them start programs.
 */
export function createPortableCollectors(): readonly Collector[] {
  return [
    collector('cpu', createCpuReader(), async () => `${cpus().length} CPUs`),
    collector('load', readLoad, async () => 'load averages'),
    collector('memory', readMemory, async () => 'memory and swap'),
    collector('uptime', readUptime, async () => `up ${Math.floor(uptime() / 86_400)} days`),
    collector('disk', readDisks, async () => 'all disks together'),
    collector('filesystem', readFilesystems, describeFilesystems),
    collector('network', readNetwork, async () => 'network interfaces'),
  ];
}

function collector(
  name: string,
  collect: () => Promise<readonly Measurement[]>,
  describe: () => Promise<string>,
): Collector {
  return { name, collect, check: async () => ({ status: 'ok', sees: await describe() }) };
}

interface CpuTimes {
  readonly user: number;
  readonly system: number;
  readonly total: number;
}

function createCpuReader(): () => Promise<readonly Measurement[]> {
  let before: CpuTimes | undefined;
  return async () => {
    const all = cpus();
    const now = sumTimes(all.map((cpu) => cpu.times));
    const user = growth(before?.user, now.user);
    const system = growth(before?.system, now.system);
    const total = growth(before?.total, now.total);
    before = now;
    const out = new Measurements();
    if (user !== undefined && system !== undefined) {
      out.add('host_cpu_usage_percent', percentOf(user + system, total));
    }
    out.add('host_cpu_user_percent', percentOf(user, total));
    out.add('host_cpu_system_percent', percentOf(system, total));
    out.add('host_cpu_count', all.length);
    return out.list;
  };
}

function sumTimes(
  all: readonly { user: number; nice: number; sys: number; idle: number; irq: number }[],
): CpuTimes {
  let user = 0;
  let system = 0;
  let idle = 0;
  for (const times of all) {
    user += times.user + times.nice;
    system += times.sys + times.irq;
    idle += times.idle;
  }
  return { user, system, total: user + system + idle };
}

/** Windows has no load average; Node gives zeros there, which would be a lie. */
async function readLoad(): Promise<readonly Measurement[]> {
  const out = new Measurements();
  if (process.platform === 'win32') return out.list;
  const [load1, load5, load15] = loadavg();
  out.add('host_load1', load1);
  out.add('host_load5', load5);
  out.add('host_load15', load15);
  return out.list;
}

async function readMemory(): Promise<readonly Measurement[]> {
  const { mem } = await import('systeminformation');
  const { total, available, swaptotal, swapused } = await mem();
  const out = new Measurements();
  out.add('host_memory_usage_percent', percentOf(total - available, total));
  out.add('host_memory_total_bytes', total);
  out.add('host_memory_used_bytes', total - available);
  out.add('host_memory_available_bytes', available);
  out.add('host_swap_usage_percent', percentOf(swapused, swaptotal));
  out.add('host_swap_total_bytes', swaptotal);
  if (swaptotal > 0) out.add('host_swap_used_bytes', swapused);
  return out.list;
}

async function readUptime(): Promise<readonly Measurement[]> {
  return [{ name: 'host_uptime_seconds', labels: {}, value: uptime() }];
}

/** systeminformation tells the disks' sum only, and nothing at all on Windows. */
async function readDisks(): Promise<readonly Measurement[]> {
  const { disksIO, fsStats } = await import('systeminformation');
  const [operations, bytes] = await Promise.all([disksIO(), fsStats()]);
  const out = new Measurements();
  const labels = { device: 'all' };
  // Both are `null`, or rates `null`, where nothing is known (yet): `add` leaves those out.
  out.add('host_disk_read_operations_per_second', operations?.rIO_sec ?? undefined, labels);
  out.add('host_disk_write_operations_per_second', operations?.wIO_sec ?? undefined, labels);
  out.add('host_disk_read_bytes_per_second', bytes?.rx_sec ?? undefined, labels);
  out.add('host_disk_write_bytes_per_second', bytes?.wx_sec ?? undefined, labels);
  return out.list;
}

async function listFilesystems() {
  const { fsSize } = await import('systeminformation');
  return (await fsSize()).filter(({ type, size }) => size > 0 && !PSEUDO.test(type));
}

async function describeFilesystems(): Promise<string> {
  const mounts = (await listFilesystems()).map(({ mount }) => mount);
  return mounts.length === 0 ? 'no filesystems' : mounts.join(', ');
}

async function readFilesystems(): Promise<readonly Measurement[]> {
  const out = new Measurements();
  for (const { mount, type, size, used, available } of await listFilesystems()) {
    const labels = { mountpoint: mount, fstype: type };
    out.add('host_filesystem_usage_percent', percentOf(used, used + available), labels);
    out.add('host_filesystem_size_bytes', size, labels);
    out.add('host_filesystem_available_bytes', available, labels);
  }
  return out.list;
}

async function readNetwork(): Promise<readonly Measurement[]> {
  const { networkStats } = await import('systeminformation');
  const out = new Measurements();
  for (const link of await networkStats('*')) {
    if (LOOPBACK.test(link.iface)) continue;
    const labels = { device: link.iface };
    out.add('host_network_receive_bytes_per_second', link.rx_sec ?? undefined, labels);
    out.add('host_network_transmit_bytes_per_second', link.tx_sec ?? undefined, labels);
  }
  return out.list;
}
