import { afterEach, describe, expect, it } from 'vitest';
import { createDomainReader, type DomainReader } from '../../../agent/libvirt/domain-reader.ts';
import { ALL_DOMAIN_STATS, DOMAIN_JOB_STATS } from '../../../agent/libvirt/procedures.ts';
import { XdrWriter } from '../../../agent/libvirt/xdr.ts';
import { type Call, FakeLibvirtd, type FakeVm, fakeVm } from './fake-libvirtd.ts';

const WITHIN_MS = 1500;

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function setUp(
  ...names: string[]
): Promise<{ libvirtd: FakeLibvirtd; reader: DomainReader; vms: FakeVm[] } & Clock> {
  const vms = names.map((name) => fakeVm(name));
  const libvirtd = await FakeLibvirtd.start(vms);
  cleanups.push(() => libvirtd.remove());
  let skippedMs = 0;
  const reader = createDomainReader([libvirtd.path], () => performance.now() + skippedMs);
  cleanups.push(() => reader.close());
  const skip = (ms: number) => {
    skippedMs += ms;
  };
  return { libvirtd, reader, vms, skip };
}

interface Clock {
  /** Lets time pass between two samples. */
  readonly skip: (ms: number) => void;
}

/**
 * Each VM with what is known of it: "web full", "web hung", "web state" (nothing but its state), and
 * its job if it has one: "web full backup".
 */
async function look(reader: DomainReader, withinMs = WITHIN_MS): Promise<string[]> {
  const startMs = performance.now();
  const read = await reader.read(withinMs);
  expect(performance.now() - startMs, 'a sample that is late is lost').toBeLessThan(withinMs);
  if (!read.ok) return [read.error.code];
  return read.value.map(({ stats, hung, job }) => {
    const known = stats.cpuTimeNs === undefined ? 'state' : 'full';
    return [stats.name, hung ? 'hung' : known, job].filter((part) => part !== undefined).join(' ');
  });
}

function hang(vms: readonly (FakeVm | undefined)[]): void {
  for (const vm of vms) if (vm) vm.hung = true;
}

describe('hung VMs', () => {
  it('are named, and the others keep their numbers', async () => {
    const { reader, vms } = await setUp('a', 'b', 'c');
    expect(await look(reader)).toEqual(['a full', 'b full', 'c full']);
    hang([vms[1]]);
    expect(await look(reader)).toEqual(['a full', 'b hung', 'c full']);
    expect(await look(reader)).toEqual(['a full', 'b hung', 'c full']);
    hang([vms[0]]);
    expect(await look(reader)).toEqual(['a hung', 'b hung', 'c full']);
  });

  it('cost no number of one that somebody else asks just then', async () => {
    const { reader, vms } = await setUp('a', 'b', 'c');
    await look(reader);
    hang([vms[1]]);
    await look(reader);
    for (const vm of [vms[0], vms[2]]) if (vm) vm.busyFor = 3;
    expect(await look(reader)).toEqual(['a full', 'b hung', 'c full']);
  });

  it('that all begin to hang at once are all found by one sample', async () => {
    const { reader, vms } = await setUp('a', 'b', 'c', 'd');
    await look(reader);
    hang(vms.slice(0, 3));
    expect(await look(reader)).toEqual(['a hung', 'b hung', 'c hung', 'd full']);
  });

  it('cost no sample of an agent that starts while one hangs', async () => {
    const { reader, vms } = await setUp('a', 'b', 'c');
    hang([vms[0]]);
    expect(await look(reader, 3000)).toEqual(['a hung', 'b full', 'c full']);
  });

  it('cost the others nothing if two hang as it starts', async () => {
    const { reader, vms } = await setUp('a', 'b', 'c');
    hang([vms[0], vms[1]]);
    expect(await look(reader)).toEqual(['a hung', 'b hung', 'c full']);
  });

  it('that answer after some seconds were only slow', async () => {
    const { libvirtd, reader, vms } = await setUp('a', 'b');
    await look(reader);
    hang([vms[0]]);
    libvirtd.occupiedMs = 3000;
    expect(await look(reader)).toEqual(['a state', 'b full']);
    libvirtd.occupiedMs = 9500;
    expect(await look(reader)).toEqual(['a hung', 'b full']);
  });

  it('block one call each, however many samples are taken', async () => {
    const { libvirtd, reader, vms } = await setUp('a', 'b', 'c');
    await look(reader);
    hang([vms[0], vms[1]]);
    for (let i = 0; i < 10; i++) await look(reader);
    expect(libvirtd.blockedCount()).toBe(2);
    expect(reader.stuckCount()).toBe(2);
  });

  it('block four calls at most; then only states are asked for', async () => {
    const { libvirtd, reader, vms } = await setUp('a', 'b', 'c', 'd', 'e', 'f');
    await look(reader);
    hang(vms.slice(0, 5));
    const expected = ['a hung', 'b hung', 'c hung', 'd hung', 'e state', 'f state'];
    for (let i = 0; i < 3; i++) expect(await look(reader)).toEqual(expected);
    expect(libvirtd.blockedCount()).toBe(4);
  });

  it('are measured again when they go on', async () => {
    const { libvirtd, reader, vms } = await setUp('a', 'b');
    await look(reader);
    hang(vms);
    expect(await look(reader)).toEqual(['a hung', 'b hung']);
    for (const vm of vms) libvirtd.unhang(vm);
    // The late answer may come within this sample, in which case the next one is free of it.
    await look(reader);
    expect(await look(reader)).toEqual(['a full', 'b full']);
    expect(reader.stuckCount()).toBe(0);
  });

  it('are found again by a libvirtd that was restarted', async () => {
    const { libvirtd, reader, vms } = await setUp('a', 'b');
    await look(reader);
    hang([vms[0]]);
    await look(reader);
    await libvirtd.stop();
    expect(await look(reader)).toEqual(['absent']);
    await libvirtd.listen();
    expect(await look(reader)).toEqual(['a hung', 'b full']);
    expect(libvirtd.blockedCount()).toBe(1);
  });
});

