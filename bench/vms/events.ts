import { setTimeout as sleep } from 'node:timers/promises';
import { watchEvents } from '../../agent/libvirt/event-watch.ts';
import { virsh } from '../../test/testbed/testbed.ts';
import { libvirtdCpuMs, ownCpuMs } from './cpu-time.ts';
import type { CountedWire } from './wire.ts';

const IDLE_SECONDS = 20;
const IDLE_TURNS = 4;
/** Until all is quiet. */
const SETTLE_MS = 10_000;

/**
 * What it costs to wait for events: the same times with and without the connection, in turns. With all VMs
 * off, as libvirtd has work of its own with those that run, more at some times than at others.
 */
export async function measureEvents(
  wire: CountedWire,
  socket: string,
  count: number,
): Promise<void> {
  const vms = Array.from({ length: count }, (_, i) => `vm${i + 1}`);
  await virsh(vms.map((vm) => `destroy ${vm}`).join('; '));
  await sleep(SETTLE_MS);
  const used = { without: { own: 0, daemon: 0 }, with: { own: 0, daemon: 0 } };
  for (let turn = 0; turn < IDLE_TURNS; turn += 1) {
    for (const what of ['without', 'with'] as const) {
      const watch = what === 'with' ? watchEvents([socket], () => {}) : undefined;
      await sleep(2000);
      const daemonBefore = await libvirtdCpuMs();
      const before = ownCpuMs();
      await sleep(IDLE_SECONDS * 1000);
      used[what].own += ownCpuMs() - before;
      used[what].daemon += (await libvirtdCpuMs()) - daemonBefore;
      watch?.close();
    }
  }
  wire.take();
  const watch = watchEvents([wire.path], () => {});
  await sleep(2000);
  const begin = wire.take();
  await sleep(IDLE_SECONDS * 1000);
  console.log(`\nto wait for events: ${begin}; then in ${IDLE_SECONDS} s: ${wire.take()}`);
  watch.close();
  const perHour = (ms: number) => Math.round((ms / IDLE_SECONDS / IDLE_TURNS) * 3600);
  const row = ({ own, daemon }: { readonly own: number; readonly daemon: number }) => ({
    'CPU ms an hour, agent': perHour(own),
    'CPU ms an hour, libvirtd': perHour(daemon),
  });
  console.table({
    'without the connection for events': row(used.without),
    'with the connection for events': row(used.with),
  });
}
