import type { Metric } from './metric.ts';

const KIB = 1024;

/**
 * Metrics of a container; each also carries `container` (its name, or its id where no runtime tells
 * the name) and `id` (its first 12 digits). In the order the agent sends them.
 */
export const CONTAINER_METRICS = [
  {
    name: 'container_up',
    unit: 'state',
    help: '1 while the container runs (paused is not running), else 0.',
    labels: [],
    source: 'the control group is there, or the state in Docker or Podman',
    resolution: 1,
  },
  {
    name: 'container_info',
    unit: 'info',
    help: 'Always 1; its labels say what the container is.',
    labels: ['image', 'runtime'],
    source: 'Docker or Podman; the runtime also from the name of the control group',
    resolution: 1,
  },
  {
    name: 'container_state',
    unit: 'state',
    help: '1; `state` is created, running, paused, restarting, exited (it was done, or was stopped by someone) or crashed (it ended by itself with an exit code that is not 0, or by the OOM killer).',
    labels: ['state'],
    source: 'Docker or Podman: state, exit code, and their events to tell who stopped it',
    resolution: 1,
  },
  {
    name: 'container_exit_code',
    unit: 'count',
    help: 'Exit code of a container that has ended; 128 and the number of the signal that killed it.',
    labels: [],
    source: 'Docker or Podman: State.ExitCode',
    resolution: 1,
  },
  {
    name: 'container_restarts_total',
    unit: 'count',
    help: 'Times the runtime has started it again by its restart policy.',
    labels: [],
    source: 'Docker or Podman: RestartCount',
    resolution: 1,
  },
  percent(
    'container_cpu_usage_percent',
    'CPU time used, of what its limit lets it use; of all CPUs where it has no limit.',
    'cgroup v2: growth of usage_usec in cpu.stat / (interval x CPUs) x 100, CPUs = quota / period in cpu.max; v1: cpuacct.usage, cpu.cfs_quota_us, cpu.cfs_period_us',
  ),
  percent(
    'container_cpu_throttled_percent',
    'Periods in which it had used up its CPU limit and had to wait, of those in which it ran; only with a limit.',
    'cpu.stat: growth of nr_throttled / growth of nr_periods x 100',
  ),
  percent(
    'container_memory_usage_percent',
    'Memory in use, of its limit; only with a limit.',
    'container_memory_used_bytes / container_memory_limit_bytes x 100',
  ),
  bytes(
    'container_memory_used_bytes',
    'Memory in use, without page cache that can be had back at once.',
    'cgroup v2: memory.current - inactive_file in memory.stat; v1: memory.usage_in_bytes - total_inactive_file',
  ),
  bytes(
    'container_memory_limit_bytes',
    'Memory it may use; only with a limit.',
    'cgroup v2: memory.max; v1: memory.limit_in_bytes',
  ),
  {
    name: 'container_oom_kills_total',
    unit: 'count',
    help: 'Processes that the kernel killed because the container reached its memory limit.',
    labels: [],
    source:
      'cgroup v2: oom_kill in memory.events; v1: oom_kill in memory.oom_control; and OOMKilled of Docker or Podman',
    resolution: 1,
  },
  bytesPerSecond(
    'container_disk_read_bytes_per_second',
    'Bytes read from disks.',
    'cgroup v2: growth of rbytes in io.stat; v1: blkio.throttle.io_service_bytes_recursive',
  ),
  bytesPerSecond(
    'container_disk_write_bytes_per_second',
    'Bytes written to disks.',
    'cgroup v2: growth of wbytes in io.stat; v1: blkio.throttle.io_service_bytes_recursive',
  ),
  {
    name: 'container_processes_count',
    unit: 'count',
    help: 'Processes and threads.',
    labels: [],
    source: 'pids.current',
    resolution: 1,
  },
] as const satisfies readonly Metric[];

function percent<N extends string>(name: N, help: string, source: string) {
  return { name, unit: 'percent', help, labels: [], source, resolution: 0.01 } as const;
}

function bytes<N extends string>(name: N, help: string, source: string) {
  return { name, unit: 'bytes', help, labels: [], source, resolution: KIB } as const;
}

function bytesPerSecond<N extends string>(name: N, help: string, source: string) {
  return { name, unit: 'bytes_per_second', help, labels: [], source, resolution: KIB } as const;
}
