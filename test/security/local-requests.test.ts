import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Place } from '../local/start-fixture.ts';
import { sendRaw } from './raw-request.ts';

/** The real `npm start`, and what a web page that its user looks at can send to it. */
let place: Place;
let port = 0;
let token = '';

beforeAll(async () => {
  place = new Place();
  place.writeRules('Up');
  const external = ['--external-url', 'https://watch.example.com/hv'];
  const run = place.start(['--no-agent', ...external]);
  port = Number((await run.prints(/listening on http:\/\/127\.0\.0\.1:(\d+)/))[1]);
  token = readFileSync(join(place.data, 'keys', 'api.token'), 'utf8').trim();
}, 120_000);
afterAll(() => place.remove());

const ask = (target: string, headers: readonly string[], version = '1.1') =>
  sendRaw(port, [`GET ${target} HTTP/${version}`, 'Connection: close', ...headers]);

describe('the name that is asked for (DNS rebinding)', () => {
  const own = ['127.0.0.1', 'localhost', 'LocalHost', '[::1]', '127.0.0.1:PORT', 'localhost:80'];
  test.each([...own, 'watch.example.com'])('%s is this machine', async (host) => {
    const name = host.replace('PORT', String(port));
    expect((await ask('/-/healthy', [`Host: ${name}`])).status).toBe(200);
  });

  test.each([
    ...['evil.example', 'evil.example:9470', 'EVIL.EXAMPLE', 'localhost.', '127.0.0.1.', ''],
    ...['localhost.evil.example', '127.0.0.1.evil.example', '127.0.0.1.nip.io', 'evil-localhost'],
    ...['127.0.0.2', '127.1', '2130706433', '0x7f000001', '0177.0.0.1', '0.0.0.0', '0'],
    ...['[::ffff:127.0.0.1]', '[::]', '::1', '[::1', '[::1%25lo]', '[::1].evil.example'],
    ...['user@127.0.0.1', '127.0.0.1@evil.example', '127.0.0.1:80@evil.example', '127.0.0.1:'],
    ...['127.0.0.1:x', '127.0.0.1/evil.example', '127.0.0.1#.evil.example', '127.0.0.1 evil'],
    ...['127.0.0.1,evil.example', '127.0.0.1\tevil.example', 'localhost\\.evil.example'],
    ...['watch.example.com.', 'watch.example.com:8080', 'x.watch.example.com'],
  ])('"%s" is not', async (host) => {
    const { status, text } = await ask('/-/healthy', [`Host: ${host}`]);
    // 400: not even a name.
    expect([400, 421]).toContain(status);
    expect(text).not.toContain('Healthy');
  });

  test('no name, two of them, or one in the target are refused', async () => {
    expect((await ask('/-/healthy', [])).status).toBe(400);
    expect((await ask('/-/healthy', [], '1.0')).status).toBe(421);
    const two = ['Host: evil.example', 'Host: 127.0.0.1'];
    for (const hosts of [two, two.toReversed()])
      expect([400, 421]).toContain((await ask('/-/healthy', hosts)).status);
    for (const target of ['http://evil.example/-/healthy', 'http://127.0.0.1/-/healthy', '*'])
      expect((await ask(target, ['Host: 127.0.0.1'])).status).toBe(400);
    expect((await ask('//evil.example/-/healthy', ['Host: 127.0.0.1'])).status).toBe(404);
  });

  test('what stands before a name in other headers changes nothing', async () => {
    const lies = ['X-Forwarded-Host: 127.0.0.1', 'Forwarded: host=127.0.0.1', 'X-Host: 127.0.0.1'];
    expect((await ask('/-/healthy', ['Host: evil.example', ...lies])).status).toBe(421);
  });
});

