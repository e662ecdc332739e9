import { seededRandom, type VmNow, type World } from './world.ts';

/** How long trouble lasts and how long it stays away, on average; each is exponentially distributed. */
export const TROUBLE_MINUTES = 5;
export const PEACE_MINUTES = 15;

const HOSTS = 2;

/**
 * VMs that flap at random: each has two troubles that come and go without regard to each other, a CPU
 * that is full, and a crash after which it is started again. The same seed is the same world.
 */
export function flappingWorld(hours: number, vmCount: number, seed: number): World {
  const minutes = hours * 60;
  const random = seededRandom(seed);
  const names = Array.from({ length: HOSTS }, (_, i) => `flapping-kvm${i + 1}`);
  const hosts = names.map((host, i) => {
    const own = Array.from({ length: vmCount }, (_, vm) => vm).filter((vm) => vm % HOSTS === i);
    const vms = own.map((vm) => [`flapping-vm${vm}`, life(random, minutes)] as const);
    return [host, { vms: Object.fromEntries(vms) }] as const;
  });
  return {
    name: 'flapping',
    what: `${vmCount} VMs flap for ${hours} h`,
    minutes,
    hosts: Object.fromEntries(hosts),
  };
}

function life(random: () => number, minutes: number): (minute: number) => VmNow {
  const crashed = spells(random, minutes);
  const busy = spells(random, minutes);
  return (minute) => {
    if (isWithin(crashed, minute)) return { state: 5, reason: 'crashed' };
    return { state: 1, reason: 'booted', cpuPercent: isWithin(busy, minute) ? 99 : 20 };
  };
}

/** Times at which trouble begins, ends, begins ..., rising. */
export function spells(random: () => number, minutes: number): number[] {
  const times: number[] = [];
  let at = exponential(random, PEACE_MINUTES);
  while (at < minutes) {
    times.push(at);
    at += exponential(random, times.length % 2 === 1 ? TROUBLE_MINUTES : PEACE_MINUTES);
  }
  return times;
}

function exponential(random: () => number, mean: number): number {
  return -mean * Math.log(1 - random());
}

/** An odd number of changes has passed. */
function isWithin(times: readonly number[], minute: number): boolean {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) <= minute) low = middle + 1;
    else high = middle;
  }
  return low % 2 === 1;
}
