import { HOUR_MS } from '../../core/time.ts';
import type { Fleet, WorldHost, WorldVm } from './fleet.ts';
import { minutes } from './spans.ts';

/**
 * What happened in the world lately, in minutes before now. Each takes the host of that number, where there is
 * one, and a VM of it by its number there: a small world has fewer stories.
 */
export function applyStories(fleet: Fleet): void {
  const { hosts, nowMs } = fleet;
  const at = (minutesAgo: number) => nowMs - minutes(minutesAgo);
  const story = (host: number, tell: (host: WorldHost, vms: readonly WorldVm[]) => void): void => {
    const found = hosts[host];
    if (found === undefined) return;
    tell(
      found,
      fleet.vms.filter(({ homes }) => homes[0]?.host === found.name),
    );
  };
  story(0, (host, vms) => {
    // A backup that nobody bounded: full in three hours.
    fills(host, '/srv/backup', { nowMs, partNow: 0.83, fullInHours: 3, sinceMs: at(75) });
    phase(vms[3], at(6), 3, 'user');
    isBusy(vms[4], at(14));
    isBusy(vms[1], at(80), at(45));
  });
  story(1, (host, vms) => {
    // More work than cores: whoever waits shows it as steal.
    const hot = vms.filter((_, i) => i % 3 !== 2);
    for (const vm of hot) isBusy(vm, at(42));
    host.cpuCount = 2 * Math.round(0.4 * hot.reduce((sum, { vcpus }) => sum + vcpus, 0));
    host.cpu = 'Intel(R) Xeon(R) Silver 4210 CPU @ 2.20GHz';
  });
  story(2, (host, vms) => {
    fills(host, '/var/lib/libvirt/images', {
      nowMs,
      partNow: 0.9,
      fullInHours: 46,
      sinceMs: at(72 * 60),
    });
    fills(host, '/', { nowMs, partNow: 0.925, fullInHours: 24 * 40, sinceMs: at(60 * 24 * 9) });
    phase(vms[2], at(25), 3, 'ioerror');
    phase(vms[5], at(60 * 24 * 3), 5, 'shutdown');
    phase(vms[6], at(4), 1, 'hung');
  });
  story(3, (_, vms) => {
    phase(vms[1], at(12), 6, 'crashed');
    phase(vms[6], at(7 * 60), 7, 'unknown');
    // Crashed and was started again.
    phase(vms[4], at(70), 5, 'crashed');
    phase(vms[4], at(58), 1, 'booted');
    phase(vms[5], at(60 * 26), 5, 'destroyed');
  });
  story(4, (host, vms) => {
    vms[1]?.memoryShort.push({ fromMs: at(50) });
    host.silent.push({ fromMs: at(9) });
  });
  story(5, (host, vms) => {
    host.silent.push({ fromMs: at(130), toMs: at(118) });
    migrates(vms[0], host, hosts[3], at(95));
    const moved = vms[2];
    migrates(moved, host, hosts[0], at(26 * 60));
    migrates(moved, hosts[0], host, at(19 * 60));
  });
}

/** In a straight line to full, from what is used now and at that pace since then. */
function fills(
  host: WorldHost,
  mountpoint: string,
  how: { nowMs: number; partNow: number; fullInHours: number; sinceMs: number },
): void {
  const index = host.mounts.findIndex((one) => one.mountpoint === mountpoint);
  const before = host.mounts[index];
  if (before === undefined) throw new Error(`${host.name} has no ${mountpoint}`);
  const { nowMs, partNow, fullInHours, sinceMs } = how;
  const { sizeBytes } = before;
  const perMs = (sizeBytes * (1 - partNow)) / (fullInHours * HOUR_MS);
  const usedBytes = (atMs: number) =>
    Math.min(sizeBytes, partNow * sizeBytes + perMs * (Math.max(atMs, sinceMs) - nowMs));
  host.mounts[index] = { ...before, usedBytes };
}

function phase(vm: WorldVm | undefined, fromMs: number, state: number, reason: string): void {
  vm?.phases.push({ fromMs, state, reason });
}

function isBusy(vm: WorldVm | undefined, fromMs: number, toMs?: number): void {
  vm?.hot.push(toMs === undefined ? { fromMs } : { fromMs, toMs });
}

/** A live migration, which takes half a minute. */
function migrates(
  vm: WorldVm | undefined,
  from: WorldHost | undefined,
  to: WorldHost | undefined,
  atMs: number,
): void {
  if (vm === undefined || from === undefined || to === undefined) return;
  const lastsMs = 30_000;
  vm.jobs.push({
    fromMs: atMs - lastsMs,
    toMs: atMs,
    operation: 'migration_out',
    host: from.name,
  });
  vm.homes.push({ host: to.name, fromMs: atMs });
  vm.phases.push({ fromMs: atMs, state: 1, reason: 'migrated' });
}
