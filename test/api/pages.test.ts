import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { linkScript } from '../../functions/api/pages/script.ts';
import { apiEvent, readReply, startApi, type TestApi } from './fixture.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

async function open(rawPath: string, method = 'GET', headers: Record<string, string> = {}) {
  return readReply(await api.handler(apiEvent({ rawPath, method, headers })));
}

describe.each(['/alerts', '/graph'])('the page %s', (path) => {
  test('is served without a token, and holds no data', async () => {
    const { status, headers, text } = await open(path);
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(text).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(text).not.toContain('db-1');
  });

  test('runs its own script and style and nothing else, asks nobody else, is framed by nobody', async () => {
    const { headers, text } = await open(path);
    const policy = new Map(
      (headers['content-security-policy'] ?? '').split('; ').map((directive) => {
        const [name = '', ...values] = directive.split(' ');
        return [name, values.join(' ')];
      }),
    );
    expect(Object.fromEntries(policy)).toMatchObject({
      'default-src': "'none'",
      'connect-src': "'self'",
      'base-uri': "'none'",
      'form-action': "'none'",
      'frame-ancestors': "'none'",
      'script-src': "'self'",
      'style-src': "'self'",
    });
    expect(headers).toMatchObject({
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
    expect(text).not.toMatch(/<[^>]+ on\w+=|<[^>]+ style=|(src|href)="(https?:)?\/\//);
  });

  test('has one script and one style, of its own, that may be kept for ever', async () => {
    const { text } = await open(path);
    expect(text.match(/<\/?(script|style)/g)).toHaveLength(2);
    const script = await open(linkIn(text, 'script'));
    expect(script.status).toBe(200);
    expect(script.headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': expect.stringContaining('immutable'),
    });
    expect(script.text).not.toMatch(/^(import|export) /m);
    const style = await open(linkIn(text, 'link'));
    expect(style).toMatchObject({
      status: 200,
      headers: { 'content-type': expect.stringMatching(/^text\/css;/) },
    });
  });

  test('names its files by what is in them', async () => {
    const { text } = await open(path);
    const link = linkIn(text, 'script');
    const hash = createHash('sha256')
      .update((await open(link)).text)
      .digest('base64url');
    expect(link).toContain(hash.slice(0, 16));
    expect(await open(link.replace(hash.slice(0, 4), 'AAAA'))).toMatchObject({ status: 404 });
  });

  test('is small, packed for who can unpack it, and the same', async () => {
    const page = await open(path);
    let bytes = 0;
    for (const rawPath of [path, linkIn(page.text, 'script'), linkIn(page.text, 'link')]) {
      const plain = await open(rawPath);
      const headers = { 'accept-encoding': 'gzip, br' };
      const result = await api.handler(apiEvent({ rawPath, headers }));
      if (typeof result === 'string') throw new Error(result);
      expect(result.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
      const packed = Buffer.from(result.body ?? '', 'base64');
      expect(gunzipSync(packed).toString('utf8')).toBe(plain.text);
      bytes += packed.length;
    }
    expect(bytes).toBeLessThan(15_000);
  });

  test('can only be read', async () => {
    expect(await open(path, 'HEAD')).toMatchObject({ status: 200 });
    expect(await open(path, 'DELETE')).toMatchObject({
      status: 405,
      headers: { allow: 'GET, HEAD' },
    });
  });
});

test('the address alone leads to the alerts', async () => {
  const { status, headers } = await open('/');
  expect(status).toBe(302);
  expect(new URL(headers['location'] ?? '', 'https://example.com/monitor/').pathname).toBe(
    '/monitor/alerts',
  );
});

test('a page is at its own path only: links on it are relative', async () => {
  for (const path of ['/graph/', '/alerts/x', '/page.css']) {
    expect(await open(path)).toMatchObject({ status: 401 });
  }
});

describe('the threshold of an expression', () => {
  test.each([
    ['host_swap_usage_percent > 90', 'host_swap_usage_percent', '>', 90],
    [
      'avg_over_time(x{a=~"b > 1"}[5m]) >= bool 1e-3',
      'avg_over_time(x{a=~"b > 1"}[5m])',
      '>=',
      0.001,
    ],
    ['up == 0 # down == 1', 'up', '==', 0],
    ['x - on (host) y < -1.5', 'x - on (host) y', '<', -1.5],
    ['sum(x > 3) by (host)\n  != 1_000', 'sum(x > 3) by (host)', '!=', 1000],
    ['a > b > 5', 'a > b', '>', 5],
  ])('%s', async (expr, left, op, value) => {
    expect(await thresholdOf(expr)).toEqual({ left, op, value });
  });

  test.each([
    'up',
    '',
    'vm_condition{condition=~"crashed|lost"}',
    'a > 90 and b > 90',
    'a > 90 unless on (host) b',
    'a > b',
    'a > 2 * 3',
    '(a > 90)',
    '> 90',
    'a > Inf',
    'a{b="c > 9',
  ])('there is none in %s', async (expr) => {
    expect(await thresholdOf(expr)).toBeUndefined();
  });
});

describe('matchers in a form', () => {
  test.each([
    ['{alertname="HostDown",host=~"web-.*"}', ['alertname="HostDown"', 'host=~"web-.*"']],
    ['vm!=mail, summary!~"a \\"b\\", c"', ['vm!="mail"', 'summary!~"a \\"b\\", c"']],
    ['"my label" = "a\\\\b\\nc"', ['"my label"="a\\\\b\\nc"']],
    ['', []],
  ])('%s', async (text, matchers) => {
    const { readMatchers, matcherText } = await matcherModule();
    expect(readMatchers(text).map(matcherText)).toEqual(matchers);
  });

  test.each(['host', 'host=="a"', 'host="a" vm="b"', '="a"'])('%s is refused', async (text) => {
    const { readMatchers } = await matcherModule();
    expect(() => readMatchers(text)).toThrow(/not a matcher such as host="web-1"/);
  });
});

test('an axis has round numbers around what it shows', async () => {
  const { valueTicks, shortNumber } = await moduleOf<{
    readonly valueTicks: (values: readonly number[]) => readonly number[];
    readonly shortNumber: (value: number) => string;
  }>('scale.js', ['valueTicks', 'shortNumber']);
  const axis = (...values: number[]) => valueTicks(values).map(shortNumber);
  expect(axis(24, 96, 90)).toEqual(['0', '25', '50', '75', '100']);
  expect(axis(0.9991, 0.9997)).toEqual(['0.999', '0.9992', '0.9994', '0.9996', '0.9998']);
  expect(axis(-3, 4)).toEqual(['-4', '-2', '0', '2', '4']);
  expect(axis(0)).toEqual(['0', '0.25', '0.5', '0.75', '1']);
  expect(axis()).toEqual(['0', '1']);
  expect(axis(2.1e9, 4e9)).toEqual(['2G', '2.5G', '3G', '3.5G', '4G']);
});

interface Threshold {
  readonly left: string;
  readonly op: string;
  readonly value: number;
}

async function thresholdOf(expr: string): Promise<Threshold | undefined> {
  type Exports = { readonly thresholdOf: (expr: string) => Threshold | undefined };
  return (await moduleOf<Exports>('threshold.js', ['thresholdOf'])).thresholdOf(expr);
}

function matcherModule() {
  return moduleOf<{
    readonly readMatchers: (text: string) => readonly object[];
    readonly matcherText: (matcher: object) => string;
  }>('matchers.js', ['readMatchers', 'matcherText']);
}

/** What a browser makes of a module that needs no page. */
async function moduleOf<Exports>(name: string, exported: readonly string[]): Promise<Exports> {
  const script = `${linkScript(name)}\nexport { ${exported.join(', ')} };`;
  return import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(script)}`);
}

/** Where the page's script or style is. */
function linkIn(html: string, element: 'script' | 'link'): string {
  const [, link] = new RegExp(`<${element} [^>]*(?:src|href)="(assets/[^"]+)"`).exec(html) ?? [];
  if (link === undefined) throw new Error(`no ${element} in ${html}`);
  return `/${link}`;
}
