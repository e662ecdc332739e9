import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeChunk } from '../../core/chunk/encode.ts';
import { CHUNK_MEDIA_TYPE } from '../../core/chunk/format.ts';
import { securedHandler } from '../../functions/http-headers.ts';
import { hashHostKey, newHostKey } from '../../functions/store/host-keys.ts';
import { sampled } from '../api/fixture.ts';
import {
  type FunctionName,
  NOW_MS,
  RELEASE_FILE,
  type Sent,
  startVictim,
  type Victim,
} from './victim.ts';

let victim: Victim;
let fails: Victim;
beforeAll(async () => {
  victim = await startVictim();
  // The table does not answer.
  const gone = { DYNAMODB_ENDPOINT: 'http://127.0.0.1:9', TABLE_ANSWER_MS: '50' };
  fails = await startVictim({
    ingest: gone,
    enroll: gone,
    install: gone,
    remoteWrite: gone,
    api: gone,
  });
});
afterAll(async () => {
  await victim.close();
  await fails.close();
});

const SCRIPT = 'public, max-age=60';
const batch = () =>
  encodeChunk([
    sampled({ __name__: 'up', host: 'web-1' }, [NOW_MS - 60_000, NOW_MS - 60_000], () => 1),
  ]);
const wish = (host: string) => JSON.stringify({ host, keyHash: hashHostKey(newHostKey()) });

type Case = readonly [
  what: string,
  name: FunctionName,
  sent: (victim: Victim) => Sent | Promise<Sent>,
  status: number,
  cache?: string,
];

const chunkPost = (secret: string, body: Uint8Array | string): Sent => ({
  method: 'POST',
  path: '/v1/batches',
  secret,
  headers: { 'content-type': CHUNK_MEDIA_TYPE },
  body,
});
const write = (secret: string, body: string): Sent => ({
  method: 'POST',
  path: '/api/v1/write',
  secret,
  body,
});

