import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Collector } from '../../../agent/collectors/collector.ts';
import { createLibvirtCollector } from '../../../agent/collectors/libvirt.ts';
import { AUTH_POLKIT, REGISTER_EVENTS } from '../../../agent/libvirt/procedures.ts';
import { FakeLibvirtd, fakeVm } from './fake-libvirtd.ts';

let libvirtd: FakeLibvirtd;
let collector: Collector;
let clockMs = 0;

beforeEach(async () => {
  libvirtd = await FakeLibvirtd.start([fakeVm('web'), fakeVm('db')]);
  collector = createLibvirtCollector({ monotonicMs: () => clockMs, sockets: [libvirtd.path] });
});
afterEach(async () => {
  await collector.close?.();
  await libvirtd.remove();
});

/** Numbers of one metric by VM. */
async function collect(metric: string): Promise<Record<string, number>> {
  const all = await collector.collect({ nowMs: 1_800_000_000_000 + clockMs, withinMs: 5000 });
  if (all === 'absent') throw new Error('libvirt is absent');
  const some = all.filter(({ name }) => name === metric);
  return Object.fromEntries(some.map(({ labels, value }) => [labels['vm'] ?? '', value]));
}

describe('samples', () => {
  it('are over the time that really passed', async () => {
    await collect('vm_up');
    libvirtd.vms = [fakeVm('web', { 'cpu.time': 3.5e9 }), fakeVm('db')];
    clockMs += 12_500;
    expect(await collect('vm_cpu_usage_percent')).toEqual({ web: 20, db: 0 });
  });

  it('follow a VM over a change of its name, and forget one that is gone', async () => {
    await collect('vm_up');
    const [web] = libvirtd.vms;
    if (web === undefined) throw new Error('no VM');
    const renamed = { ...web.record, domain: { ...web.record.domain, name: 'shop' } };
    libvirtd.vms = [{ record: renamed, hung: false }];
    clockMs += 10_000;
    expect(await collect('vm_cpu_usage_percent')).toEqual({ shop: 0 });
  });

  it('are absent, and not failed, where there is no libvirt', async () => {
    const without = createLibvirtCollector({ monotonicMs: () => 0, sockets: ['/nowhere/sock'] });
    expect(await without.collect({ nowMs: 0, withinMs: 5000 })).toBe('absent');
    expect((await without.check()).status).toBe('absent');
  });

  it('fail while a libvirt that was there is away, and go on when it is back', async () => {
    expect(await collect('vm_up')).toEqual({ web: 1, db: 1 });
    await libvirtd.stop();
    await expect(collect('vm_up')).rejects.toThrow('no socket of libvirt');
    await libvirtd.listen();
    expect(await collect('vm_up')).toEqual({ web: 1, db: 1 });
  });
});

describe('a transient VM', () => {
  /** The state and reason of each VM, by name. */
  async function states(): Promise<Record<string, string>> {
    const all = await collector.collect({ nowMs: 1_800_000_000_000 + clockMs, withinMs: 5000 });
    if (all === 'absent') throw new Error('libvirt is absent');
    return Object.fromEntries(
      all
        .filter(({ name }) => name === 'vm_state')
        .map(({ labels, value }) => [labels['vm'] ?? '', `${value} ${labels['reason']}`]),
    );
  }

  /** The event about the end of a VM that libvirt forgets at once. */
  async function ends(name: string, detail: number): Promise<void> {
    const { promise: told, resolve } = Promise.withResolvers<void>();
    collector.watch?.(resolve);
    await vi.waitFor(() => expect(libvirtd.calls.get(REGISTER_EVENTS.number)).toBe(1), 5000);
    libvirtd.tellEvent(name, 5, detail);
    // An event that is no trouble is followed by one that is.
    if (detail === 1) libvirtd.tellEvent('db', 8, 0);
    await told;
    libvirtd.vms = libvirtd.vms.filter(({ record }) => record.domain.name !== name);
  }

  it('whose process died has crashed, for an hour, though libvirt knows it no more', async () => {
    expect(await states()).toEqual({ web: '1 booted', db: '1 booted' });
    await ends('web', 5);
    expect(await states()).toEqual({ web: '5 crashed', db: '1 booted' });
    clockMs += 3_599_000;
    expect(await states()).toEqual({ web: '5 crashed', db: '1 booted' });
    clockMs += 1000;
    expect(await states()).toEqual({ db: '1 booted' });
  });

  it('has crashed too if the sample before the event has missed it', async () => {
    await states();
    const all = libvirtd.vms;
    libvirtd.vms = all.slice(1);
    expect(await states()).toEqual({ db: '1 booted' });
    await ends('web', 5);
    expect(await states()).toEqual({ web: '5 crashed', db: '1 booted' });
  });

  it('that runs again has not', async () => {
    const before = libvirtd.vms;
    await states();
    await ends('web', 5);
    await states();
    libvirtd.vms = before;
    expect(await states()).toEqual({ web: '1 booted', db: '1 booted' });
    libvirtd.vms = before.slice(1);
    expect(await states()).toEqual({ db: '1 booted' });
  });

  it('that was destroyed, or never arrived from another host, is gone', async () => {
    const [web, db] = libvirtd.vms;
    if (web === undefined || db === undefined) throw new Error('no VMs');
    await states();
    await ends('web', 1);
    expect(await states()).toEqual({ db: '1 booted' });
    libvirtd.vms = [fakeVm('web', { 'state.state': 3, 'state.reason': 2 }), db];
    await states();
    libvirtd.tellEvent('web', 5, 5);
    libvirtd.vms = [db];
    expect(await states()).toEqual({ db: '1 booted' });
  });
});

describe('check', () => {
  it('names the VMs', async () => {
    expect(await collector.check()).toEqual({ status: 'ok', sees: '2 VMs: db, web' });
  });

  it('says how to mend a refusal', async () => {
    libvirtd.authTypes = [2];
    libvirtd.answer = (call) => {
      if (call.procedure !== AUTH_POLKIT.number) return false;
      call.error('access denied by policy');
      return true;
    };
    const check = await collector.check();
    expect(check.status).toBe('trouble');
    expect(check.sees).toContain('access denied by policy');
    expect(check.mend).toContain('unix_sock_group');
  });
});
