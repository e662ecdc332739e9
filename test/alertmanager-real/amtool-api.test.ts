import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isoTime } from '../../core/time.ts';
import { answerAlertmanager } from '../../functions/alertmanager-api/answer.ts';
import { readRequest } from '../../functions/api/http.ts';
import { functionUrlEvent } from '../../infra/local/function-url-event.ts';
import {
  ALERTS,
  CONFIG,
  NOW_MS,
  startAlertmanager,
  type TestAlertmanager,
} from '../alertmanager-api/fixture.ts';
import { withAlertmanager } from './programs.ts';

/** The real `amtool` against our API, and against a real Alertmanager with the same alerts beside it. */
const AMTOOL = process.env['AMTOOL'] ?? 'amtool';
const TOKEN = 'hvt_0123456789abcdefghijklmnopqrstuv';
const run = promisify(execFile);

let api: TestAlertmanager;
let server: Server;
let folder: string;
/** Ends when `stop` is resolved. */
let real: Promise<void>;
const stop = Promise.withResolvers<void>();
/** Without credentials. */
let address: string;
let ours: string;
let theirs: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'amtool-'));
  api = await startAlertmanager();
  server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  ours = `http://amtool:${TOKEN}@${address}`;
  theirs = await startReal();
});
afterAll(async () => {
  stop.resolve();
  await real;
  server.closeAllConnections();
  server.close();
  await api.close();
  await rm(folder, { recursive: true });
});

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  api.nowMs = Date.now();
  const read = readRequest(functionUrlEvent(request, Buffer.concat(parts), api.nowMs));
  if (!read.ok || read.value.token !== TOKEN) {
    response.writeHead(read.ok ? 401 : 400).end();
    return;
  }
  const {
    statusCode = 200,
    headers = {},
    body = '',
    isBase64Encoded,
  } = await answerAlertmanager(read.value, api.ports);
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, String(value));
  response.writeHead(statusCode).end(Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'));
}

