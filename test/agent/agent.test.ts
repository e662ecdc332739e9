import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { runAgent } from '../../agent/agent.ts';
import type { Collector, Measurement } from '../../agent/collectors/collector.ts';
import type { AgentConfig } from '../../agent/config.ts';
import { Poster } from '../../agent/poster.ts';
import { Spool } from '../../agent/spool/spool.ts';
import { spoolFilesIn } from '../../agent/spool/spool-files.ts';
import type { StopReason } from '../../agent/stop-reason.ts';
import { decodeChunk } from '../../core/chunk/decode.ts';
import { phaseMs } from '../../core/host-minute.ts';
import { formatLabels, labelsFrom } from '../../core/series/labels.ts';
import {
  type Behaviour,
  type FaultServer,
  faultServer,
  hangs,
  refuses,
  stores,
} from './fault-server.ts';

const HOST = 'web1';

const load: Collector = {
  name: 'load',
  check: async () => ({ status: 'ok', sees: '' }),
  collect: async () => [{ name: 'host_load1', labels: {}, value: 1 }],
};

/** An agent under way, sampling and posting this often. */
async function agentOn(
  script: readonly Behaviour[],
  {
    intervalMs = 50,
    collectors = [load],
    stopReason = async (): Promise<StopReason> => 'stopped',
    spool,
  }: {
    intervalMs?: number;
    collectors?: readonly Collector[];
    stopReason?: () => Promise<StopReason>;
    spool?: Spool;
  } = {},
) {
  const server = await faultServer(...script);
  const poster = new Poster({ url: server.url, readKey: () => 'secret-key', version: '1' });
  onTestFinished(() => poster.close());
  const config: AgentConfig = {
    url: server.url,
    keyFile: undefined,
    host: HOST,
    sampleIntervalMs: intervalMs,
    batchIntervalMs: intervalMs,
    rootDir: '/',
    spoolDir: undefined,
  };
  const stop = new AbortController();
  const lines: string[] = [];
  const log = (line: string) => lines.push(line);
  const ports = { collectors, poster, spool, version: '1', stopReason, log };
  const ended = runAgent(config, ports, stop.signal);
  return {
    server,
    lines,
    async stop() {
      stop.abort();
      await ended;
    },
  };
}

/** Everything the server got, once: `series value` by instant. */
function stored(server: FaultServer): ReadonlyMap<number, readonly string[]> {
  const byInstant = new Map<number, Set<string>>();
  for (const { body } of server.received) {
    const chunk = decodeChunk(body);
    if (!chunk.ok) throw new Error(chunk.error.message);
    for (const { labels, timestamps, values } of chunk.value.series) {
      timestamps.forEach((at, i) => {
        const points = byInstant.get(at) ?? new Set();
        byInstant.set(at, points.add(`${formatLabels(labels)} ${values[i]}`));
      });
    }
  }
  return new Map([...byInstant].sort(([a], [b]) => a - b).map(([at, all]) => [at, [...all]]));
}

describe('an agent that is told to stop', () => {
  it.each<StopReason>(['stopped', 'shutdown'])('says so last of all: %s', async (reason) => {
    const agent = await agentOn([stores], { stopReason: async () => reason });
    await agent.server.arrived(2);
    await agent.stop();
    const all = [...stored(agent.server)];
    const [lastMs, last] = all.at(-1) ?? [0, []];
    expect(last).toEqual([`hypervigil_agent_stopped{host="web1", reason="${reason}"} 1`]);
    expect(Math.abs(Date.now() - lastMs)).toBeLessThan(5000);
    const before = all.slice(0, -1).flatMap(([, points]) => points);
    expect(before).toContain('host_load1{host="web1"} 1');
    expect(before.join(), 'nothing has ended: it is unknown from here on').not.toContain('NaN');
    expect(before.join()).not.toContain('agent_stopped');
    expect(agent.lines).toEqual([]);
  });

  it('says so though it has never taken a sample', async () => {
    const agent = await agentOn([stores], { intervalMs: 3_600_000 });
    await agent.stop();
    expect([...stored(agent.server).values()]).toEqual([
      ['hypervigil_agent_stopped{host="web1", reason="stopped"} 1'],
    ]);
  });

  it('waits for no sample that is being taken, and does not collide with it', async () => {
    let begin: () => void = () => {};
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const slow: Collector = {
      ...load,
      collect: () => {
        begin();
        return new Promise(() => {});
      },
    };
    const agent = await agentOn([stores], { collectors: [slow] });
    await begun;
    const beganMs = performance.now();
    await agent.stop();
    expect(performance.now() - beganMs).toBeLessThan(2000);
    expect([...stored(agent.server).values()]).toEqual([
      ['hypervigil_agent_stopped{host="web1", reason="stopped"} 1'],
    ]);
  });

  it('ends within 5 s, whatever hangs', { timeout: 20_000 }, async () => {
    const agent = await agentOn([hangs], {
      stopReason: () => new Promise((resolve) => setTimeout(() => resolve('stopped'), 1000)),
    });
    await agent.server.arrived(1);
    const beganMs = performance.now();
    await agent.stop();
    expect(performance.now() - beganMs).toBeLessThan(6000);
    expect(agent.lines.at(-1)).toMatch(/^stopped with \d+ samples that the server does not have$/);
  });
});

