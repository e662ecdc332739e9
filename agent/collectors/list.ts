import { statfs } from 'node:fs/promises';
import { HostFiles } from '../proc/host-files.ts';
import { readPageBytes } from '../proc/page-size.ts';
import { createStatReader } from '../proc/stat.ts';
import type { Collector } from './collector.ts';
import { createCpuCollector } from './cpu.ts';
import { createDiskCollector } from './disk.ts';
import { loadHostFacts } from './facts.ts';
import { createFilesystemCollector } from './filesystem.ts';
import { createInfoCollector } from './info.ts';
import { createLibvirtCollector } from './libvirt.ts';
import { createLoadCollector } from './load.ts';
import { createMemoryCollector } from './memory.ts';
import { createNetworkCollector } from './network.ts';
import { createPortableCollectors } from './portable.ts';
import { createPressureCollector } from './pressure.ts';
import { createProcessesCollector } from './processes.ts';
import { createUptimeCollector } from './uptime.ts';

export interface CollectorList {
  readonly collectors: readonly Collector[];
  /** Gives back every descriptor and socket. */
  close(): Promise<void>;
}

/** All collectors for this machine, in the catalogue's order. `rootDir` as in `HostFiles`. */
export function createCollectors(rootDir: string): CollectorList {
  const files = new HostFiles(rootDir);
  const monotonicMs = () => performance.now();
  const ofHost = files.exists('/proc/stat')
    ? createProcCollectors(files, monotonicMs)
    : createPortableCollectors();
  const collectors = [
    ...ofHost,
    createInfoCollector(() => loadHostFacts(rootDir)),
    createLibvirtCollector({ monotonicMs }),
  ];
  return {
    collectors,
    async close() {
      await Promise.allSettled(collectors.map((collector) => collector.close?.()));
      files.close();
    },
  };
}

function createProcCollectors(files: HostFiles, monotonicMs: () => number): readonly Collector[] {
  const readStat = createStatReader(files, monotonicMs);
  return [
    createCpuCollector(readStat),
    createLoadCollector(files),
    createMemoryCollector(files, monotonicMs, readPageBytes()),
    createPressureCollector(files, monotonicMs),
    createProcessesCollector(files, readStat),
    createUptimeCollector(files),
    createDiskCollector(files, monotonicMs),
    createFilesystemCollector(files, statfs),
    createNetworkCollector(files, monotonicMs),
  ];
}
