import { setTimeout as sleep } from 'node:timers/promises';
import { MINUTE_MS } from '../../core/host-minute.ts';
import type { WatchedHost } from './watched-host.ts';

/** What happens to VMs of one host, again and again until a time. */
export interface Story {
  readonly title: string;
  readonly hostCount: number;
  readonly vmCount: number;
  readonly play: (host: WatchedHost, endMs: number, measured: Measured) => Promise<void>;
}

/** Takes the seconds from what happened to the message about it. */
export type Measured = (what: string, seconds: number) => void;

/** Instants come at any time of a tick, a sample and a post. */
const SPREAD_MS = 20_000;
/** What joins a group waits for a minute after its last message (`group_interval` of critical alerts). */
const GROUP_INTERVAL_MS = MINUTE_MS;

const KILLED_ALONE = 'killed, all else well';
const KILLED_BESIDE = 'killed while another VmDown fires for over a minute';

const randomly = () => sleep(Math.random() * SPREAD_MS);

/** Each VM in turn comes to harm, and the next one when all is well again. */
async function inTurn(
  host: WatchedHost,
  endMs: number,
  harm: (vm: string) => Promise<number>,
  mend: (vm: string, beganMs: number) => Promise<void>,
): Promise<void> {
  for (let i = 0; Date.now() < endMs; i += 1) {
    const vm = host.vms[i % host.vms.length];
    if (vm === undefined) throw new Error('a story without VMs');
    await randomly();
    await mend(vm, await harm(vm));
  }
}

const startedAgain = (host: WatchedHost) => async (vm: string, beganMs: number) => {
  await host.host.command('start', vm);
  await host.told('VmDown', vm, 'resolved', beganMs);
};

async function killed(
  host: WatchedHost,
  vm: string,
  what: string,
  measured: Measured,
): Promise<number> {
  const beganMs = Date.now();
  await host.host.crash(vm);
  const toldMs = await host.told('VmDown', vm, 'firing', beganMs);
  measured(what, (toldMs - beganMs) / 1000);
  return beganMs;
}

/**
 * More than 30 real kills in all. A VM comes to harm twice at most: the third time it is told as flapping, and
 * that it is well again only when it has been quiet for a while.
 */
export const STORIES: readonly Story[] = [
  {
    title: KILLED_ALONE,
    hostCount: 2,
    vmCount: 4,
    play: (host, endMs, measured) =>
      inTurn(host, endMs, (vm) => killed(host, vm, KILLED_ALONE, measured), startedAgain(host)),
  },
  {
    title: KILLED_BESIDE,
    hostCount: 3,
    vmCount: 7,
    async play(host, endMs, measured) {
      for (const [i, vm] of host.vms.entries()) {
        await randomly();
        if (Date.now() >= endMs) return;
        await killed(host, vm, i === 0 ? KILLED_ALONE : KILLED_BESIDE, measured);
        await sleep(GROUP_INTERVAL_MS);
      }
    },
  },
  {
    title: 'its guest panics',
    hostCount: 1,
    vmCount: 4,
    play: (host, endMs, measured) =>
      inTurn(
        host,
        endMs,
        async (vm) => {
          const beganMs = Date.now();
          await host.host.command('panic', vm);
          const toldMs = await host.told('VmDown', vm, 'firing', beganMs);
          measured('its guest panics', (toldMs - beganMs) / 1000);
          return beganMs;
        },
        startedAgain(host),
      ),
  },
  {
    title: 'hangs',
    hostCount: 1,
    vmCount: 4,
    play: (host, endMs, measured) =>
      inTurn(
        host,
        endMs,
        async (vm) => {
          const beganMs = Date.now();
          await host.host.command('hang', vm);
          const toldMs = await host.told('VmHung', vm, 'firing', beganMs);
          measured('hangs (told when it has for a minute)', (toldMs - beganMs) / 1000);
          return beganMs;
        },
        async (vm, beganMs) => {
          await host.host.command('unhang', vm);
          await host.told('VmHung', vm, 'resolved', beganMs);
        },
      ),
  },
  {
    title: 'vanishes',
    hostCount: 1,
    vmCount: 3,
    play: (host, endMs, measured) =>
      inTurn(
        host,
        endMs,
        async (vm) => {
          const beganMs = Date.now();
          await host.host.virsh('undefine', vm);
          await host.host.virsh('destroy', vm);
          const toldMs = await host.told('VmDown', vm, 'firing', beganMs).catch(() => undefined);
          // A sample that sees the VM as destroyed, before it is gone, sees an operator at work.
          if (toldMs === undefined) console.log('vanishes: was taken for destroyed by an operator');
          else
            measured('vanishes (told when nobody has had it for 2 min)', (toldMs - beganMs) / 1000);
          return beganMs;
        },
        async (vm) => {
          await host.host.virsh('define', host.host.definitionOf(vm));
          await host.host.command('start', vm);
          await host.seesAll();
        },
      ),
  },
  {
    title: 'a transient VM',
    hostCount: 1,
    vmCount: 4,
    play: (host, endMs, measured) =>
      inTurn(
        host,
        endMs,
        async (vm) => {
          await host.host.virsh('undefine', vm);
          return killed(host, vm, 'killed, a VM that libvirt forgets as it ends', measured);
        },
        async (vm, beganMs) => {
          await host.host.virsh('define', host.host.definitionOf(vm));
          await startedAgain(host)(vm, beganMs);
        },
      ),
  },
];
