import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type EventWatch, watchEvents } from '../../../agent/libvirt/event-watch.ts';
import { REGISTER_EVENTS } from '../../../agent/libvirt/procedures.ts';
import { FakeLibvirtd, fakeVm } from './fake-libvirtd.ts';

let libvirtd: FakeLibvirtd;
let watch: EventWatch;
let told = 0;

beforeEach(async () => {
  libvirtd = await FakeLibvirtd.start([fakeVm('web')]);
  told = 0;
  const onTrouble = () => {
    told += 1;
  };
  watch = watchEvents([libvirtd.path], onTrouble, 100);
});
afterEach(async () => {
  watch.close();
  await libvirtd.remove();
});

const registered = (times: number) =>
  vi.waitFor(() => expect(libvirtd.calls.get(REGISTER_EVENTS.number)).toBe(times), 5000);

it.each([
  ['a VM whose process was killed', 5, 5],
  ['a VM that crashed', 5, 2],
  ['a guest that panicked', 8, 0],
  ['a VM whose storage is full', 3, 2],
])('%s is told at once', async (_, event, detail) => {
  await registered(1);
  libvirtd.tellEvent('web', event, detail);
  await vi.waitFor(() => expect(told).toBe(1));
});

it('starts, shutdowns, pauses by a person and what is not understood are not told', async () => {
  await registered(1);
  for (const [event, detail] of [
    [2, 0],
    [5, 0],
    [5, 1],
    [5, 3],
    [3, 0],
    [4, 0],
    [99, 2],
  ] as const) {
    libvirtd.tellEvent('web', event, detail);
  }
  libvirtd.tellEvent('web', 8, 0);
  await vi.waitFor(() => expect(told).toBe(1));
});

it('goes on after a restart of libvirtd', async () => {
  await registered(1);
  await libvirtd.stop();
  await libvirtd.listen();
  await registered(2);
  libvirtd.tellEvent('web', 5, 5);
  await vi.waitFor(() => expect(told).toBe(1));
});
