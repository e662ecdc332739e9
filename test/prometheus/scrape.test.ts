import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { cpus, totalmem } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import { expect, onTestFinished, test } from 'vitest';
import { createScrapeCollector } from '../../agent/collectors/scrape.ts';
import { SourceSettingsSchema } from '../../agent/source-settings.ts';
import { readable } from '../agent/fixture-host.ts';

/** Debian's, or what the variable names. */
const NODE_EXPORTER = process.env['NODE_EXPORTER_BIN'] ?? 'prometheus-node-exporter';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error(`no port: ${address}`);
  return address.port;
}

test('the numbers of a real node_exporter are taken, and end with it', async () => {
  const at = `127.0.0.1:${await freePort()}`;
  const exporter = spawn(NODE_EXPORTER, [`--web.listen-address=${at}`], { stdio: 'ignore' });
  onTestFinished(() => void exporter.kill('SIGKILL'));
  const url = `http://${at}/metrics`;
  const { scrape } = v.parse(SourceSettingsSchema, {
    scrape: [
      { url, job: 'node', maxSeries: 2000 },
      { url, job: 'memory', include: 'node_memory_.*_bytes' },
    ],
  });
  let nowMs = 0;
  const collector = createScrapeCollector(scrape, () => nowMs);
  const numbers = async () => {
    nowMs += 60_000;
    await collector.collect({ nowMs, withinMs: 1000 });
    await collector.close?.();
    const all = await collector.collect({ nowMs, withinMs: 1000 });
    return readable(all === 'absent' ? [] : all);
  };
  let first = await numbers();
  for (let i = 0; i < 100 && first[`hypervigil_scrape_up{node,${at}}`] !== 1; i += 1) {
    await sleep(100);
    first = await numbers();
  }
  expect(first).toMatchObject({
    [`hypervigil_scrape_up{node,${at}}`]: 1,
    [`hypervigil_scrape_up{memory,${at}}`]: 1,
    [`node_memory_MemTotal_bytes{node,${at}}`]: totalmem(),
    [`node_memory_MemTotal_bytes{memory,${at}}`]: totalmem(),
  });
  expect(first[`hypervigil_scrape_series_count{node,${at}}`]).toBeGreaterThan(200);
  const idle = Object.keys(first).filter((name) => /^node_cpu_seconds_total\{.*idle/.test(name));
  expect(idle).toHaveLength(cpus().length);
  expect(first).not.toHaveProperty([`hypervigil_scrape_series_left_out_count{node,${at}}`]);
  const ofMemory = Object.keys(first).filter((name) => name.includes('{memory,'));
  expect(ofMemory.every((name) => /^(node_memory_.*_bytes|hypervigil_scrape_)/.test(name))).toBe(
    true,
  );

  exporter.kill('SIGKILL');
  await once(exporter, 'exit');
  expect(await numbers()).toEqual({
    [`hypervigil_scrape_up{node,${at}}`]: 0,
    [`hypervigil_scrape_up{memory,${at}}`]: 0,
  });
});