/** Every function and each kind of answer it gives. */
const CASES: readonly Case[] = [
  ['a stored batch', 'ingest', ({ hostKey }) => chunkPost(hostKey, batch()), 200],
  ['a batch that is no chunk', 'ingest', ({ hostKey }) => chunkPost(hostKey, 'x'), 400],
  ['no key', 'ingest', () => chunkPost('', batch()), 401],
  ['an unknown key', 'ingest', () => chunkPost(newHostKey(), batch()), 401],
  ["another host's batch", 'ingest', ({ otherKey }) => chunkPost(otherKey, batch()), 403],
  ['no such path', 'ingest', () => ({ path: '/x' }), 404],
  ['a wrong method', 'ingest', () => ({ path: '/v1/batches' }), 405],
  ['a batch too large', 'ingest', ({ hostKey }) => chunkPost(hostKey, 'x'.repeat(1 << 20)), 413],
  ['a wrong type', 'ingest', ({ hostKey }) => ({ ...chunkPost(hostKey, 'x'), headers: {} }), 415],
  ['the way to enrolment', 'ingest', () => ({ method: 'POST', path: '/v1/enrolments' }), 307],

  [
    'an enrolment',
    'enroll',
    async ({ newEnrolmentToken }) => ({
      method: 'POST',
      path: '/v1/enrolments',
      secret: await newEnrolmentToken(),
      body: wish('new-1'),
    }),
    200,
  ],
  [
    'a body that is no JSON',
    'enroll',
    async ({ newEnrolmentToken }) => ({
      method: 'POST',
      path: '/v1/enrolments',
      secret: await newEnrolmentToken(),
      body: '{',
    }),
    400,
  ],
  ['no token', 'enroll', () => ({ method: 'POST', path: '/v1/enrolments' }), 401],
  [
    'a name that is taken',
    'enroll',
    async ({ newEnrolmentToken }) => ({
      method: 'POST',
      path: '/v1/enrolments',
      secret: await newEnrolmentToken(1, 'x-*'),
      body: wish('web-1'),
    }),
    403,
  ],
  ['no such path', 'enroll', () => ({ path: '/' }), 404],
  ['a wrong method', 'enroll', () => ({ path: '/v1/enrolments' }), 405],
  [
    'a body too large',
    'enroll',
    async ({ newEnrolmentToken }) => ({
      method: 'POST',
      path: '/v1/enrolments',
      secret: await newEnrolmentToken(),
      body: ' '.repeat(5000),
    }),
    413,
  ],

  ['the script', 'install', () => ({ path: '/install.sh' }), 200, SCRIPT],
  ['the script for Windows', 'install', () => ({ path: '/install.ps1' }), 200, SCRIPT],
  [
    'a file',
    'install',
    ({ hostKey }) => ({ path: `/v1/agent/files/${RELEASE_FILE}`, secret: hostKey }),
    302,
  ],
  [
    'the description',
    'install',
    ({ hostKey }) => ({ path: '/v1/agent/files/release.json', secret: hostKey }),
    200,
  ],
  ['no credential', 'install', () => ({ path: '/v1/agent/files/release.json' }), 401],
  [
    'no such file',
    'install',
    ({ hostKey }) => ({ path: '/v1/agent/files/x', secret: hostKey }),
    404,
  ],
  ['a wrong method', 'install', () => ({ method: 'POST', path: '/install.sh' }), 405],

  ['an empty write', 'remoteWrite', ({ senderKey }) => write(senderKey, '\0'), 204],
  ['what is not snappy', 'remoteWrite', ({ senderKey }) => write(senderKey, 'x'), 400],
  ['no key', 'remoteWrite', () => write('', ''), 401],
  ['no such path', 'remoteWrite', () => ({ path: '/' }), 404],
  ['a wrong method', 'remoteWrite', () => ({ path: '/api/v1/write' }), 405],

  ['the state of health', 'api', () => ({ path: '/-/healthy' }), 200],
  [
    'a query',
    'api',
    ({ viewer }) => ({ path: '/api/v1/query', query: 'query=1', secret: viewer }),
    200,
  ],
  [
    'a long answer, packed',
    'api',
    ({ viewer }) => ({
      path: '/api/v1/metadata',
      secret: viewer,
      headers: { 'accept-encoding': 'gzip' },
    }),
    200,
  ],
  [
    'a query that is none',
    'api',
    ({ viewer }) => ({ path: '/api/v1/query', query: 'query=(', secret: viewer }),
    400,
  ],
  ['no token', 'api', () => ({ path: '/api/v1/query' }), 401],
  [
    'a role that may not',
    'api',
    ({ viewer }) => ({
      method: 'POST',
      path: '/api/v2/silences',
      secret: viewer,
      headers: { 'content-type': 'application/json' },
      body: '{}',
    }),
    403,
  ],
  ['nothing there', 'api', ({ viewer }) => ({ path: '/api/v1/x', secret: viewer }), 404],
  [
    'a wrong method',
    'api',
    ({ viewer }) => ({ method: 'DELETE', path: '/api/v1/query', secret: viewer }),
    405,
  ],
  ['a page that is written to', 'api', () => ({ method: 'POST', path: '/alerts' }), 405],
  ['a path that is no text', 'api', () => ({ path: '/%ff' }), 400],
  ['silences', 'api', ({ viewer }) => ({ path: '/api/v2/silences', secret: viewer }), 200],
  [
    'a wrong silence',
    'api',
    ({ operator }) => ({
      method: 'POST',
      path: '/api/v2/silences',
      secret: operator,
      headers: { 'content-type': 'application/json' },
      body: '{}',
    }),
    422,
  ],
];

const BASE = {
  'strict-transport-security': expect.stringMatching(/^max-age=(\d{8,})$/),
  'x-content-type-options': 'nosniff',
};

