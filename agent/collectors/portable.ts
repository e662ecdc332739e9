import { cpus, freemem, loadavg, totalmem, uptime } from 'node:os';
import type { Systeminformation } from 'systeminformation';
import type { Collector, Measurement } from './collector.ts';
import { growth, Measurements, percentOf, perSecond } from './measurements.ts';

const SECONDS_PER_DAY = 86_400;

/** Filesystems that are the system's own bookkeeping. */
const PSEUDO =
  /^(devfs|autofs|nullfs|proc|procfs|linprocfs|fdescfs|tmpfs|devtmpfs|overlay|squashfs)$/i;

/** Volumes of macOS' own: they share the room of /, and of /System/Volumes/Data, which has the files. */
const SYSTEM_VOLUME = /^\/System\/Volumes\/(?!Data$)|^\/private\/var\/vm$/;

/**
 * Interfaces that only talk to this machine, or whose traffic is another's: tunnels, bridges, the
 * ends of VMs' and jails' cables, and macOS' own for AirDrop and its chips.
 */
const NOT_A_LINK =
  /^(lo\d*|(utun|gif|stf|bridge|tun|tap|awdl|llw|anpi|ap|pflog|pfsync|enc|ipfw|vmnet|vnet)\d+\w*|epair\w+)$/i;

/**
 * Collectors for systems without /proc and without CIM (macOS, BSD), through Node and
 * systeminformation. Fewer numbers than on Linux, and dearer: some of them start programs.
 */
export function createPortableCollectors(monotonicMs: () => number): readonly Collector[] {
  return [
    createCpuOfNode(),
    collector('load', readLoad, async () => 'load averages'),
    collector('memory', readMemory, async () => 'memory and swap'),
    createUptimeOfNode(),
    collector('disk', readDisks, async () => 'all disks together'),
    collector('filesystem', readFilesystems, describeFilesystems),
    collector('network', createNetworkReader(monotonicMs), async () => 'network interfaces'),
  ];
}

/** What Node itself knows of any system: for a Windows whose PowerShell was taken away. */
export function createNodeCollectors(): readonly Collector[] {
  return [
    createCpuOfNode(),
    collector('memory', readMemoryOfNode, async () => 'memory'),
    createUptimeOfNode(),
  ];
}

/** Time since this host booted, as Node knows it. */
export function createUptimeOfNode(): Collector {
  return collector('uptime', readUptime, async () => {
    return `up ${(uptime() / SECONDS_PER_DAY).toFixed(1)} days`;
  });
}

function createCpuOfNode(): Collector {
  return collector('cpu', createCpuReader(), async () => `${cpus().length} CPUs`);
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
    // Windows counts interrupts within the time in the kernel already. Source: libuv, uv_cpu_info.
    system += times.sys + (process.platform === 'win32' ? 0 : times.irq);
    idle += times.idle;
  }
  return { user, system, total: user + system + idle };
}

async function readLoad(): Promise<readonly Measurement[]> {
  const out = new Measurements();
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

/** `freemem` is what a program can get on Windows, cache included; not so on macOS. */
async function readMemoryOfNode(): Promise<readonly Measurement[]> {
  const out = new Measurements();
  out.add('host_memory_usage_percent', percentOf(totalmem() - freemem(), totalmem()));
  out.add('host_memory_total_bytes', totalmem());
  out.add('host_memory_used_bytes', totalmem() - freemem());
  out.add('host_memory_available_bytes', freemem());
  return out.list;
}

async function readUptime(): Promise<readonly Measurement[]> {
  return [{ name: 'host_uptime_seconds', labels: {}, value: uptime() }];
}

/** systeminformation tells the disks' sum only, and of BSD nothing at all. */
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
  return (await fsSize()).filter(
    ({ type, size, mount }) => size > 0 && !PSEUDO.test(type) && !SYSTEM_VOLUME.test(mount),
  );
}

async function describeFilesystems(): Promise<string> {
  const mounts = (await listFilesystems()).map(({ mount }) => mount);
  return mounts.length === 0 ? 'no filesystems' : mounts.join(', ');
}

async function readFilesystems(): Promise<readonly Measurement[]> {
  const out = new Measurements();
  for (const { mount, type, size, used, available, rw } of await listFilesystems()) {
    const labels = { mountpoint: mount, fstype: type };
    out.add('host_filesystem_usage_percent', percentOf(used, used + available), labels);
    out.add('host_filesystem_size_bytes', size, labels);
    out.add('host_filesystem_available_bytes', available, labels);
    out.add('host_filesystem_read_only', rw === null ? undefined : Number(!rw), labels);
  }
  return out.list;
}

type LinkStats = Systeminformation.NetworkStatsData;

function createNetworkReader(monotonicMs: () => number): () => Promise<readonly Measurement[]> {
  let before: ReadonlyMap<string, LinkStats> = new Map();
  let beforeMs = 0;
  return async () => {
    const { networkStats } = await import('systeminformation');
    const links = (await networkStats('*')).filter(({ iface }) => !NOT_A_LINK.test(iface));
    const nowMs = monotonicMs();
    const out = new Measurements();
    for (const link of links) addLink(out, before.get(link.iface), link, nowMs - beforeMs);
    before = new Map(links.map((link) => [link.iface, link]));
    beforeMs = nowMs;
    return out.list;
  };
}

function addLink(
  out: Measurements,
  before: LinkStats | undefined,
  now: LinkStats,
  elapsedMs: number,
): void {
  const labels = { device: now.iface };
  const rate = (field: Exclude<keyof LinkStats, 'iface' | 'operstate'>) =>
    perSecond(before?.[field], now[field], elapsedMs);
  out.add('host_network_receive_bytes_per_second', rate('rx_bytes'), labels);
  out.add('host_network_transmit_bytes_per_second', rate('tx_bytes'), labels);
  out.add('host_network_receive_errors_per_second', rate('rx_errors'), labels);
  out.add('host_network_transmit_errors_per_second', rate('tx_errors'), labels);
  out.add('host_network_receive_drops_per_second', rate('rx_dropped'), labels);
  out.add('host_network_transmit_drops_per_second', rate('tx_dropped'), labels);
}