describe('an agent with a spool', () => {
  it('says what waits in it when it stops, and sends it after the next start', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hypervigil-agent-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const open = () => Spool.open(spoolFilesIn(folder), HOST, new Map());
    const first = await agentOn([refuses(500, 'oops')], { spool: await open() });
    await first.server.arrived(1);
    await first.stop();
    expect(first.lines.at(-1)).toMatch(/^\d+ samples wait in the spool for the next start$/);
    expect(first.lines.join()).not.toContain('does not have');
    const second = await agentOn([stores], { spool: await open() });
    await second.server.arrived(3);
    await second.stop();
    const points = [...stored(second.server).values()].flat();
    expect(points.filter((point) => point.includes('agent_stopped'))).toHaveLength(2);
  });
});

describe('an agent whose clock was set back while it was off', () => {
  it('measures nothing until that is past what it measured before', {
    timeout: 20_000,
  }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hypervigil-agent-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const beforeMs = Date.now() + 1500;
    const first = await Spool.open(spoolFilesIn(folder), HOST, new Map());
    const labels = labelsFrom({ __name__: 'host_load1', host: HOST });
    const points = [{ key: 'load1', labels, value: 7 }];
    first.addSample(first.nextId(), { timestampMs: beforeMs, points });
    await first.close(1000);
    const spool = await Spool.open(spoolFilesIn(folder), HOST, new Map());
    const agent = await agentOn([stores], { spool });
    await agent.server.arrived(3);
    await agent.stop();
    const loads = [...stored(agent.server)].filter(([, points]) => points.join().includes('load1'));
    expect(loads[0]).toEqual([beforeMs, ['host_load1{host="web1"} 7']]);
    expect(loads.length).toBeGreaterThan(1);
    expect(agent.lines).toEqual([expect.stringMatching(/^the clock was set back: no samples for/)]);
  });
});

describe('an agent whose clock is set to and fro', () => {
  it('gives no instant twice, and counts what is of no time', { timeout: 20_000 }, async () => {
    const realNow = Date.now;
    let offsetMs = 0;
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => realNow() + offsetMs);
    onTestFinished(() => clock.mockRestore());
    let count = 0;
    const counter: Collector = {
      ...load,
      collect: async () => {
        count += 1;
        return [{ name: 'host_load1', labels: {}, value: count }];
      },
    };
    const agent = await agentOn([stores], { collectors: [counter] });
    // An hour ahead, then back to where it has measured already.
    const beganMs = realNow();
    for (const offset of [() => 0, () => 3_600_000, () => beganMs - realNow()]) {
      const before = count;
      offsetMs = offset();
      while (count < before + 20) await sleep(10);
    }
    await agent.stop();
    const values = [...stored(agent.server).values()].map((points) =>
      points.filter((point) => point.startsWith('host_load1')),
    );
    expect(Math.max(...values.map((ofInstant) => ofInstant.length))).toBe(1);
    const distinct = new Set(values.flat());
    const lost = [...stored(agent.server).values()]
      .flat()
      .flatMap((point) => /dropped_total.*clock_set_back"} (\d+)/.exec(point)?.[1] ?? []);
    const lostCount = Math.max(0, ...lost.map(Number));
    expect(distinct.size + lostCount).toBeGreaterThanOrEqual(count - 1);
    expect(agent.lines).toContainEqual(expect.stringContaining('samples begin anew'));
  });
});

describe('an agent that sees a VM crash', () => {
  const stateOf = (state: number, reason: string): Measurement => ({
    name: 'vm_state',
    labels: { vm: 'web', uuid: 'u1', reason },
    value: state,
  });

  it('samples and posts it at once, whatever its intervals are, and says that it is urgent', {
    timeout: 20_000,
  }, async () => {
    let state = stateOf(1, 'booted');
    let tell: () => void = () => {};
    const libvirt: Collector = {
      ...load,
      name: 'libvirt',
      collect: async () => [state],
      watch: (onTrouble) => {
        tell = onTrouble;
      },
    };
    // A first sample soon, and the next a long time later.
    const intervalMs = 24 * 3_600_000;
    const sinceMs = (Date.now() - phaseMs(HOST)) % intervalMs;
    const clock = vi.spyOn(Date, 'now');
    onTestFinished(() => clock.mockRestore());
    const realNow = () => performance.timeOrigin + performance.now();
    const shiftMs = intervalMs - sinceMs - 500;
    clock.mockImplementation(() => Math.trunc(realNow() + shiftMs));
    const agent = await agentOn([stores], { collectors: [libvirt], intervalMs });
    await agent.server.arrived(1);
    const crashedMs = performance.now();
    state = stateOf(5, 'crashed');
    tell();
    await agent.server.arrived(2);
    expect(performance.now() - crashedMs).toBeLessThan(4000);
    expect(agent.server.received.map(({ headers }) => headers['x-hypervigil-urgent'])).toEqual([
      undefined,
      '1',
    ]);
    const [, last] = [...stored(agent.server)].at(-1) ?? [];
    expect(last).toContain('vm_state{host="web1", reason="crashed", uuid="u1", vm="web"} 5');
    await agent.stop();
  });
});
