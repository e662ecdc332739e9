import { statfs } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import type { TagLabels } from '../config-schema.ts';
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
import { ReplaceableCollectors } from './replaceable.ts';
import { createScrapeCollector } from './scrape.ts';
import { createSmartCollector } from './smart.ts';
import { createSystemdUnitsCollector } from './systemd-units.ts';
import { createTemperaturesCollector } from './temperatures.ts';
import { createTextfileCollector } from './textfile.ts';
import { createUptimeCollector } from './uptime.ts';

export interface CollectorList {
  readonly collectors: readonly Collector[];
  /** Takes other settings, while collectors run: what they concern begins anew, the rest goes on. */
  configure(sources: SourceSettings, tags: TagLabels): void;
  /** Gives back every descriptor and socket. */
  close(): Promise<void>;
}

/** All collectors for this machine, in the catalogue's order. `rootDir` as in `HostFiles`. */
export function createCollectors(
  rootDir: string,
  sources: SourceSettings = DEFAULT_SOURCES,
  tags: TagLabels = {},
): CollectorList {
  const files = new HostFiles(rootDir);
  const monotonicMs = () => performance.now();
  const stop = new AbortController();
  const ofHost = files.exists('/proc/stat')
    ? createProcCollectors(files, monotonicMs)
    : createPortableCollectors();
  let currentTags = tags;
  const systemd = new ReplaceableCollectors(sources.systemd, ({ units, ignore }) => [
    createSystemdUnitsCollector({
      files,
      monotonicMs,
      run: programRunner('systemctl', stop.signal),
      required: units,
      ignored: ignore,
    }),
  ]);
  const libvirt = new ReplaceableCollectors(sources.libvirt, ({ uri }) => [
    createLibvirtCollector({ monotonicMs, uri }),
  ]);
  const containers = new ReplaceableCollectors(sources.containers, (settings) =>
    createContainerCollectors(new HostFiles(rootDir), monotonicMs, settings),
  );
  const scrape = new ReplaceableCollectors(sources.scrape, (targets) => [
    createScrapeCollector(targets, monotonicMs),
  ]);
  const textfile = new ReplaceableCollectors(sources.textfile, (settings) => [
    createTextfileCollector(settings),
  ]);
  const exec = new ReplaceableCollectors(sources.exec, (commands) => [
    createExecCollector(commands, monotonicMs),
  ]);
  const lasting = [
    ...ofHost,
    createInfoCollector(
      () => loadHostFacts(rootDir),
      () => currentTags,
    ),
    ...createHardwareCollectors(files, monotonicMs, stop.signal),
  ];
  const replaceable = [libvirt, systemd, containers, scrape, textfile, exec];
  return {
    collectors: [...lasting, ...replaceable.flatMap(({ collectors }) => collectors)],
    configure(next, nextTags) {
      currentTags = nextTags;
      libvirt.configure(next.libvirt);
      systemd.configure(next.systemd);
      containers.configure(next.containers);
      scrape.configure(next.scrape);
      textfile.configure(next.textfile);
      exec.configure(next.exec);
    },
    async close() {
      // A program that waits for a dead disk must not keep the agent.
      stop.abort();
      await Promise.allSettled([...lasting, ...replaceable].map((one) => one.close?.()));
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

function programRunner(program: string, signal: AbortSignal) {
  return (args: readonly string[]) => runCommand(program, args, { ...PROGRAM_LIMITS, signal });
}

function createHardwareCollectors(
  files: HostFiles,
  monotonicMs: () => number,
  signal: AbortSignal,
): readonly Collector[] {
  return [
    createTemperaturesCollector(files, monotonicMs),
    createSmartCollector(programRunner('smartctl', signal), monotonicMs),
    createGpuCollector(programRunner('nvidia-smi', signal), monotonicMs),
  ];
}

function createContainerCollectors(
  files: HostFiles,
  monotonicMs: () => number,
  { dockerSocket, podmanSocket }: SourceSettings['containers'],
): readonly Collector[] {
  const oomWatch = new OomWatch(files);
  const watches = [
    new RuntimeApi('docker', files.pathOf(dockerSocket)),
    new RuntimeApi('podman', files.pathOf(podmanSocket)),
  ].map((api) => new RuntimeWatch(api, oomWatch));
  const cpuCount = availableParallelism();
  return [
    createContainerRuntimeCollector(watches),
    createContainersCollector({ files, watches, monotonicMs, cpuCount }),
  ];
}