/** Numbers of virDomainJobOperation. */
const OPERATION = { save: 2, migrationOut: 5, snapshot: 6, backup: 9, newer: 99 } as const;

describe('jobs', () => {
  it('are named while they last', async () => {
    const { reader, vms } = await setUp('a', 'b', 'c');
    const [a, b] = vms;
    expect(await look(reader)).toEqual(['a full', 'b full', 'c full']);
    if (a) a.job = OPERATION.backup;
    if (b) b.job = OPERATION.migrationOut;
    expect(await look(reader)).toEqual(['a full backup', 'b full migration_out', 'c full']);
    if (a) a.job = OPERATION.newer;
    if (b) delete b.job;
    expect(await look(reader)).toEqual(['a full unknown', 'b full', 'c full']);
  });

  it('are asked for in one round trip, and not of VMs that are off', async () => {
    const { libvirtd, reader, vms } = await setUp('a', 'b');
    libvirtd.vms = [...vms, fakeVm('off', { 'state.state': 5 })];
    await look(reader);
    expect(libvirtd.calls.get(DOMAIN_JOB_STATS.number)).toBe(2);
    const held: Call[] = [];
    libvirtd.answer = (call) => {
      if (call.procedure !== DOMAIN_JOB_STATS.number) return false;
      held.push(call);
      // Answered only once all have been asked.
      if (held.length === 2)
        for (const each of held) each.ok(new XdrWriter().int(0).uint(0).bytes());
      return true;
    };
    expect(await look(reader)).toEqual(['a full', 'b full', 'off state']);
  });

  it('that the libvirt is too old to tell cost nothing', async () => {
    const { libvirtd, reader } = await setUp('a');
    libvirtd.answer = (call) => {
      if (call.procedure !== DOMAIN_JOB_STATS.number) return false;
      call.error('unknown procedure: 298');
      return true;
    };
    expect(await look(reader)).toEqual(['a full']);
  });

  it('of a VM that hangs right after its numbers cost the others nothing', async () => {
    const { libvirtd, reader, vms } = await setUp('a', 'b', 'c');
    for (const vm of vms) vm.job = OPERATION.backup;
    await look(reader);
    const [, b] = vms;
    libvirtd.answer = ({ procedure }) => {
      if (procedure === DOMAIN_JOB_STATS.number && b) b.hung = true;
      return false;
    };
    expect(await look(reader)).toEqual(['a full backup', 'b full', 'c full backup']);
    expect(reader.stuckCount()).toBe(1);
    expect(await look(reader)).toEqual(['a full backup', 'b state unknown', 'c full backup']);
    expect(libvirtd.blockedCount(), 'nothing more is asked of it').toBe(1);
  });

  it('do not hide that a VM hangs: it does after some seconds of silence', async () => {
    const { libvirtd, reader, vms, skip } = await setUp('a', 'b');
    const [a] = vms;
    if (a) a.job = OPERATION.backup;
    await look(reader);
    hang([a]);
    expect(await look(reader)).toEqual(['a state backup', 'b full']);
    skip(5000);
    expect(await look(reader)).toEqual(['a state backup', 'b full']);
    skip(5000);
    expect(await look(reader)).toEqual(['a hung backup', 'b full']);
    if (a) libvirtd.unhang(a);
    await look(reader);
    expect(await look(reader)).toEqual(['a full backup', 'b full']);
    hang([a]);
    expect(await look(reader), 'a new silence counts anew').toEqual(['a state backup', 'b full']);
  });

  it('that hold the lock of their VM cost it its numbers, and nobody else', async () => {
    const { libvirtd, reader, vms } = await setUp('a', 'b');
    await look(reader);
    const [a] = vms;
    if (a) Object.assign(a, { job: OPERATION.snapshot, locked: true });
    expect(await look(reader)).toEqual(['a state unknown', 'b full']);
    if (a) libvirtd.unhang(a);
    if (a) delete a.job;
    await look(reader);
    expect(await look(reader)).toEqual(['a full', 'b full']);
  });

  it('of a VM that is being received are known by its state', async () => {
    const { reader, vms } = await setUp('a', 'b');
    const migrating = fakeVm('a', { 'state.state': 3, 'state.reason': 2 });
    const [a] = vms;
    await look(reader);
    if (a) Object.assign(a, { ...migrating, locked: true });
    expect(await look(reader)).toEqual(['a state migration_in', 'b full']);
  });
});

