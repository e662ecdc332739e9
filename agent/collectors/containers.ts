import {
  type ContainerGroup,
  cgroupLayout,
  findContainerGroups,
} from '../containers/cgroup-paths.ts';
import { type CgroupUsage, forgetCgroup, readCgroupUsage } from '../containers/cgroup-usage.ts';
import { OomTally } from '../containers/oom-tally.ts';
import type { ContainerFacts, RuntimeView, RuntimeWatch } from '../containers/runtime-watch.ts';
import type { HostFiles } from '../proc/host-files.ts';
import type { Collector } from './collector.ts';
import { growth, Measurements, percentOf, perSecond, timeShare } from './measurements.ts';

export interface ContainersOptions {
  /** Files of its own: they stay open, several of each container. */
  readonly files: HostFiles;
  /** Who knows the names. */
  readonly watches: readonly RuntimeWatch[];
  /** A clock that never steps, ms. */
  readonly monotonicMs: () => number;
  /** CPUs of the host: what a container without a limit may use. */
  readonly cpuCount: number;
}

/** The part of a sample's time to wait for names in. */
const SHARE_OF_TIME = 0.8;

/** Between two looks on a host that has had no container so far, as most have. */
const LOOK_EVERY_MS = 30_000;

/** What the containers of this host use, from their control groups, whatever runtime made them. */
export function createContainersCollector(options: ContainersOptions): Collector {
  const { files, watches, monotonicMs, cpuCount } = options;
  let before = new Map<string, CgroupUsage>();
  const oom = new OomTally();
  let everSeen = false;
  let lookedAtMs = Number.NEGATIVE_INFINITY;

  return {
    name: 'containers',
    async check() {
      const layout = cgroupLayout(files);
      const groups = layout === undefined ? [] : findContainerGroups(files, layout);
      if (groups.length === 0) return { status: 'absent', sees: 'no container runs' };
      const runtimes = [...new Set(groups.map(({ runtime }) => runtime))].sort().join(', ');
      const plural = groups.length === 1 ? 'container' : 'containers';
      return {
        status: 'ok',
        sees: `${groups.length} running ${plural} of ${runtimes}, cgroup ${layout}`,
      };
    },
    async collect({ nowMs, withinMs }) {
      if (!everSeen && monotonicMs() - lookedAtMs < LOOK_EVERY_MS) return 'absent';
      lookedAtMs = monotonicMs();
      const layout = cgroupLayout(files);
      if (layout === undefined) return 'absent';
      const views = await Promise.all(
        watches.map((watch) => watch.view(nowMs, withinMs * SHARE_OF_TIME)),
      );
      const factsOf = namesIn(views, watches);
      const groups = findContainerGroups(files, layout);
      everSeen ||= groups.length > 0;
      if (!everSeen) return 'absent';
      const out = new Measurements();
      const now = new Map<string, CgroupUsage>();
      for (const group of groups) {
        const facts = factsOf(group);
        // It came after its runtime was asked: the next sample knows its name.
        if (facts === 'not yet') continue;
        const usage = readCgroupUsage(files, layout, group.path, monotonicMs());
        now.set(group.path, usage);
        const identity = identityOf(group, facts);
        if (facts === undefined) {
          out.add('container_up', 1, identity);
          out.add('container_info', 1, { ...identity, image: '', runtime: group.runtime });
        }
        addUsage(out, before.get(group.path), usage, cpuCount, identity);
        if (usage.oomKills !== undefined) {
          const kills = oom.inGroup(group.fullId, usage.oomKills);
          out.add('container_oom_kills_total', kills, identity);
        }
      }
      addEnded(out, oom, views, new Set(groups.map(({ fullId }) => fullId)));
      for (const path of before.keys()) if (!now.has(path)) forgetCgroup(files, layout, path);
      before = now;
      return out.list;
    },
    close: async () => files.close(),
  };
}

/** The counter of kills goes on for containers that have ended, for it is then that one asks. */
function addEnded(
  out: Measurements,
  oom: OomTally,
  views: readonly RuntimeView[],
  running: ReadonlySet<string>,
): void {
  const known = new Set(running);
  for (const { containers } of views) {
    for (const facts of containers.values()) {
      known.add(facts.fullId);
      const over = facts.state === 'exited' || facts.state === 'crashed';
      if (!over || facts.inspected === undefined || running.has(facts.fullId)) continue;
      const { oomKilled, finishedAtMs } = facts.inspected;
      const kills = oom.ended(facts.fullId, oomKilled, finishedAtMs);
      const identity = { container: facts.name, id: facts.fullId.slice(0, 12) };
      out.add('container_oom_kills_total', kills, identity);
    }
  }
  oom.keepOnly(known);
}

/** Finds what its runtime says of a group: nothing, where the runtime does not answer or is unknown. */
function namesIn(views: readonly RuntimeView[], watches: readonly RuntimeWatch[]) {
  return ({ fullId, runtime }: ContainerGroup): ContainerFacts | 'not yet' | undefined => {
    for (const [i, { containers, error, wasSeen }] of views.entries()) {
      const facts = containers.get(fullId);
      if (facts !== undefined) return facts;
      if (watches[i]?.runtime === runtime && wasSeen && error === undefined) return 'not yet';
    }
    return undefined;
  };
}

function identityOf({ fullId }: ContainerGroup, facts: ContainerFacts | undefined) {
  const id = fullId.slice(0, 12);
  return { container: facts?.name ?? id, id };
}

function addUsage(
  out: Measurements,
  last: CgroupUsage | undefined,
  now: CgroupUsage,
  cpuCount: number,
  identity: Readonly<Record<string, string>>,
): void {
  const elapsedMs = last === undefined ? 0 : now.atMs - last.atMs;
  const cpus = Math.min(now.cpuLimit ?? cpuCount, cpuCount);
  out.add(
    'container_cpu_usage_percent',
    timeShare(growth(last?.cpuSeconds, now.cpuSeconds), (elapsedMs / 1000) * cpus),
    identity,
  );
  out.add('container_cpu_throttled_percent', throttled(last, now), identity);
  out.add(
    'container_memory_usage_percent',
    percentOf(now.memoryUsedBytes, now.memoryLimitBytes),
    identity,
  );
  out.add('container_memory_used_bytes', now.memoryUsedBytes, identity);
  out.add('container_memory_limit_bytes', now.memoryLimitBytes, identity);
  out.add(
    'container_disk_read_bytes_per_second',
    perSecond(last?.diskReadBytes, now.diskReadBytes, elapsedMs),
    identity,
  );
  out.add(
    'container_disk_write_bytes_per_second',
    perSecond(last?.diskWriteBytes, now.diskWriteBytes, elapsedMs),
    identity,
  );
  out.add('container_processes_count', now.processes, identity);
}

/** 0 for one that has a limit and did not run: it never had to wait. */
function throttled(last: CgroupUsage | undefined, now: CgroupUsage): number | undefined {
  const periods = growth(last?.cpuPeriods, now.cpuPeriods);
  if (periods === 0 && now.cpuLimit !== undefined) return 0;
  return percentOf(growth(last?.cpuThrottledPeriods, now.cpuThrottledPeriods), periods);
}
