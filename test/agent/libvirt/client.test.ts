import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLibvirt } from '../../../agent/libvirt/client.ts';
import { ALL_DOMAIN_STATS, AUTH_LIST, AUTH_POLKIT } from '../../../agent/libvirt/procedures.ts';
import type { RpcConnection } from '../../../agent/libvirt/rpc.ts';
import { XdrWriter } from '../../../agent/libvirt/xdr.ts';
import { type Call, encodeRecords, FakeLibvirtd, fakeVm } from './fake-libvirtd.ts';

const ALL = { groups: 1, flags: 0 };
const PATIENCE_MS = 2000;
const SHORT_MS = 50;

let libvirtd: FakeLibvirtd;
const opened: RpcConnection[] = [];

beforeEach(async () => {
  libvirtd = await FakeLibvirtd.start([fakeVm('web')]);
});
afterEach(async () => {
  for (const connection of opened.splice(0)) connection.close();
  await libvirtd.remove();
});

async function open(): Promise<RpcConnection> {
  const result = await openLibvirt([libvirtd.path], PATIENCE_MS);
  if (!result.ok) throw new Error(result.error.message);
  opened.push(result.value);
  return result.value;
}

/** Answers the question for statistics in this way, and all else as usual. */
function whenAskedForStats(answer: (call: Call) => void): void {
  libvirtd.answer = (call) => {
    if (call.procedure !== ALL_DOMAIN_STATS.number) return false;
    answer(call);
    return true;
  };
}

const codeOf = (result: { ok: boolean; error?: { code: string } }) => result.error?.code;

describe('connecting', () => {
  it('is absent where no socket is', async () => {
    const result = await openLibvirt(['/nowhere/a', '/nowhere/b'], PATIENCE_MS);
    expect(codeOf(result)).toBe('absent');
  });

  it('takes the first socket that answers', async () => {
    const result = await openLibvirt(['/nowhere/a', libvirtd.path], PATIENCE_MS);
    expect(result.ok).toBe(true);
    if (result.ok) opened.push(result.value);
  });

  it('asks polkit where libvirtd wants that', async () => {
    libvirtd.authTypes = [2];
    await open();
    expect(libvirtd.calls.get(AUTH_POLKIT.number)).toBe(1);
  });

  it('is denied where polkit refuses, with its words', async () => {
    libvirtd.authTypes = [2];
    libvirtd.answer = (call) => {
      if (call.procedure !== AUTH_POLKIT.number) return false;
      call.error('authentication unavailable: no polkit agent');
      return true;
    };
    const result = await openLibvirt([libvirtd.path], PATIENCE_MS);
    expect(result).toMatchObject({
      error: { code: 'denied', message: expect.stringContaining('no polkit agent') },
    });
  });

  it('is denied where a password is wanted', async () => {
    libvirtd.authTypes = [1];
    const result = await openLibvirt([libvirtd.path], PATIENCE_MS);
    expect(codeOf(result)).toBe('denied');
  });

  it('gives up on a daemon that says nothing', async () => {
    libvirtd.answer = (call) => call.procedure === AUTH_LIST.number;
    const result = await openLibvirt([libvirtd.path], SHORT_MS);
    expect(codeOf(result)).toBe('timeout');
  });
});

describe('a call', () => {
  it('is answered with what libvirt says', async () => {
    const rpc = await open();
    const answer = await rpc.call(ALL_DOMAIN_STATS, ALL, PATIENCE_MS);
    expect(answer.ok && answer.value.map(({ domain }) => domain.name)).toEqual(['web']);
  });

  it("fails with libvirt's message", async () => {
    const rpc = await open();
    whenAskedForStats((call) => call.error('access denied'));
    const answer = await rpc.call(ALL_DOMAIN_STATS, ALL, PATIENCE_MS);
    expect(answer).toMatchObject({ error: { code: 'libvirt', message: 'access denied' } });
  });

  it('that is late stays under way until its answer comes, and others are answered', async () => {
    const rpc = await open();
    let late: Call | undefined;
    whenAskedForStats((call) => {
      late = call;
    });
    expect(codeOf(await rpc.call(ALL_DOMAIN_STATS, ALL, SHORT_MS))).toBe('timeout');
    expect(rpc.underWay()).toBe(1);
    const answer = await rpc.call(AUTH_LIST, undefined, PATIENCE_MS);
    expect(answer).toEqual({ ok: true, value: [0] });

    late?.ok(encodeRecords([]));
    await rpc.call(AUTH_LIST, undefined, PATIENCE_MS); // answered after the late one
    expect(rpc.underWay()).toBe(0);
  });

  it('fails at once when the connection ends within its answer', async () => {
    const rpc = await open();
    whenAskedForStats(({ socket }) => {
      socket.end(new XdrWriter().uint(500).fixedOpaque(Buffer.alloc(40)).bytes());
    });
    const answer = await rpc.call(ALL_DOMAIN_STATS, ALL, PATIENCE_MS);
    expect(codeOf(answer)).toBe('closed');
    expect(codeOf(await rpc.call(ALL_DOMAIN_STATS, ALL, PATIENCE_MS))).toBe('closed');
  });

  it('fails at once on an answer of an impossible length', async () => {
    const rpc = await open();
    whenAskedForStats(({ socket }) => {
      socket.write(new XdrWriter().uint(0xffffffff).bytes());
    });
    expect(codeOf(await rpc.call(ALL_DOMAIN_STATS, ALL, PATIENCE_MS))).toBe('protocol');
  });

  it('fails on an answer that is cut short, and the connection goes on', async () => {
    const rpc = await open();
    whenAskedForStats((call) => call.ok(new XdrWriter().uint(3).string('web').bytes()));
    expect(codeOf(await rpc.call(ALL_DOMAIN_STATS, ALL, PATIENCE_MS))).toBe('protocol');
    libvirtd.answer = () => false;
    expect((await rpc.call(ALL_DOMAIN_STATS, ALL, PATIENCE_MS)).ok).toBe(true);
  });
});
