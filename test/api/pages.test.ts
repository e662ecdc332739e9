import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PAGE_NAMES, pageSegment } from '../../core/answers/page-names.ts';
import { buildDashboard } from '../../infra/dashboard-build/build.ts';
import { apiEvent, readReply, startApi, type TestApi } from './fixture.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startApi({ DASHBOARD_DIR: await buildDashboard() });
}, 60_000);
afterAll(() => api.close());

async function open(rawPath: string, method = 'GET', headers: Record<string, string> = {}) {
  return readReply(await api.handler(apiEvent({ rawPath, method, headers })));
}

describe('a page', () => {
  test.each(PAGE_NAMES)(
    '%s is served without a token: one document, without data',
    async (name) => {
      const { status, headers, text } = await open(`/${pageSegment(name)}`);
      expect(status).toBe(200);
      expect(headers['content-type']).toBe('text/html; charset=utf-8');
      expect(text).toMatch(/^<!doctype html>\n<html lang="en">/);
      expect(text).toBe((await open('/')).text);
    },
  );

  test('runs its own scripts and styles and nothing else, asks nobody else, is framed by nobody', async () => {
    const { headers, text } = await open('/alerts');
    const policy = new Map(
      (headers['content-security-policy'] ?? '').split('; ').map((directive) => {
        const [name = '', ...values] = directive.split(' ');
        return [name, values.join(' ')];
      }),
    );
    expect(Object.fromEntries(policy)).toEqual({
      'default-src': "'none'",
      'connect-src': "'self'",
      'img-src': "'self' data:",
      'manifest-src': "'self'",
      'worker-src': "'self'",
      'base-uri': "'none'",
      'form-action': "'none'",
      'frame-ancestors': "'none'",
      'script-src': "'self'",
      'style-src': "'self'",
      'require-trusted-types-for': "'script'",
      'trusted-types': 'hypervigil',
    });
    expect(headers).toMatchObject({
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
    expect(text).not.toMatch(/<[^>]+ on\w+=|<[^>]+ style=|(src|href)="(https?:)?\/\//);
  });

  test('links to what may be kept for ever, relative to whatever stands before', async () => {
    const { text } = await open('/');
    const links = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link = '']) => link);
    const assets = links.filter((link) => link.startsWith('./assets/'));
    expect(assets.length).toBeGreaterThanOrEqual(2);
    expect(links.filter((link) => !link.startsWith('./'))).toEqual([]);
    for (const link of assets)
      expect(await open(link.slice(1))).toMatchObject({
        status: 200,
        headers: {
          'content-type': expect.stringMatching(/^text\/(javascript|css); charset=utf-8$/),
          'cache-control': expect.stringContaining('immutable'),
        },
      });
  });

  test('is asked for anew each time, and sent only when it is another one', async () => {
    const { headers } = await open('/alerts');
    expect(headers['cache-control']).toBe('no-cache');
    const again = await open('/graph', 'GET', { 'if-none-match': headers['etag'] ?? '' });
    expect(again).toMatchObject({ status: 304, text: '' });
    expect(again.headers['content-security-policy']).toContain("script-src 'self'");
    expect(await open('/', 'GET', { 'if-none-match': '"another"' })).toMatchObject({ status: 200 });
  });

  test('is packed for who can unpack it, and the same', async () => {
    const plain = await open('/');
    const unpack = { br: brotliDecompressSync, gzip: gunzipSync };
    for (const [accepted, packing] of [
      ['gzip, deflate, br, zstd', 'br'] as const,
      ['gzip', 'gzip'] as const,
    ]) {
      const headers = { 'accept-encoding': accepted };
      const result = await api.handler(apiEvent({ rawPath: '/', headers }));
      if (typeof result === 'string') throw new Error(result);
      expect(result.headers).toMatchObject({
        'content-encoding': packing,
        vary: 'Accept-Encoding',
      });
      const packed = Buffer.from(result.body ?? '', 'base64');
      expect(unpack[packing](packed).toString('utf8')).toBe(plain.text);
    }
  });

  test('can only be read', async () => {
    expect(await open('/', 'HEAD')).toMatchObject({ status: 200 });
    expect(await open('/alerts', 'DELETE')).toMatchObject({
      status: 405,
      headers: { allow: 'GET, HEAD' },
    });
  });

  test('is at its own path only: links on it are relative', async () => {
    for (const path of ['/graph/', '/alerts/x', '/page.css', '/files.json', '/index.html'])
      expect(await open(path)).toMatchObject({ status: 401 });
  });
});

describe('the short address of an SMS', () => {
  test.each([
    ['wP_uAAAAAAE', './alerts?alert=c0ffee0000000001'],
    ['wP_uAAAAAAE=', './alerts?alert=c0ffee0000000001'],
    ['gwP_uAAAAAAE', './alerts?with=c0ffee0000000001'],
    ['', './alerts'],
    ['//evil.example', './alerts'],
    ['a%0d%0ab=c', './alerts'],
  ])('%j leads to %s, whoever asks', async (rawQueryString, location) => {
    const result = readReply(await api.handler(apiEvent({ rawPath: '/a', rawQueryString })));
    expect(result).toMatchObject({
      status: 302,
      headers: { location, 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' },
    });
  });

  test('is there to be read only, and nothing is below it', async () => {
    expect(await open('/a', 'POST')).toMatchObject({ status: 405 });
    expect(await open('/a/')).toMatchObject({ status: 401 });
  });
});

describe('beside the pages', () => {
  test('the manifest names icons that are there', async () => {
    const { status, headers, text } = await open('/manifest.webmanifest');
    expect({ status, type: headers['content-type'] }).toEqual({
      status: 200,
      type: 'application/manifest+json',
    });
    const { icons } = JSON.parse(text) as { readonly icons: readonly { readonly src: string }[] };
    expect(icons.length).toBeGreaterThan(1);
    for (const { src } of icons)
      expect(await open(src.slice(1))).toMatchObject({
        status: 200,
        headers: { 'content-type': expect.stringMatching(/^image\//) },
      });
  });

  test('there is no file but those of the dashboard', async () => {
    for (const path of ['/assets/', '/assets/x.js', '/assets/../files.json', '/assets/__proto__'])
      expect(await open(path)).toMatchObject({ status: 404 });
  });
});

test('who asks is told which dashboard is deployed, as the page says it is itself', async () => {
  const { json } = await api.get('/api/v1/whoami');
  const [, build] = /name="hypervigil-build" content="([^"]+)"/.exec((await open('/')).text) ?? [];
  expect(json.data).toMatchObject({ dashboard: build });
});

test('without a dashboard there are no pages, and everything else', async () => {
  const bare = await startApi();
  try {
    const page = readReply(await bare.handler(apiEvent({ rawPath: '/' })));
    expect(page).toMatchObject({ status: 404, text: expect.stringContaining('not built') });
    expect(await bare.get('/api/v1/whoami')).toMatchObject({ status: 200 });
  } finally {
    await bare.close();
  }
});
