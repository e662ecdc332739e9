import { statfs } from 'node:fs/promises';
import type { Collector } from '../collectors/collector.ts';
import { createUptimeOfNode } from '../collectors/portable.ts';
import { messageOf } from '../log.ts';
import { createWindowsCpuCollector } from './cpu.ts';
import { createWindowsDiskCollector } from './disks.ts';
import { createHyperVCollector } from './hyper-v.ts';
import { createWindowsMemoryCollector } from './memory.ts';
import { createWindowsNetworkCollector } from './network.ts';
import type { PowerShell } from './powershell.ts';
import { createWindowsProcessesCollector } from './system.ts';
import { createWindowsFilesystemCollector } from './volumes.ts';

/** What a Windows host and its VMs are measured by, in the catalogue's order. */
export function createWindowsCollectors(
  powerShell: PowerShell,
  monotonicMs: () => number,
): readonly Collector[] {
  return [
    createWindowsCpuCollector(powerShell, monotonicMs),
    createWindowsMemoryCollector(powerShell, monotonicMs),
    createWindowsProcessesCollector(powerShell),
    createUptimeOfNode(),
    createWindowsDiskCollector(powerShell),
    createWindowsFilesystemCollector(powerShell, monotonicMs, statfs),
    createWindowsNetworkCollector(powerShell, monotonicMs),
    createHyperVCollector(powerShell, monotonicMs),
  ].map(withMend);
}

const MEND =
  'see if PowerShell answers the account of the agent: Get-CimInstance Win32_OperatingSystem. Of a counter that there is not: lodctr /R, then winmgmt /resyncperf';

/** Says what to do where PowerShell or CIM fails. */
function withMend(collector: Collector): Collector {
  return {
    ...collector,
    check: () =>
      collector.check().catch((error: unknown) => ({
        status: 'trouble',
        sees: messageOf(error),
        mend: MEND,
      })),
  };
}