/** A real Alertmanager with the fixture's routes and alerts; its address. */
async function startReal(): Promise<string> {
  const url = await new Promise<string>((resolve, reject) => {
    real = withAlertmanager(CONFIG, async (itsUrl) => {
      resolve(itsUrl);
      await stop.promise;
    });
    real.catch(reject);
  });
  const alerts = ALERTS.map((labels) => ({
    labels,
    annotations: { summary: `${labels['alertname']} on ${labels['host']}` },
    startsAt: isoTime(NOW_MS - 60_000),
    generatorURL: 'https://hypervigil.example.com/graph',
  }));
  const posted = await fetch(`${url}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(alerts),
  });
  expect(posted.status).toBe(200);
  return url;
}

/** What amtool prints; throws with its messages if it fails. */
async function amtool(url: string, ...args: readonly string[]): Promise<string> {
  const env = { PATH: process.env['PATH'], HOME: folder, TZ: 'UTC' };
  const flags = [`--alertmanager.url=${url}`, '--no-version-check'];
  const { stdout } = await run(AMTOOL, [...flags, ...args], { env });
  return stdout.trimEnd();
}

const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** Ids and times of day stand for themselves; column widths follow them. */
function normal(text: string): string {
  return text
    .replace(UUID, 'ID')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/g, 'TIME')
    .replace(/ +/g, ' ');
}

/** The same command to both; ours, as it is, once it was found alike. */
async function both(...args: readonly string[]): Promise<string> {
  const [mine, other] = await Promise.all([amtool(ours, ...args), amtool(theirs, ...args)]);
  expect(normal(mine)).toBe(normal(other));
  return mine;
}

async function addBoth(...args: readonly string[]): Promise<{ mine: string; other: string }> {
  const add = (url: string) => amtool(url, 'silence', 'add', ...args);
  const [mine, other] = await Promise.all([add(ours), add(theirs)]);
  expect(mine).toMatch(new RegExp(`^${UUID.source}$`));
  return { mine, other };
}

const BY_ANN = ['--author=ann', '--comment=new disks'];

describe('amtool alert query', () => {
  test.each([
    [[], 3],
    [['HostDown'], 1],
    [['alertname=~"Disk.*"', 'host=db1'], 1],
    [['severity!=critical'], 1],
    [['nothing=here'], 0],
    [['-r', 'on.*'], 2],
    [['--silenced'], 0],
    [['--inhibited'], 0],
  ])('%j', async (args, count) => {
    const lines = (await both('alert', 'query', ...args)).split('\n');
    expect(lines).toHaveLength(1 + count);
    await both('-o', 'extended', 'alert', 'query', ...args);
    expect(JSON.parse(await both('-o', 'json', 'alert', 'query', ...args)) ?? []).toHaveLength(
      count,
    );
  });

  test('a bad matcher', async () => {
    await expect(amtool(ours, 'alert', 'query', 'a=b', 'c')).rejects.toThrow(
      /bad matcher format: c/,
    );
  });
});

test('a silence is added, seen, changed and ended', async () => {
  const { mine, other } = await addBoth('host=web1', 'severity=~"crit.*"', ...BY_ANN);
  expect(await both('silence', 'query')).toContain(mine);
  await both('-o', 'extended', 'silence', 'query');
  await both('-o', 'json', 'silence', 'query', 'host=web1');
  expect(await both('alert', 'query', '--silenced')).toContain('HostDown');
  expect(await both('alert', 'query')).not.toContain('HostDown');

  const update = ['silence', 'update', '--duration=3h', '--comment=two more'];
  const [updated, really] = await Promise.all([
    amtool(ours, ...update, mine),
    amtool(theirs, ...update, other),
  ]);
  expect(normal(updated)).toBe(normal(really));
  expect(updated).toContain(mine);
  expect(await both('silence', 'query')).toContain('two more');

  await Promise.all([
    amtool(ours, 'silence', 'expire', mine),
    amtool(theirs, 'silence', 'expire', other),
  ]);
  expect(await both('silence', 'query')).not.toContain(mine);
  expect(await both('silence', 'query', '--expired', '--within=1h')).toContain(mine);
  expect(await both('alert', 'query')).toContain('HostDown');
});

test('a silence that begins later, and one whose beginning is moved', async () => {
  const from = isoTime(Math.floor(Date.now() / 1000) * 1000 + 3_600_000).replace('.000', '');
  const { mine, other } = await addBoth(
    'host=later',
    `--start=${from}`,
    '--duration=5h',
    ...BY_ANN,
  );
  expect(await both('-o', 'json', 'silence', 'query', 'host=later')).toContain('"pending"');
  const now = isoTime(Math.floor(Date.now() / 1000) * 1000 - 60_000).replace('.000', '');
  const [moved, really] = await Promise.all([
    amtool(ours, 'silence', 'update', `--start=${now}`, mine),
    amtool(theirs, 'silence', 'update', `--start=${now}`, other),
  ]);
  expect(normal(moved)).toBe(normal(really));
  expect(moved).not.toContain(mine);
  expect(await both('silence', 'query', 'host=later')).not.toContain(mine);
  expect(await both('silence', 'query', '--expired', 'host=later')).toContain(mine);
});

test('silences are taken out and in again', async () => {
  for (const host of ['a', 'b', 'c']) await addBoth(`host=import-${host}`, ...BY_ANN);
  const args = ['-o', 'json', 'silence', 'query', 'createdBy=ann'];
  const file = join(folder, 'silences.json');
  await writeFile(file, await amtool(ours, ...args.slice(0, 4)));
  const before = JSON.parse(await amtool(ours, '-o', 'json', 'silence', 'query')).length;
  // Those with an id that is there are changed in place, so there are no more of them.
  await amtool(ours, 'silence', 'import', file);
  expect(JSON.parse(await amtool(ours, '-o', 'json', 'silence', 'query'))).toHaveLength(before);
  await amtool(ours, 'silence', 'import', '--force', file);
  expect(JSON.parse(await amtool(ours, '-o', 'json', 'silence', 'query'))).toHaveLength(2 * before);
  // What another server gave out has ids that nobody knows here.
  await writeFile(file, await amtool(theirs, ...args.slice(0, 4)));
  const added = await amtool(ours, 'silence', 'import', file);
  expect(added.match(UUID)).toHaveLength(before);
});

test('what can’t be silenced is refused', async () => {
  const unknown = '00000000-0000-0000-0000-000000000000';
  await expect(amtool(ours, 'silence', 'expire', unknown)).rejects.toThrow(/404|NotFound/);
  await expect(amtool(ours, 'silence', 'update', unknown)).rejects.toThrow(/404|NotFound/);
  const all = amtool(ours, 'silence', 'add', 'host=~".*"', ...BY_ANN);
  await expect(all).rejects.toThrow(/at least one matcher must not match the empty string/);
  const add = amtool(ours, 'alert', 'add', 'alertname=Mine');
  await expect(add).rejects.toThrow(/405/);
});

describe('the configuration', () => {
  test('is shown without secrets', async () => {
    const shown = await amtool(ours, 'config', 'show');
    expect(shown).toContain('receiver: oncall');
    expect(shown).not.toContain('secret=');
    expect(shown).not.toContain('a-secret');
  });

  test('has the routes', async () => {
    expect(await both('config', 'routes')).toContain('receiver: oncall');
    const labels = ['alertname=DiskFull', 'severity=critical', 'host=db1'];
    expect(await both('config', 'routes', 'test', ...labels)).toBe('oncall,dba');
    await both('config', 'routes', 'test', '--tree', ...labels);
    const verify = ['config', 'routes', 'test', '--verify.receivers=team', 'severity=info'];
    expect(await both(...verify)).toBe('team');
  });

  test('there is no cluster', async () => {
    await both('cluster', 'show');
  });
});

describe('the token', () => {
  test('may come from a file, as a bearer token', async () => {
    const file = join(folder, 'http.yml');
    await writeFile(file, `authorization:\n  credentials: ${TOKEN}\n`);
    const shown = await amtool(`http://${address}`, `--http.config.file=${file}`, 'alert', 'query');
    expect(shown).toContain('HostDown');
  });

  test('must come', async () => {
    await expect(amtool(`http://${address}`, 'alert', 'query')).rejects.toThrow(/401/);
  });
});