describe.each(['ingest', 'enroll', 'install', 'remoteWrite', 'api'] as const)('%s', (name) => {
  const cases = CASES.filter((one) => one[1] === name).map(
    ([what, , sent, status, cache = 'no-store']) => ({ what, sent, status, cache }),
  );
  test.each(cases)('says what browsers must not do: $what', async ({ sent, status, cache }) => {
    const got = await victim.ask(name, await sent(victim));
    expect(got.status).toBe(status);
    expect(got.headers).toMatchObject({ ...BASE, 'cache-control': cache });
    expectPolicy(got.headers);
    // 200 and 204 of these are for agents and senders, which pay for every byte.
    if ((name === 'ingest' || name === 'remoteWrite') && status < 300) return;
    expectWhole(got.headers);
  });

  test('also when the table does not answer', async () => {
    const sent = cases.find((one) => one.status < 300 && one.cache === 'no-store')?.sent;
    if (sent === undefined) throw new Error(name);
    const asked =
      name === 'api'
        ? { path: '/api/v1/query', query: 'query=up', secret: fails.viewer }
        : await sent(fails);
    const got = await fails.ask(name, asked);
    expect(got.status).toBe(503);
    expect(got.headers).toMatchObject({ ...BASE, 'cache-control': 'no-store' });
    expectWhole(got.headers);
  });
});

describe('a page', () => {
  test.each(['/', '/alerts', '/graph'])(
    '%s runs and loads only what is beside it',
    async (path) => {
      const { headers, text } = await victim.ask('api', { path });
      expect(headers).toMatchObject({ ...BASE, 'cache-control': 'no-cache' });
      expectWhole(headers);
      const policy = policyOf(headers);
      expect(policy['script-src']).toBe("'self'");
      expect(policy['style-src']).toBe("'self'");
      expect(policy['require-trusted-types-for']).toBe("'script'");
      expect(text).not.toMatch(
        /<style|<script(?![^>]* src=)|<[^>]+ on\w+=|<[^>]+ style=|javascript:/i,
      );
      const files = [...text.matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/g)].map(
        ([, file = '']) => file,
      );
      expect(files.length).toBeGreaterThanOrEqual(2);
      for (const file of files) {
        const asset = await victim.ask('api', { path: `/${file}` });
        expect(asset.status).toBe(200);
        expect(asset.headers).toMatchObject({
          ...BASE,
          'cache-control': 'public, max-age=31536000, immutable',
          'content-type': expect.stringMatching(/^text\/(javascript|css); charset=utf-8$/),
        });
        expectWhole(asset.headers);
      }
    },
  );

  test.each([
    '/assets/',
    '/assets/index.js',
    '/assets/../handler.ts',
    '/assets/%2e%2e/page.ts',
    '/assets/__proto__',
  ])('there is nothing at %s', async (path) => {
    const { status, headers } = await victim.ask('api', { path });
    expect(status).toBe(404);
    expect(headers).toMatchObject({ 'cache-control': 'no-store' });
  });
});

test('a bare text, as Lambda takes it, is JSON with the same headers', async () => {
  const handler = securedHandler(async () => '{"a":1}');
  expect(await handler({} as LambdaFunctionURLEvent)).toMatchObject({
    statusCode: 200,
    body: '{"a":1}',
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  });
});

function policyOf(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const directives = (headers['content-security-policy'] ?? '').split('; ');
  return Object.fromEntries(
    directives.map((directive) => {
      const [name = '', ...values] = directive.split(' ');
      return [name, values.join(' ')];
    }),
  );
}

function expectPolicy(headers: Readonly<Record<string, string>>): void {
  expect(headers['content-security-policy']).not.toMatch(/unsafe|\*|https?:/);
  expect(policyOf(headers)).toMatchObject({ 'default-src': "'none'", 'frame-ancestors': "'none'" });
}

function expectWhole(headers: Readonly<Record<string, string>>): void {
  expectPolicy(headers);
  expect(policyOf(headers)).toMatchObject({ 'base-uri': "'none'", 'form-action': "'none'" });
  expect(headers).toMatchObject({
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': expect.stringContaining('camera=()'),
    'referrer-policy': 'no-referrer',
    'x-frame-options': 'DENY',
  });
}
