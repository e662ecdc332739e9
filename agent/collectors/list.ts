import { availableParallelism } from 'node:os';
import type { TagLabels } from '../config-schema.ts';
import { OomWatch } from '../containers/oom-watch.ts';
import { RuntimeApi } from '../containers/runtime-api.ts';
import { RuntimeWatch } from '../containers/runtime-watch.ts';
import { HostFiles } from '../proc/host-files.ts';
import { runCommand } from '../run-command.ts';
import { DEFAULT_SOURCES, type SourceSettings } from '../source-settings.ts';
import type { RootsOf } from '../trust/trusted-roots.ts';
import { createWindowsServicesCollector } from '../windows/services.ts';
import type { Collector } from './collector.ts';
import { createContainerRuntimeCollector } from './container-runtime.ts';
import { createContainersCollector } from './containers.ts';
import { createExecCollector } from './exec.ts';
import { createGpuCollector } from './gpu.ts';
import { createHostCollectors } from './host-collectors.ts';
import { createInfoCollector, type HostFacts } from './info.ts';
import { createLibvirtCollector } from './libvirt.ts';
import { ReplaceableCollectors } from './replaceable.ts';
import { createScrapeCollector } from './scrape.ts';
import { createSmartCollector } from './smart.ts';
import { createSystemdUnitsCollector } from './systemd-units.ts';
import { createTemperaturesCollector } from './temperatures.ts';
import { createTextfileCollector } from './textfile.ts';

export interface CollectorList {
  readonly collectors: readonly Collector[];
  /** Takes other settings, while collectors run: what they concern begins anew, the rest goes on. */
  configure(sources: SourceSettings, tags: TagLabels): void;
  /** Gives back every descriptor and socket. */
  close(): Promise<void>;
}

const isWindows = process.platform === 'win32';

/** How collectors get what takes much memory to find out; what is not given they do themselves. */
export interface CollectorPorts {
  readonly loadFacts?: () => Promise<HostFacts>;
  /** Which certificates vouch for an exporter; else those that Node trusts. */
  readonly rootsOf?: RootsOf | undefined;
}

/** All collectors for this machine, in the catalogue's order. `rootDir` as in `HostFiles`. */
export function createCollectors(
  rootDir: string,
  sources: SourceSettings = DEFAULT_SOURCES,
  tags: TagLabels = {},
  { loadFacts = () => loadFactsHere(rootDir), rootsOf }: CollectorPorts = {},
): CollectorList {
  const files = new HostFiles(rootDir);
  const monotonicMs = () => performance.now();
  const stop = new AbortController();
  const { powerShell, ...ofHost } = createHostCollectors(files, monotonicMs);
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
    // On Windows it has no sockets, and another host's is read by virsh.
    createLibvirtCollector({ monotonicMs, uri, ...(isWindows ? { sockets: [] } : {}) }),
  ]);
  const services = new ReplaceableCollectors(sources.windowsServices, (settings) =>
    powerShell === undefined
      ? []
      : [
          createWindowsServicesCollector({
            powerShell,
            monotonicMs,
            required: settings.services,
            ignored: settings.ignore,
          }),
        ],
  );
  const containers = new ReplaceableCollectors(sources.containers, (settings) =>
    createContainerCollectors(new HostFiles(rootDir), monotonicMs, settings),
  );
  const scrape = new ReplaceableCollectors(sources.scrape, (targets) => [
    createScrapeCollector(targets, monotonicMs, rootsOf),
  ]);
  const textfile = new ReplaceableCollectors(sources.textfile, (settings) => [
    createTextfileCollector(settings),
  ]);
  const exec = new ReplaceableCollectors(sources.exec, (commands) => [
    createExecCollector(commands, monotonicMs),
  ]);
  const lasting = [
    ...ofHost.collectors,
    createInfoCollector(ofHost.loadFacts ?? loadFacts, () => currentTags),
    ...createHardwareCollectors(files, monotonicMs, stop.signal),
  ];
  const replaceable = [libvirt, systemd, services, containers, scrape, textfile, exec];
  return {
    collectors: [...lasting, ...replaceable.flatMap(({ collectors }) => collectors)],
    configure(next, nextTags) {
      currentTags = nextTags;
      libvirt.configure(next.libvirt);
      systemd.configure(next.systemd);
      services.configure(next.windowsServices);
      containers.configure(next.containers);
      scrape.configure(next.scrape);
      textfile.configure(next.textfile);
      exec.configure(next.exec);
    },
    async close() {
      // A program that waits for a dead disk must not keep the agent.
      stop.abort();
      powerShell?.close();
      await Promise.allSettled([...lasting, ...replaceable].map((one) => one.close?.()));
      files.close();
    },
  };
}

async function loadFactsHere(rootDir: string): Promise<HostFacts> {
  const { loadHostFacts } = await import('./facts.ts');
  return loadHostFacts(rootDir);
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
