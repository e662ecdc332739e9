import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { encodeChunk } from '../../core/chunk/encode.ts';
import { labelsFrom } from '../../core/series/labels.ts';
import { createHandler as createEnroll } from '../../functions/enroll/handler.ts';
import { createHandler as createIngest } from '../../functions/ingest/handler.ts';
import { addEnrolmentToken } from '../../functions/store/enrolment-tokens.ts';
import { startFront } from '../../infra/local/http-front.ts';
import { startTable } from '../functions/table.ts';
import { Place } from '../local/start-fixture.ts';

const AGENT = fileURLToPath(new URL('../../agent/main.ts', import.meta.url));

// Each starts Node some times over.
vi.setConfig({ testTimeout: 180_000 });

let place: Place;
let children: ChildProcess[];
beforeEach(() => {
  place = new Place();
  children = [];
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await place.remove();
});

/** `agent` as a person runs it; `input` goes to its standard input. */
function agent(args: readonly string[], input = '', environment: Record<string, string> = {}) {
  const files = ['--config', join(place.path, 'agent.yaml'), '--key-file', join(place.path, 'key')];
  const child = spawn(process.execPath, [AGENT, ...files, ...args], {
    env: { ...process.env, ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  children.push(child);
  let output = '';
  child.stdout.on('data', (data: Buffer) => {
    output += data;
  });
  child.stderr.on('data', (data: Buffer) => {
    output += data;
  });
  child.stdin.end(input);
  const ended = once(child, 'close').then(() => ({ code: child.exitCode, output }));
  return { pid: child.pid, ended };
}

test('npm start, then a token from it on standard input: another host enrols and its numbers appear', async () => {
  place.writeRules('Alive');
  const stack = place.start(['--no-agent']);
  const [, url = ''] = await stack.prints(/listening on (http:\S+),/);
  const tokenFile = join(place.data, 'keys', 'enrolment.token');
  const token = readFileSync(tokenFile, 'utf8');
  expect(statSync(tokenFile).mode & 0o777).toBe(0o600);

  const enrolled = await agent(
    ['enroll', '--url', url, '--host', 'vm-7', '--token-file', '-'],
    token,
  ).ended;
  expect(enrolled).toMatchObject({
    code: 0,
    output: expect.stringMatching(/host vm-7 has its key, in /),
  });
  const key = readFileSync(join(place.path, 'key'), 'utf8').split('\n', 1)[0] ?? '';
  expect(enrolled.output).not.toContain(key.slice(3));

  // What it wrote is all that the agent needs.
  agent(['run'], '', { HYPERVIGIL_SAMPLE_INTERVAL: '1s', HYPERVIGIL_BATCH_INTERVAL: '1s' });
  await stack.prints(/ vm-7: cpu [\d.]+%, memory/);

  // And all that it can write.
  const forged = encodeChunk([
    {
      labels: labelsFrom({ __name__: 'host_load1', host: 'db-1' }),
      timestamps: Float64Array.of(Date.now()),
      values: Float64Array.of(99),
    },
  ]);
  const answer = await fetch(`${url}/v1/batches`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/vnd.hypervigil.chunk',
    },
    body: new Uint8Array(forged),
  });
  expect([answer.status, await answer.json()]).toMatchObject([
    403,
    { error: { code: 'wrong_host', message: expect.stringContaining('"vm-7"') } },
  ]);

  const again = await agent(['enroll', '--url', url, '--host', 'vm-7', '--token-file', '-'], token)
    .ended;
  expect(again).toMatchObject({ code: 0, output: expect.stringContaining('holds a key already') });
  const other = await agent([
    '--key-file',
    join(place.path, 'other'),
    'enroll',
    '--host',
    'vm-7',
    '--token-file',
    tokenFile,
  ]).ended;
  expect(other).toMatchObject({ code: 1, output: expect.stringContaining('has a key already') });

  const rotated = await agent(['enroll', '--host', 'vm-7', '--rotate']).ended;
  expect(rotated).toMatchObject({
    code: 0,
    output: expect.stringContaining('the one before ends'),
  });
  expect(readFileSync(join(place.path, 'key'), 'utf8')).not.toContain(key);
});

test('one address is enough: ingest sends agents on to the function that may make keys', async () => {
  const store = await startTable();
  const fronts: (() => Promise<void>)[] = [];
  const front = async (routes: Parameters<typeof startFront>[0]['routes']) => {
    const started = await startFront({ port: 0, routes, nowMs: Date.now, onFault: () => {} });
    if (!started.ok) throw new Error(started.error.message);
    fronts.push(started.value.close);
    return started.value.url;
  };
  try {
    const log: unknown[] = [];
    const enrol = createEnroll(store.environment, { audit: (record) => log.push(record) });
    const enrolUrl = await front({ '/v1/enrolments': enrol });
    const ingest = createIngest({ ...store.environment, ENROL_URL: `${enrolUrl}/` });
    const direct = await ingest({
      rawPath: '/v1/enrolments',
      headers: {},
    } as Parameters<typeof ingest>[0]);
    expect(direct).toMatchObject({
      statusCode: 307,
      headers: { location: `${enrolUrl}/v1/enrolments` },
    });
    // To an address that is neither its own nor encrypted an agent takes no token.
    const ingestUrl = await front({ '/v1/enrolments': ingest });
    const terms = { uses: 1, expiresAtMs: Date.now() + 60_000, mayReEnrol: false };
    const { token } = await addEnrolmentToken(store.table, terms, Date.now());
    const astray = agent(['enroll', '--url', ingestUrl, '--token-file', '-'], token);
    expect(await astray.ended).toMatchObject({
      code: 1,
      output: expect.stringMatching(/answered 307/),
    });
    expect(log).toEqual([]);
  } finally {
    for (const close of fronts) await close();
    await store.close();
  }
});

test('a token that was given on the command line is gone from it when others can look', async () => {
  const token = `hve_${'s'.repeat(32)}`;
  let pid: number | undefined;
  let seen = '';
  const server = createServer((_request, response) => {
    if (pid !== undefined) seen = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    response.writeHead(401, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: { code: 'unauthorized', message: 'not known' } }));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const run = agent(['enroll', '--url', `http://127.0.0.1:${port}`, '--token', token]);
  pid = run.pid;
  const { code, output } = await run.ended;
  server.close();
  expect([code, seen.replaceAll('\0', '')]).toEqual([1, 'hypervigil agent enroll']);
  expect(output).not.toContain(token.slice(4));
});
