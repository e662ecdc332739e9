import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Collector } from '../../../agent/collectors/collector.ts';
import { createExecCollector } from '../../../agent/collectors/exec.ts';
import { createScrapeCollector } from '../../../agent/collectors/scrape.ts';
import { createTextfileCollector } from '../../../agent/collectors/textfile.ts';
import { SourceSettingsSchema } from '../../../agent/source-settings.ts';
import { collect } from '../fixture-host.ts';
import { hostTree } from '../host-tree.ts';

const PAGE = `# TYPE http_requests_total counter
http_requests_total{code="200",job="shop",host="inner"} 5
http_requests_total{code="500",job="shop",host="inner"} 1
go_goroutines 12
queue_length NaN
vm_state 6
`;

async function exporter(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

function scraper(...scrape: readonly object[]) {
  const host = hostTree();
  const settings = v.parse(SourceSettingsSchema, { scrape });
  return { host, scrape: createScrapeCollector(settings.scrape, host.monotonicMs) };
}

/** The numbers when all readings of the first sample have come. */
async function settled(collector: Collector): Promise<Readonly<Record<string, number>>> {
  await collect(collector);
  await collector.close?.();
  return collect(collector);
}

describe('the scrape collector', () => {
  it('takes the series of an exporter as they are, with job and instance', async () => {
    const at = await exporter((_, response) => response.end(PAGE));
    const { scrape } = scraper({ url: `http://${at}/metrics`, job: 'web', labels: { team: 'a' } });
    expect(await settled(scrape)).toEqual({
      [`hypervigil_scrape_up{web,${at}}`]: 1,
      [`hypervigil_scrape_series_count{web,${at}}`]: 3,
      // Nobody else says how our VMs are.
      [`hypervigil_scrape_series_left_out_count{web,${at}}`]: 1,
      [`http_requests_total{a,web,${at},200,shop,inner}`]: 5,
      [`http_requests_total{a,web,${at},500,shop,inner}`]: 1,
      [`go_goroutines{a,web,${at}}`]: 12,
    });
    const all = await scrape.collect({ nowMs: 9, withinMs: 9 });
    const series = all === 'absent' ? [] : all;
    expect(series.find(({ name }) => name === 'http_requests_total')?.labels).toEqual({
      ...{ team: 'a', job: 'web', instance: at },
      ...{ code: '200', exported_job: 'shop', exported_host: 'inner' },
    });
  });

  it('takes only the names it is told to, and not more than its bound', async () => {
    const at = await exporter((_, response) => response.end(PAGE));
    const url = `http://${at}/metrics`;
    const filtered = await settled(
      scraper({ url, include: 'http_.*|go_.*', exclude: 'go_.*' }).scrape,
    );
    expect(filtered[`hypervigil_scrape_series_count{scrape,${at}}`]).toBe(2);
    expect(filtered).not.toHaveProperty([`hypervigil_scrape_series_left_out_count{scrape,${at}}`]);
    const bounded = await settled(scraper({ url, maxSeries: 2 }).scrape);
    expect(bounded[`hypervigil_scrape_series_count{scrape,${at}}`]).toBe(2);
    expect(bounded[`hypervigil_scrape_series_left_out_count{scrape,${at}}`]).toBe(2);
  });

  it('reads in its own time, and gives the last numbers in between', async () => {
    let readings = 0;
    const at = await exporter((_, response) => {
      readings += 1;
      response.end(`readings ${readings}\n`);
    });
    const { host, scrape } = scraper({ url: `http://${at}/`, interval: '30s' });
    const name = `readings{scrape,${at}}`;
    expect(await settled(scrape)).toHaveProperty([name], 1);
    host.advance(20_000);
    expect(await settled(scrape)).toHaveProperty([name], 1);
    host.advance(10_000);
    expect(await settled(scrape)).toHaveProperty([name], 2);
  });

  it.each<readonly [string, RequestListener, string]>([
    [
      'answers with an error',
      (_, response) => response.writeHead(503).end(),
      'answers with status 503',
    ],
    ['is no exporter', (_, response) => response.end('<html>\n'), 'line 1: no metric name'],
    ['does not answer', () => {}, 'no whole answer within 1000 ms'],
    ['never ends', (_, response) => void response.write('a 1\n'), 'no whole answer within 1000 ms'],
    ['breaks off', (_, response) => void response.socket?.destroy(), 'socket hang up'],
  ])(
    'ends the series of an exporter that %s; the others do not notice',
    async (_, answer, reason) => {
      const good = await exporter((_request, response) => response.end('fine 1\n'));
      let isWell = true;
      const bad = await exporter((request, response) =>
        isWell ? response.end('fine 2\n') : answer(request, response),
      );
      const { host, scrape } = scraper(
        { url: `http://${good}/`, timeout: '1s' },
        { url: `http://${bad}/`, timeout: '1s' },
      );
      expect(await settled(scrape)).toHaveProperty([`fine{scrape,${bad}}`], 2);
      isWell = false;
      host.advance(60_000);
      const numbers = await settled(scrape);
      expect(numbers).toMatchObject({
        [`hypervigil_scrape_up{scrape,${good}}`]: 1,
        [`fine{scrape,${good}}`]: 1,
        [`hypervigil_scrape_up{scrape,${bad}}`]: 0,
      });
      expect(numbers).not.toHaveProperty([`fine{scrape,${bad}}`]);
      expect(await scrape.check()).toMatchObject({
        status: 'trouble',
        sees: `${good}: 1 series; ${bad}: ${reason}`,
      });
    },
  );

  it('shows a token to an exporter that wants one', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hypervigil-token-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const bearerTokenFile = join(folder, 'token');
    writeFileSync(bearerTokenFile, 'secret\n');
    const at = await exporter(({ headers }, response) =>
      response.end(`allowed ${headers.authorization === 'Bearer secret' ? 1 : 0}\n`),
    );
    const { scrape } = scraper({ url: `http://${at}/`, bearerTokenFile });
    expect(await settled(scrape)).toHaveProperty([`allowed{scrape,${at}}`], 1);
  });

  it('is absent when nothing is configured', async () => {
    const { scrape } = scraper();
    expect(await scrape.collect({ nowMs: 1, withinMs: 1 })).toBe('absent');
    expect((await scrape.check()).status).toBe('absent');
  });
});

