import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CollectorRunner } from '../../agent/collector-runner.ts';
import { createCollectors } from '../../agent/collectors/list.ts';
import { createPortableCollectors } from '../../agent/collectors/portable.ts';
import { metricNamed } from '../../core/catalogue/catalogue.ts';
import { decodeChunk } from '../../core/chunk/decode.ts';
import { labelsToObject } from '../../core/series/labels.ts';
import { faultServer, refuses, stores } from './fault-server.ts';
import { readable } from './fixture-host.ts';

const MAIN = new URL('../../agent/main.ts', import.meta.url).pathname;
const HAS_PROC = existsSync('/proc/stat');

/** The agent as a process, with its lines. Ended with the test at the latest. */
function startAgent(...args: readonly string[]) {
  const child = spawn(process.execPath, [MAIN, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, HYPERVIGIL_SPOOL_DIR: 'off' },
  });
  const output = { out: '', err: '' };
  child.stdout.on('data', (part) => {
    output.out += part;
  });
  child.stderr.on('data', (part) => {
    output.err += part;
  });
  const ended = once(child, 'close').then(([code]) => ({ code, ...output }));
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return { child, ended };
}

function keyFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hypervigil-key-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'key');
  writeFileSync(path, 'hv_test_0123456789\n');
  return path;
}

function burnCpu(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

describe('on this machine', () => {
  it.each([
    ['the collectors of this system', () => createCollectors('/').collectors],
    ['the portable collectors', () => createPortableCollectors(() => performance.now())],
  ])(
    '%s agree with what Node says, and give only what the catalogue knows',
    {
      // A VM of this machine that hangs is waited for, twice.
      timeout: 45_000,
    },
    async (_, list) => {
      const lines: string[] = [];
      const runner = new CollectorRunner(list(), 20_000, (line) => lines.push(line));
      await runner.runAll(1);
      burnCpu(300);
      await sleep(700);
      const runs = await runner.runAll(2);
      expect(lines).toEqual([]);
      const measurements = runs.flatMap((run) => run.measurements);
      for (const { name, labels, value } of measurements) {
        const metric = metricNamed(name);
        expect(metric, name).toBeDefined();
        expect(Number.isFinite(value), name).toBe(true);
        if (name.startsWith('host_')) {
          expect(Object.keys(labels), name).toEqual(metric?.labels);
        }
        if (metric?.unit === 'percent') {
          expect(value, name).toBeGreaterThanOrEqual(0);
          expect(value, name).toBeLessThanOrEqual(100);
        }
      }
      const numbers = readable(measurements);
      expect(numbers['host_cpu_count']).toBe(cpus().length);
      expect(numbers['host_cpu_usage_percent']).toBeGreaterThan(0.2 * (100 / cpus().length));
      const total = numbers['host_memory_total_bytes'] ?? 0;
      expect(Math.abs(total - totalmem())).toBeLessThan(1 << 20);
      expect(Object.keys(numbers).length).toBeGreaterThan(15);
    },
  );

  it.runIf(HAS_PROC)('the root filesystem is as large as statfs says', async () => {
    const { collectors, close } = createCollectors('/');
    const runs = await new CollectorRunner(collectors, 20_000, () => {}).runAll(1);
    await close();
    const numbers = readable(runs.flatMap((run) => run.measurements));
    const size = Object.entries(numbers).find(([name]) => /^host_filesystem_size.*{\/,/.test(name));
    const { blocks, bsize } = statfsSync('/');
    expect(size?.[1]).toBe(blocks * bsize);
  });

  it('agent run posts what the server does not have yet when it is told to stop', async () => {
    const server = await faultServer(stores, stores, refuses(503, 'throttled'), stores);
    const { child, ended } = startAgent(
      'run',
      ...['--url', server.url.href, '--key-file', keyFile(), '--host', 'web1'],
      ...['--sample-interval', '1s', '--batch-interval', '1s'],
    );
    await server.arrived(3);
    child.kill('SIGTERM');
    expect((await ended).code).toBe(0);
    expect(server.received.length).toBeGreaterThanOrEqual(4);
    const posted = server.received.at(-1);
    expect(posted?.headers['authorization']).toBe('Bearer hv_test_0123456789');
    const chunk = decodeChunk(posted?.body ?? new Uint8Array());
    if (!chunk.ok) throw new Error(chunk.error.message);
    const series = chunk.value.series.map(({ labels }) => labelsToObject(labels));
    expect(series.every(({ host }) => host === 'web1')).toBe(true);
    expect(series.map(({ __name__ }) => __name__)).toContain('host_cpu_usage_percent');
    // A sample begun more than 0.1 s late bears its own time.
    const timestamps = chunk.value.series[0]?.timestamps ?? new Float64Array();
    expect(timestamps.some((timestamp) => timestamp % 1000 === 0)).toBe(true);
  }, 20_000);

  it('agent once prints a table, agent check what it sees', async () => {
    const [sample, check] = await Promise.all([
      startAgent('once', '--host', 'web1').ended,
      startAgent('check').ended,
    ]);
    expect(sample).toMatchObject({ code: 0, err: '' });
    expect(sample.out).toMatch(/^web1: \d+ numbers over 1 s/);
    expect(sample.out).toContain('host memory');
    expect(check.out).toMatch(/^ok +cpu/);
    expect(check.out).toMatch(/^absent +server/m);
  }, 20_000);

  it.each([
    ['run'],
    ['run', '--url', 'https://hv.example'],
    ['once', '--sample-interval', 'often'],
    ['once', '--config', '/nowhere.yaml'],
  ])('agent %s %s %s ends with one clear line', async (...args) => {
    const { code, err } = await startAgent(...args).ended;
    expect(code).toBe(2);
    expect(err).toMatch(/^hypervigil agent: [^\n]+\n$/);
  });

  it('agent check fails when the key is refused', async () => {
    const server = await faultServer(refuses(401, 'no such key'));
    const { code, out } = await startAgent(
      'check',
      ...['--url', server.url.href, '--key-file', keyFile()],
    ).ended;
    expect(code).toBe(1);
    expect(out).toMatch(/^trouble +server .*no such key/m);
  });
});
