import { describe, expect, it, onTestFinished } from 'vitest';
import { runAgent } from '../../agent/agent.ts';
import type { Collector } from '../../agent/collectors/collector.ts';
import type { AgentConfig } from '../../agent/config.ts';
import { Poster } from '../../agent/poster.ts';
import type { StopReason } from '../../agent/stop-reason.ts';
import { decodeChunk } from '../../core/chunk/decode.ts';
import { formatLabels } from '../../core/series/labels.ts';
import { type Behaviour, type FaultServer, faultServer, hangs, stores } from './fault-server.ts';

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
  const ports = { collectors, poster, version: '1', stopReason, log };
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
