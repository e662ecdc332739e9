import type { Metric } from './metric.ts';

const KIB = 1024;

/** Metrics of a host, in the order the agent sends them. */
export const HOST_METRICS = [
  percent(
    'host_cpu_usage_percent',
    'Time the CPUs were active, of all their time.',
    [],
    '/proc/stat: (total - idle - iowait) / total x 100 over the interval; guest time is within user time and not counted twice',
  ),
  percent(
    'host_cpu_user_percent',
    'CPU time in user mode, nice and guests included.',
    [],
    '/proc/stat: (user + nice) / total x 100',
  ),
  percent(
    'host_cpu_system_percent',
    'CPU time in the kernel, interrupts included.',
    [],
    '/proc/stat: (system + irq + softirq) / total x 100',
  ),
  percent(
    'host_cpu_iowait_percent',
    'Idle CPU time with disk I/O outstanding.',
    [],
    '/proc/stat: iowait / total x 100',
  ),
  percent(
    'host_cpu_steal_percent',
    'CPU time this machine wanted and its own hypervisor gave to others.',
    [],
    '/proc/stat: steal / total x 100',
  ),
  count('host_cpu_count', 'Logical CPUs online.', '/proc/stat: number of cpuN lines'),
  load('host_load1', 1),
  load('host_load5', 5),
  load('host_load15', 15),
  percent(
    'host_memory_usage_percent',
    'Memory in use, of the total; page cache is not used memory.',
    [],
    '/proc/meminfo: (MemTotal - MemAvailable) / MemTotal x 100',
  ),
  bytes('host_memory_total_bytes', 'Memory the kernel manages.', [], '/proc/meminfo: MemTotal'),
  bytes('host_memory_used_bytes', 'Memory in use.', [], '/proc/meminfo: MemTotal - MemAvailable'),
  bytes(
    'host_memory_available_bytes',
    'Memory programs can still get without swapping.',
    [],
    '/proc/meminfo: MemAvailable',
  ),
  bytes(
    'host_memory_cached_bytes',
    'Page cache and reclaimable slab.',
    [],
    '/proc/meminfo: Cached + SReclaimable',
  ),
  bytes(
    'host_memory_dirty_bytes',
    'Memory waiting to be written to disk.',
    [],
    '/proc/meminfo: Dirty + Writeback',
  ),
  percent(
    'host_swap_usage_percent',
    'Swap in use, of the total; no sample where there is no swap.',
    [],
    '/proc/meminfo: (SwapTotal - SwapFree) / SwapTotal x 100',
  ),
  bytes('host_swap_total_bytes', 'Swap space.', [], '/proc/meminfo: SwapTotal'),
  bytes('host_swap_used_bytes', 'Swap in use.', [], '/proc/meminfo: SwapTotal - SwapFree'),
  byteRate(
    'host_swap_in_bytes_per_second',
    'Read back from swap.',
    [],
    '/proc/vmstat: pswpin x page size, per second',
  ),
  byteRate(
    'host_swap_out_bytes_per_second',
    'Written to swap.',
    [],
    '/proc/vmstat: pswpout x page size, per second',
  ),
  percent(
    'host_pressure_cpu_waiting_percent',
    'Time in which some task waited for a CPU.',
    [],
    '/proc/pressure/cpu: growth of "some total" / interval x 100',
  ),
  percent(
    'host_pressure_memory_waiting_percent',
    'Time in which some task waited for memory.',
    [],
    '/proc/pressure/memory: growth of "some total" / interval x 100',
  ),
  percent(
    'host_pressure_io_waiting_percent',
    'Time in which some task waited for I/O.',
    [],
    '/proc/pressure/io: growth of "some total" / interval x 100',
  ),
  rate('host_context_switches_per_second', 'Context switches.', [], '/proc/stat: ctxt', 1),
  rate('host_forks_per_second', 'Processes and threads created.', [], '/proc/stat: processes', 1),
  count(
    'host_processes_count',
    'Scheduling entities (processes and threads).',
    '/proc/loadavg: fourth field, after the slash',
  ),
  count('host_processes_running_count', 'Runnable tasks.', '/proc/stat: procs_running'),
  count('host_processes_blocked_count', 'Tasks blocked on I/O.', '/proc/stat: procs_blocked'),
  percent(
    'host_file_descriptors_usage_percent',
    'File handles in use, of the kernel limit.',
    [],
    '/proc/sys/fs/file-nr: first / third x 100',
  ),
  percent(
    'host_conntrack_usage_percent',
    'Tracked connections, of the limit; where the kernel tracks any.',
    [],
    '/proc/sys/net/netfilter: nf_conntrack_count / nf_conntrack_max x 100',
  ),
  {
    name: 'host_uptime_seconds',
    unit: 'seconds',
    help: 'Time since boot.',
    labels: [],
    source: '/proc/uptime',
    resolution: 1,
  },
  disk('host_disk_read_operations_per_second', 'Completed reads.', 'field 4', 1),
  disk('host_disk_write_operations_per_second', 'Completed writes.', 'field 8', 1),
  byteRate(
    'host_disk_read_bytes_per_second',
    'Bytes read.',
    ['device'],
    '/proc/diskstats: sectors read x 512',
  ),
  byteRate(
    'host_disk_write_bytes_per_second',
    'Bytes written.',
    ['device'],
    '/proc/diskstats: sectors written x 512',
  ),
  percent(
    'host_disk_busy_percent',
    'Time the device had I/O in flight.',
    ['device'],
    '/proc/diskstats: growth of field 13 (ms) / interval x 100',
  ),
  {
    name: 'host_disk_read_latency_seconds',
    unit: 'seconds',
    help: 'Mean time of a read; no sample without reads.',
    labels: ['device'],
    source: '/proc/diskstats: ms reading / reads',
    resolution: 0.0001,
  },
  {
    name: 'host_disk_write_latency_seconds',
    unit: 'seconds',
    help: 'Mean time of a write; no sample without writes.',
    labels: ['device'],
    source: '/proc/diskstats: ms writing / writes',
    resolution: 0.0001,
  },
  percent(
    'host_filesystem_usage_percent',
    'Space in use, as df shows it.',
    ['mountpoint', 'fstype'],
    'statfs: used / (used + available to users) x 100',
  ),
  bytes(
    'host_filesystem_size_bytes',
    'Size.',
    ['mountpoint', 'fstype'],
    'statfs: blocks x block size',
  ),
  bytes(
    'host_filesystem_available_bytes',
    'Space left for ordinary users.',
    ['mountpoint', 'fstype'],
    'statfs: bavail x block size',
  ),
  percent(
    'host_filesystem_inodes_usage_percent',
    'Inodes in use; no sample where a filesystem has no fixed number.',
    ['mountpoint', 'fstype'],
    'statfs: (files - ffree) / files x 100',
  ),
  {
    name: 'host_filesystem_read_only',
    unit: 'state',
    help: '1 when mounted read-only, else 0.',
    labels: ['mountpoint', 'fstype'],
    source: '/proc/self/mounts: option ro',
    resolution: 1,
  },
  byteRate('host_network_receive_bytes_per_second', 'Bytes received.', ['device'], '/proc/net/dev'),
  byteRate('host_network_transmit_bytes_per_second', 'Bytes sent.', ['device'], '/proc/net/dev'),
  rate(
    'host_network_receive_packets_per_second',
    'Packets received.',
    ['device'],
    '/proc/net/dev',
    1,
  ),
  rate('host_network_transmit_packets_per_second', 'Packets sent.', ['device'], '/proc/net/dev', 1),
  rate(
    'host_network_receive_errors_per_second',
    'Bad packets received.',
    ['device'],
    '/proc/net/dev',
    0.01,
  ),
  rate(
    'host_network_transmit_errors_per_second',
    'Packets that could not be sent.',
    ['device'],
    '/proc/net/dev',
    0.01,
  ),
  rate(
    'host_network_receive_drops_per_second',
    'Received packets dropped.',
    ['device'],
    '/proc/net/dev',
    0.01,
  ),
  rate(
    'host_network_transmit_drops_per_second',
    'Packets dropped before sending.',
    ['device'],
    '/proc/net/dev',
    0.01,
  ),
  percent(
    'host_network_receive_usage_percent',
    'Received bits, of the link speed; where the link tells its speed.',
    ['device'],
    '/proc/net/dev, /sys/class/net/*/speed',
  ),
  percent(
    'host_network_transmit_usage_percent',
    'Sent bits, of the link speed; where the link tells its speed.',
    ['device'],
    '/proc/net/dev, /sys/class/net/*/speed',
  ),
  {
    name: 'host_info',
    unit: 'info',
    help: 'Always 1; its labels say what the host is. `machine` and `boot` are fingerprints of its machine-id and boot id.',
    labels: ['os', 'kernel', 'arch', 'cpu', 'virtualization', 'machine', 'boot'],
    source: 'systeminformation, /etc/machine-id, /proc/sys/kernel/random/boot_id, once at start',
    resolution: 1,
  },
] as const satisfies readonly Metric[];

