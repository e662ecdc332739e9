import { statfs } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { OomWatch } from '../containers/oom-watch.ts';
import { RuntimeApi } from '../containers/runtime-api.ts';
import { RuntimeWatch } from '../containers/runtime-watch.ts';
import { HostFiles } from '../proc/host-files.ts';
import { readPageBytes } from '../proc/page-size.ts';
import { createStatReader } from '../proc/stat.ts';
import { runCommand } from '../run-command.ts';
import { DEFAULT_SOURCES, type SourceSettings } from '../source-settings.ts';
import type { Collector } from './collector.ts';
import { createContainerRuntimeCollector } from './container-runtime.ts';
import { createContainersCollector } from './containers.ts';
import { createCpuCollector } from './cpu.ts';
import { createDiskCollector } from './disk.ts';
import { createExecCollector } from './exec.ts';
import { loadHostFacts } from './facts.ts';
import { createFilesystemCollector } from './filesystem.ts';
import { createGpuCollector } from './gpu.ts';
import { createInfoCollector } from './info.ts';
import { createLibvirtCollector } from './libvirt.ts';
import { createLoadCollector } from './load.ts';
import { createMemoryCollector } from './memory.ts';
import { createNetworkCollector } from './network.ts';
import { createPortableCollectors } from './portable.ts';
import { createPressureCollector } from './pressure.ts';
import { createProcessesCollector } from './processes.ts';
import { createScrapeCollector } from './scrape.ts';
import { createSmartCollector } from './smart.ts';
import { createSystemdUnitsCollector } from './systemd-units.ts';
import { createTemperaturesCollector } from './temperatures.ts';
import { createTextfileCollector } from './textfile.ts';
import { createUptimeCollector } from './uptime.ts';

export interface CollectorList {
  readonly collectors: readonly Collector[];
  /** Gives back every descriptor and socket. */
  close(): Promise<void>;
}

/** All collectors for this machine, in the catalogue's order. `rootDir` as in `HostFiles`. */
export function createCollectors(
  rootDir: string,
  sources: SourceSettings = DEFAULT_SOURCES,
): CollectorList {
  const files = new HostFiles(rootDir);
  const monotonicMs = () => performance.now();
  const stop = new AbortController();
  const ofHost = files.exists('/proc/stat')
    ? createProcCollectors(files, monotonicMs)
    : createPortableCollectors();
  const collectors = [
    ...ofHost,
    createInfoCollector(() => loadHostFacts(rootDir)),
    ...createHardwareCollectors(files, monotonicMs, sources, stop.signal),
    createLibvirtCollector({ monotonicMs }),
    ...createContainerCollectors(new HostFiles(rootDir), monotonicMs, sources),
    createScrapeCollector(sources.scrape, monotonicMs),
    createTextfileCollector(sources.textfile),
    createExecCollector(sources.exec, monotonicMs),
  ];
  return {
    collectors,
    async close() {
      // A program that waits for a dead disk must not keep the agent.
      stop.abort();
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

/** Programs that read hardware or systemd; none of them takes longer than this unless it hangs. */
const PROGRAM_LIMITS = { timeoutMs: 30_000, maxBytes: 4 << 20 };

function createHardwareCollectors(
  files: HostFiles,
  monotonicMs: () => number,
  { systemd }: SourceSettings,
  signal: AbortSignal,
): readonly Collector[] {
  const runner = (program: string) => (args: readonly string[]) =>
    runCommand(program, args, { ...PROGRAM_LIMITS, signal });
  return [
    createTemperaturesCollector(files, monotonicMs),
    createSmartCollector(runner('smartctl'), monotonicMs),
    createGpuCollector(runner('nvidia-smi'), monotonicMs),
    createSystemdUnitsCollector({
      files,
      monotonicMs,
      run: runner('systemctl'),
      required: systemd.units,
      ignored: systemd.ignore,
    }),
  ];
}

function createContainerCollectors(
  files: HostFiles,
  monotonicMs: () => number,
  { containers }: SourceSettings,
): readonly Collector[] {
  const oomWatch = new OomWatch(files);
  const watches = [
    new RuntimeApi('docker', files.pathOf(containers.dockerSocket)),
    new RuntimeApi('podman', files.pathOf(containers.podmanSocket)),
  ].map((api) => new RuntimeWatch(api, oomWatch));
  const cpuCount = availableParallelism();
  return [
    createContainerRuntimeCollector(watches),
    createContainersCollector({ files, watches, monotonicMs, cpuCount }),
  ];
}
