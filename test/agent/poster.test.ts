import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Poster } from '../../agent/poster.ts';
import { type Behaviour, cuts, faultServer, hangs, refuses, stores } from './fault-server.ts';

const CHUNK = Uint8Array.from([1, 2, 3, 255]);

function posterTo(url: URL, timeoutMs = 5000, readKey = () => 'secret-key'): Poster {
  const poster = new Poster({ url, readKey, version: '1.2.3', timeoutMs });
  onTestFinished(() => poster.close());
  return poster;
}

/** What a poster makes of one behaviour of the server. */
async function outcomeOf(behaviour: Behaviour, timeoutMs?: number) {
  const server = await faultServer(behaviour);
  return posterTo(server.url, timeoutMs).post(CHUNK);
}

describe('a post', () => {
  it('is what ingest expects, over one connection that is kept', async () => {
    const server = await faultServer(stores);
    const poster = posterTo(server.url);
    expect(await poster.post(CHUNK)).toEqual({ kind: 'stored' });
    expect(await poster.post(CHUNK)).toEqual({ kind: 'stored' });
    expect(server.connectionCount()).toBe(1);
    expect(server.received[0]).toMatchObject({
      method: 'POST',
      path: '/v1/batches',
      headers: {
        authorization: 'Bearer secret-key',
        'content-type': 'application/vnd.hypervigil.chunk',
        'content-length': '4',
        'user-agent': 'hypervigil-agent/1.2.3',
      },
      body: Buffer.from(CHUNK),
    });
  });

  it('goes below the path of the address', async () => {
    const server = await faultServer(stores);
    await posterTo(new URL('/stage/', server.url)).post(CHUNK);
    expect(server.received[0]?.path).toBe('/stage/v1/batches');
  });

  it.each([
    [400, 'refused'],
    [413, 'too_large'],
  ])('is refused for good by a %d, with the reason the server gave', async (status, reason) => {
    expect(await outcomeOf(refuses(status, 'sample is of the future'))).toMatchObject({
      kind: 'refused',
      reason,
      message: expect.stringContaining('sample is of the future'),
    });
  });

  it('says what to do when the key is not valid, and reads the key anew each time', async () => {
    const server = await faultServer(refuses(401, 'no such key'), stores);
    const keys = ['old-key', 'new-key'];
    const poster = posterTo(server.url, 5000, () => keys.shift() ?? '');
    expect(await poster.post(CHUNK)).toMatchObject({
      kind: 'misconfigured',
      message: expect.stringMatching(/no such key.*key file/),
    });
    expect(await poster.post(CHUNK)).toEqual({ kind: 'stored' });
    expect(server.received[1]?.headers['authorization']).toBe('Bearer new-key');
  });

  it.each([
    ['7', 7000],
    ['0', 0],
    ['86400', 15 * 60_000],
    ['soon', undefined],
  ])('is for later after a 503 with Retry-After %s', async (header, afterMs) => {
    expect(await outcomeOf(refuses(503, 'throttled', { 'retry-after': header }))).toMatchObject({
      kind: 'later',
      afterMs,
    });
  });

  it('understands a Retry-After that is a date', async () => {
    const inAMinute = new Date(Date.now() + 60_000).toUTCString();
    const outcome = await outcomeOf(refuses(429, 'slow down', { 'retry-after': inAMinute }));
    if (outcome.kind !== 'later') throw new Error(`is ${outcome.kind}`);
    expect(outcome.afterMs).toBeGreaterThan(50_000);
    expect(outcome.afterMs).toBeLessThanOrEqual(60_000);
  });

  it('comes again later when Lambda itself has no room, which names no time', async () => {
    // As a Function URL answers above the account's or the function's concurrency.
    const busy: Behaviour = (response) => {
      response.writeHead(429, { 'content-type': 'application/json' });
      response.end('{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","Type":"User"}');
    };
    expect(await outcomeOf(busy)).toEqual({
      kind: 'later',
      afterMs: undefined,
      message: expect.stringContaining('answered 429'),
    });
  });

  it.each([
    ['cuts the connection', cuts, 'cut'],
    ['never answers', hangs, 'no answer in time'],
    ['fails without a word', refuses(500, ''), 'answered 500'],
  ])('is for later when the server %s', async (_, behaviour, message) => {
    expect(await outcomeOf(behaviour, 200)).toEqual({
      kind: 'later',
      afterMs: undefined,
      message: expect.stringContaining(message),
    });
  });

  it('is for later when the answer is cut in the middle', async () => {
    const outcome = await outcomeOf((response, request) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{"stored":', () => request.socket.destroy());
    });
    expect(outcome.kind).toBe('later');
  });

  it('is tried again at once when only the kept connection had gone stale', async () => {
    const server = await faultServer(stores, cuts, stores);
    const poster = posterTo(server.url);
    await poster.post(CHUNK);
    expect(await poster.post(CHUNK)).toEqual({ kind: 'stored' });
    expect(server.received).toHaveLength(3);
  });

  it('is for later when nothing listens', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    server.close();
    await once(server, 'close');
    expect(await posterTo(new URL(`http://127.0.0.1:${port}`)).post(CHUNK)).toMatchObject({
      kind: 'later',
      message: `127.0.0.1:${port}: nothing listens there`,
    });
  });

  it.each([
    ['a login page', (response) => response.end('<html>Please log in</html>')],
    ['a redirect', (response) => response.writeHead(302, { location: '/' }).end()],
    ['another service', (response) => response.writeHead(404).end('not here')],
  ] satisfies [string, Behaviour][])('is not taken for stored by %s', async (_, behaviour) => {
    expect(await outcomeOf(behaviour)).toMatchObject({
      kind: 'misconfigured',
      message: expect.stringContaining('right address'),
    });
  });

  it('is not swamped by an endless answer', async () => {
    const outcome = await outcomeOf((response) => {
      response.write(Buffer.alloc(1 << 20));
    });
    expect(outcome).toMatchObject({ kind: 'later', message: expect.stringContaining('65536') });
  });

  it('is not made without a key', async () => {
    const server = await faultServer(stores);
    const poster = posterTo(server.url, 1000, () => {
      throw new Error('/etc/hypervigil/key: no such file');
    });
    expect(await poster.post(CHUNK)).toEqual({
      kind: 'misconfigured',
      message: '/etc/hypervigil/key: no such file',
    });
    expect(server.received).toHaveLength(0);
  });
});
