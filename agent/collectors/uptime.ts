import type { HostFiles } from '../proc/host-files.ts';
import type { Collector } from './collector.ts';

const SECONDS_PER_DAY = 86_400;

/** Time since this host booted, from /proc/uptime. */
export function createUptimeCollector(files: HostFiles): Collector {
  return {
    name: 'uptime',
    async check() {
      return { status: 'ok', sees: `up ${(readUptime(files) / SECONDS_PER_DAY).toFixed(1)} days` };
    },
    async collect() {
      return [{ name: 'host_uptime_seconds', labels: {}, value: readUptime(files) }];
    },
  };
}

function readUptime(files: HostFiles): number {
  const seconds = files.read('/proc/uptime').number();
  if (Number.isNaN(seconds)) throw new Error('/proc/uptime: does not begin with a number');
  return seconds;
}
