import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import type { HostFiles } from '../proc/host-files.ts';
import { readPageBytes } from '../proc/page-size.ts';
import { createStatReader } from '../proc/stat.ts';
import { createWindowsCollectors } from '../windows/collectors.ts';
import { loadWindowsFacts } from '../windows/facts.ts';
import { PowerShell } from '../windows/powershell.ts';
import { startPowerShell, windowsPowerShell } from '../windows/start-powershell.ts';
import type { Collector } from './collector.ts';
import { createCpuCollector } from './cpu.ts';
import { createDiskCollector } from './disk.ts';
import { createFilesystemCollector } from './filesystem.ts';
import type { HostFacts } from './info.ts';
import { createLoadCollector } from './load.ts';
import { createMemoryCollector } from './memory.ts';
import { createNetworkCollector } from './network.ts';
import { createNodeCollectors, createPortableCollectors } from './portable.ts';
import { createPressureCollector } from './pressure.ts';
import { createProcessesCollector } from './processes.ts';
import { createUptimeCollector } from './uptime.ts';

/** What the host itself is measured by. */
export interface HostCollectors {
  readonly collectors: readonly Collector[];
  /** Where the system has a way of its own; else `loadHostFacts` does. */
  readonly loadFacts?: () => Promise<HostFacts>;
  /** On Windows, where it has one. */
  readonly powerShell?: PowerShell;
}

/** Those for the system this runs on: by /proc, by CIM on Windows, by what Node knows elsewhere. */
export function createHostCollectors(
  files: HostFiles,
  monotonicMs: () => number,
  platform: NodeJS.Platform = process.platform,
): HostCollectors {
  if (platform === 'win32') return createWindowsHost(monotonicMs);
  return {
    collectors: files.exists('/proc/stat')
      ? createProcCollectors(files, monotonicMs)
      : createPortableCollectors(monotonicMs),
  };
}

function createWindowsHost(monotonicMs: () => number): HostCollectors {
  const command = windowsPowerShell(process.env);
  if (!existsSync(command.file)) return { collectors: createNodeCollectors() };
  const powerShell = new PowerShell(() => startPowerShell(command), monotonicMs);
  return {
    powerShell,
    collectors: createWindowsCollectors(powerShell, monotonicMs),
    loadFacts: () => loadWindowsFacts(powerShell),
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