describe('a page of another origin', () => {
  const silence = JSON.stringify({
    matchers: [{ name: 'host', value: '.*', isRegex: true, isEqual: true }],
    startsAt: '2026-01-01T00:00:00Z',
    endsAt: '2099-01-01T00:00:00Z',
    createdBy: 'evil',
    comment: 'quiet',
  });
  // Even one that has the token: what it is refused for is where it is.
  const post = (path: string, headers: readonly string[], type: string) =>
    sendRaw(
      port,
      [
        `POST ${path} HTTP/1.1`,
        ...[`Host: 127.0.0.1:${port}`, 'Connection: close', `Content-Type: ${type}`],
        ...[`Content-Length: ${silence.length}`, `Authorization: Bearer ${token}`, ...headers],
      ],
      silence,
    );
  const paths = ['/api/v2/silences', '/v1/enrolments', '/v1/batches', '/api/v1/write'];

  test.each([
    ['Origin: https://evil.example'],
    ['Origin: null'],
    ['Origin: http://127.0.0.1:1'],
    ['Origin: http://localhost.evil.example'],
    ['Origin: https://127.0.0.1:PORT'],
    ['Origin: http://127.0.0.1:PORT', 'Origin: https://evil.example'],
    ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: no-cors'],
    // A program of this machine at another port is of the same site.
    ['Sec-Fetch-Site: same-site', 'Sec-Fetch-Mode: no-cors'],
    // A form that is sent is a navigation too.
    ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: document'],
  ])('changes nothing with %s', async (...headers) => {
    const sent = headers.map((header) => header.replace('PORT', String(port)));
    for (const path of paths) {
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/json']) {
        const { status, text } = await post(path, sent, type);
        expect(status).toBe(403);
        expect(text).toContain('cross_site');
        expect(text.toLowerCase()).not.toContain('access-control');
      }
    }
    const kept = await ask('/api/v2/silences', [
      `Host: 127.0.0.1:${port}`,
      `Authorization: Bearer ${token}`,
    ]);
    expect(kept.text).toMatch(/\r\n\[\]\r\n/);
  });

  test('is allowed nothing when it asks first (preflight)', async () => {
    const { status, text } = await sendRaw(port, [
      'OPTIONS /api/v2/silences HTTP/1.1',
      ...[`Host: 127.0.0.1:${port}`, 'Connection: close', 'Origin: https://evil.example'],
      ...['Access-Control-Request-Method: POST', 'Access-Control-Request-Private-Network: true'],
    ]);
    expect(status).toBe(403);
    expect(text.toLowerCase()).not.toContain('access-control-allow');
  });

  test.each(['script', 'image', 'iframe', 'embed', 'style'])(
    'includes nothing from here (%s)',
    async (dest) => {
      const headers = ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: no-cors'];
      const host = [`Host: 127.0.0.1:${port}`, `Sec-Fetch-Dest: ${dest}`];
      for (const path of ['/alerts', '/install.sh', '/-/healthy'])
        expect((await ask(path, [...host, ...headers])).status).toBe(403);
    },
  );

  test('may link here, and what is linked to may not be framed', async () => {
    const { status, text } = await ask('/graph?g0.expr=up', [
      `Host: localhost:${port}`,
      ...['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: document'],
    ]);
    expect(status).toBe(200);
    expect(text).toMatch(/content-security-policy: [^\r]*frame-ancestors 'none'/i);
  });
});

test('our own pages may post, under each name they were opened with', async () => {
  for (const [host, origin] of [
    [`127.0.0.1:${port}`, `http://127.0.0.1:${port}`],
    [`localhost:${port}`, `http://localhost:${port}`],
    // A server before us that names us as we are called here, or as it is.
    [`127.0.0.1:${port}`, 'https://watch.example.com'],
    ['watch.example.com', 'https://watch.example.com'],
  ]) {
    const { status } = await sendRaw(
      port,
      [
        'POST /api/v1/query HTTP/1.1',
        ...[`Host: ${host}`, `Origin: ${origin}`, 'Sec-Fetch-Site: same-origin'],
        ...['Connection: close', 'Content-Length: 7', `Authorization: Bearer ${token}`],
        'Content-Type: application/x-www-form-urlencoded',
      ],
      'query=1',
    );
    expect(status).toBe(200);
  }
});

test('nothing is upgraded to a web socket', async () => {
  const { status } = await sendRaw(port, [
    'GET /api/v1/query HTTP/1.1',
    ...[`Host: 127.0.0.1:${port}`, 'Connection: Upgrade', 'Upgrade: websocket'],
    ...['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='],
    'Sec-Fetch-Site: cross-site',
  ]).catch(() => ({ status: 0 }));
  expect(status).not.toBe(101);
});
