import type { HostFiles } from '../proc/host-files.ts';
import type { StatReading } from '../proc/stat.ts';
import type { Collector } from './collector.ts';
import { Measurements, percentOf, perSecond } from './measurements.ts';

/** Processes and what they share: the scheduler, file handles, tracked connections. */
export function createProcessesCollector(
  files: HostFiles,
  readStat: (nowMs: number) => StatReading,
): Collector {
  let before: StatReading | undefined;
  return {
    name: 'processes',
    async check() {
      const tasks = countTasks(files);
      const conntrack = files.exists('/proc/sys/net/netfilter/nf_conntrack_max');
      return {
        status: 'ok',
        sees: `${tasks ?? 'an unknown number of'} tasks; connection tracking ${conntrack ? 'on' : 'off'}`,
      };
    },
    async collect({ nowMs }) {
      const stat = readStat(nowMs);
      const elapsedMs = before === undefined ? 0 : stat.atMs - before.atMs;
      const out = new Measurements();
      out.add(
        'host_context_switches_per_second',
        perSecond(before?.contextSwitches, stat.contextSwitches, elapsedMs),
      );
      out.add('host_forks_per_second', perSecond(before?.forks, stat.forks, elapsedMs));
      before = stat;
      out.add('host_processes_count', countTasks(files));
      out.add('host_processes_running_count', stat.tasksRunning);
      out.add('host_processes_blocked_count', stat.tasksBlocked);
      out.add('host_file_descriptors_usage_percent', fileHandleUsage(files));
      out.add('host_conntrack_usage_percent', conntrackUsage(files));
      return out.list;
    },
  };
}

function countTasks(files: HostFiles): number | undefined {
  const cursor = files.readIfThere('/proc/loadavg');
  if (cursor === undefined) return undefined;
  cursor.skipWords(3);
  return cursor.seek('/') ? cursor.number() : undefined;
}

function fileHandleUsage(files: HostFiles): number | undefined {
  const cursor = files.readIfThere('/proc/sys/fs/file-nr');
  if (cursor === undefined) return undefined;
  const used = cursor.number();
  cursor.skipWords(1);
  return percentOf(used, cursor.number());
}

/** `undefined` where the kernel tracks no connections: the module is not loaded. */
function conntrackUsage(files: HostFiles): number | undefined {
  const count = files.readIfThere('/proc/sys/net/netfilter/nf_conntrack_count')?.number();
  const max = files.readIfThere('/proc/sys/net/netfilter/nf_conntrack_max')?.number();
  return percentOf(count, max);
}
