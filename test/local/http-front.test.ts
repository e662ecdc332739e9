import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { afterEach, expect, test } from 'vitest';
import { type Front, startFront, type UrlFunction } from '../../infra/local/http-front.ts';

let front: Front | undefined;
afterEach(async () => {
  await front?.close();
  front = undefined;
});

async function frontWith(fn: UrlFunction, onFault = (_path: string, _error: unknown) => {}) {
  const started = await startFront({
    port: 0,
    routes: { '/v1/batches': fn },
    nowMs: () => 1_700_000_000_000,
    onFault,
  });
  if (!started.ok) throw new Error(started.error.message);
  front = started.value;
  return started.value.url;
}

const echo = () => {
  const events: LambdaFunctionURLEvent[] = [];
  const fn: UrlFunction = async (event) => {
    events.push(event);
    return { statusCode: 202, headers: { 'x-hint': 'yes' }, body: '{"taken":true}' };
  };
  return { events, fn };
};

test('a route that ends with a slash takes all below it, the one at the root only itself', async () => {
  const { events, fn } = echo();
  const started = await startFront({
    port: 0,
    routes: { '/': fn, '/below/': fn },
    nowMs: () => 1_700_000_000_000,
    onFault: () => {},
  });
  if (!started.ok) throw new Error(started.error.message);
  front = started.value;
  const statuses: number[] = [];
  for (const path of ['/', '/below/x', '/other'])
    statuses.push((await fetch(`${front.url}${path}`)).status);
  expect(statuses).toEqual([202, 202, 404]);
  expect(events.map(({ rawPath }) => rawPath)).toEqual(['/', '/below/x']);
});

test('a binary post becomes the event Lambda makes of it, and the answer goes back', async () => {
  const { events, fn } = echo();
  const url = await frontWith(fn);
  const body = Uint8Array.from({ length: 256 }, (_, i) => i);
  const answer = await fetch(`${url}/v1/batches?urgent=1`, {
    method: 'POST',
    body,
    headers: { 'Content-Type': 'application/x-hypervigil-chunk', Authorization: 'Bearer k' },
  });
  expect(answer.status).toBe(202);
  expect(answer.headers.get('x-hint')).toBe('yes');
  expect(await answer.json()).toEqual({ taken: true });
  const [event] = events;
  expect(event).toMatchObject({
    version: '2.0',
    rawPath: '/v1/batches',
    rawQueryString: 'urgent=1',
    queryStringParameters: { urgent: '1' },
    headers: { authorization: 'Bearer k', 'content-type': 'application/x-hypervigil-chunk' },
    requestContext: { http: { method: 'POST', path: '/v1/batches', sourceIp: '127.0.0.1' } },
    isBase64Encoded: true,
  });
  expect(Buffer.from(event?.body ?? '', 'base64')).toEqual(Buffer.from(body));
});

test('JSON stays text, as on AWS', async () => {
  const { events, fn } = echo();
  const url = await frontWith(fn);
  const headers = { 'content-type': 'application/json; charset=utf-8' };
  await fetch(`${url}/v1/batches`, { method: 'POST', body: '{"ü":1}', headers });
  expect(events[0]).toMatchObject({ body: '{"ü":1}', isBase64Encoded: false });
});

test('other paths are 404 with a JSON error, names from Object.prototype included', async () => {
  const { events, fn } = echo();
  const url = await frontWith(fn);
  for (const path of ['/', '/v1', '/constructor', '/__proto__']) {
    const answer = await fetch(url + path);
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ error: { code: 'not_found' } });
  }
  expect(events).toEqual([]);
});

test('a request under a name that is not this machine is refused (DNS rebinding)', async () => {
  const { events, fn } = echo();
  const url = await frontWith(fn);
  for (const host of ['evil.example', '127.0.0.1.evil.example', 'localhost.evil.example:80']) {
    expect(await statusFor(url, host)).toBe(421);
  }
  expect(events).toEqual([]);
  expect(await statusFor(url, 'localhost:9470')).toBe(202);
});

test('more than Lambda takes (6 MB, in base64) is 413', async () => {
  const { events, fn } = echo();
  const url = await frontWith(fn);
  for (const bytes of [5 << 20, 7 << 20]) {
    const body = new Uint8Array(bytes);
    const answer = await fetch(`${url}/v1/batches`, { method: 'POST', body });
    expect(answer.status).toBe(413);
    expect(await answer.json()).toMatchObject({ error: { code: 'too_large' } });
  }
  expect(events).toEqual([]);
});

test('a function that throws is 500, and its error is reported with the path', async () => {
  const faults: unknown[] = [];
  const url = await frontWith(
    async () => {
      throw new Error('no such table');
    },
    (path, error) => faults.push([path, error]),
  );
  const answer = await fetch(`${url}/v1/batches`, { method: 'POST', body: 'x' });
  expect(answer.status).toBe(500);
  expect(await answer.text()).not.toContain('no such table');
  expect(faults).toEqual([['/v1/batches', new Error('no such table')]]);
});

/** fetch does not let one set the Host header. */
function statusFor(url: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/v1/batches`, { method: 'POST', headers: { host } }, (answer) => {
      void text(answer).then(() => resolve(answer.statusCode));
    });
    sent.on('error', reject);
    sent.end('x');
  });
}