describe('the textfile collector', () => {
  function folderWith(contents: Readonly<Record<string, string>>) {
    const directory = mkdtempSync(join(tmpdir(), 'hypervigil-text-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const write = (name: string, content: string) => {
      writeFileSync(join(directory, `${name}.tmp`), content);
      renameSync(join(directory, `${name}.tmp`), join(directory, name));
    };
    for (const [name, content] of Object.entries(contents)) write(name, content);
    const { textfile } = v.parse(SourceSettingsSchema, { textfile: { directory } });
    return { directory, write, collector: createTextfileCollector(textfile) };
  }

  it('gives what jobs left, each with its file and the age of that', async () => {
    const { directory, collector } = folderWith({
      'backup.prom': 'backup_size_bytes{set="daily"} 42\n',
      'notes.txt': 'not a number',
    });
    utimesSync(join(directory, 'backup.prom'), 1000, 1000);
    const all = await collector.collect({ nowMs: 1_090_000, withinMs: 1000 });
    expect(all).toEqual([
      ...[
        ['up', 1],
        ['series_count', 1],
      ].map(([name, value]) => ({
        name: `hypervigil_scrape_${name}`,
        labels: { job: 'textfile', instance: 'backup.prom' },
        value,
      })),
      {
        name: 'backup_size_bytes',
        labels: { job: 'textfile', instance: 'backup.prom', set: 'daily' },
        value: 42,
      },
      {
        name: 'hypervigil_scrape_age_seconds',
        labels: { job: 'textfile', instance: 'backup.prom' },
        value: 90,
      },
    ]);
  });

  it('sees new numbers at once, and a broken file costs only its own', async () => {
    const { directory, write, collector } = folderWith({ 'a.prom': 'a 1\n', 'b.prom': 'b 1\n' });
    expect(await collect(collector)).toMatchObject({ 'a{textfile,a.prom}': 1 });
    write('a.prom', 'a 10\n');
    write('b.prom', 'b one\n');
    mkdirSync(join(directory, 'folder.prom'));
    const numbers = await collect(collector);
    expect(numbers).toMatchObject({
      'a{textfile,a.prom}': 10,
      'hypervigil_scrape_up{textfile,b.prom}': 0,
      'hypervigil_scrape_up{textfile,folder.prom}': 0,
    });
    expect(numbers).not.toHaveProperty(['b{textfile,b.prom}']);
    expect(await collector.check()).toMatchObject({
      status: 'trouble',
      sees: 'a.prom: 1 series; b.prom: line 1: no number after b: "one"; folder.prom: is no file',
    });
  });

  it('fails where its folder is gone', async () => {
    const { directory, collector } = folderWith({});
    expect((await collector.check()).status).toBe('ok');
    rmSync(directory, { recursive: true });
    await expect(collect(collector)).rejects.toThrow(directory);
    mkdirSync(directory);
  });
});

describe('the exec collector', () => {
  function running(script: string, settings: object = {}) {
    const folder = mkdtempSync(join(tmpdir(), 'hypervigil-exec-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'metrics');
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
    const { exec } = v.parse(SourceSettingsSchema, {
      exec: [{ name: 'raid', command: [path, 'an argument'], ...settings }],
    });
    return createExecCollector(exec, hostTree().monotonicMs);
  }

  async function firstNumbers(collector: Collector) {
    for (;;) {
      const numbers = await collect(collector);
      if (Object.keys(numbers).length > 0) return numbers;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  it('gives what a command prints', async () => {
    const collector = running('echo "raid_disks{state=\\"$1\\"} 4"');
    expect(await firstNumbers(collector)).toEqual({
      'hypervigil_scrape_up{exec,raid}': 1,
      'hypervigil_scrape_series_count{exec,raid}': 1,
      'raid_disks{exec,raid,an argument}': 4,
    });
  });

  it.each([
    ['echo "half 1"; echo "no array" >&2; exit 2', 'exit code 2: no array'],
    ['sleep 1000', 'took longer than 1000 ms'],
    ['echo no numbers', 'line 1: no number after no: "numbers"'],
  ])('takes nothing of one that fails: %s', async (script, reason) => {
    const collector = running(script, { timeout: '1s' });
    expect(await firstNumbers(collector)).toEqual({ 'hypervigil_scrape_up{exec,raid}': 0 });
    expect((await collector.check()).sees).toContain(reason);
  });

  it('kills the command when the agent ends', async () => {
    const collector = running('sleep 1000', { timeout: '60s' });
    await collect(collector);
    await collector.close?.();
    expect(await collect(collector)).toEqual({ 'hypervigil_scrape_up{exec,raid}': 0 });
  });
});