describe('libvirtd', () => {
  it('that was restarted between two samples costs none', async () => {
    const { libvirtd, reader } = await setUp('a');
    await look(reader);
    await libvirtd.stop();
    await libvirtd.listen();
    expect(await look(reader)).toEqual(['a full']);
  });

  it('that was restarted, and counts anew how long a VM has been silent, ends no hang', async () => {
    const { libvirtd, reader, vms } = await setUp('a', 'b');
    hang([vms[0]]);
    expect(await look(reader)).toEqual(['a hung', 'b full']);
    await libvirtd.stop();
    libvirtd.occupiedMs = 0;
    await libvirtd.listen();
    expect(await look(reader)).toEqual(['a hung', 'b full']);
    if (vms[0]) vms[0].hung = false;
    await libvirtd.stop();
    await libvirtd.listen();
    expect(await look(reader)).toEqual(['a full', 'b full']);
  });

  it('that restarts within a sample costs none', async () => {
    const { libvirtd, reader } = await setUp('a');
    libvirtd.answer = ({ procedure, socket }) => {
      if (procedure !== ALL_DOMAIN_STATS.number) return false;
      libvirtd.answer = () => false;
      socket.destroy();
      return true;
    };
    expect(await look(reader)).toEqual(['a full']);
  });

  it('that answers nothing at all is not asked more than its workers bear', async () => {
    const { libvirtd, reader } = await setUp('a');
    libvirtd.answer = ({ procedure }) => procedure === ALL_DOMAIN_STATS.number;
    for (let i = 0; i < 3; i++) expect(await look(reader)).toEqual(['timeout']);
    expect(reader.stuckCount()).toBe(4);
    expect(libvirtd.calls.get(ALL_DOMAIN_STATS.number), 'four stuck, then states').toBe(4 + 3);
    libvirtd.answer = () => false;
    expect(await look(reader)).toEqual(['a state']);
  });

  it('that answers with an error is asked again at the next sample', async () => {
    const { libvirtd, reader } = await setUp('a');
    libvirtd.answer = (call) => {
      if (call.procedure !== ALL_DOMAIN_STATS.number) return false;
      call.error('out of memory');
      return true;
    };
    expect(await look(reader)).toEqual(['libvirt']);
    libvirtd.answer = () => false;
    expect(await look(reader)).toEqual(['a full']);
  });
});