function percent<N extends string>(
  name: N,
  help: string,
  labels: readonly string[],
  source: string,
) {
  return { name, unit: 'percent', help, labels, source, resolution: 0.01 } as const;
}

function bytes<N extends string>(name: N, help: string, labels: readonly string[], source: string) {
  return { name, unit: 'bytes', help, labels, source, resolution: KIB } as const;
}

function byteRate<N extends string>(
  name: N,
  help: string,
  labels: readonly string[],
  source: string,
) {
  return { name, unit: 'bytes_per_second', help, labels, source, resolution: KIB } as const;
}

function rate<N extends string>(
  name: N,
  help: string,
  labels: readonly string[],
  source: string,
  resolution: number,
) {
  return { name, unit: 'per_second', help, labels, source, resolution } as const;
}

function disk<N extends string>(name: N, help: string, field: string, resolution: number) {
  return rate(name, help, ['device'], `/proc/diskstats: growth of ${field} per second`, resolution);
}

function count<N extends string>(name: N, help: string, source: string) {
  return {
    name,
    unit: 'count',
    help,
    labels: [] as readonly string[],
    source,
    resolution: 1,
  } as const;
}

function load<N extends string>(name: N, minutes: number) {
  return {
    name,
    unit: 'count',
    help: `Load average over ${minutes} min: tasks running or waiting for CPU or disk.`,
    labels: [] as readonly string[],
    source: '/proc/loadavg',
    resolution: 0.01,
  } as const;
}
