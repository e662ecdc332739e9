import { afterEach, describe, expect, test } from 'vitest';
import type { Integration } from '../../core/alertmanager/config-types.ts';
import type {
  HttpSettings,
  IntegrationSettings,
  WebhookSettings,
} from '../../core/alertmanager/integration-types.ts';
import { createDeliverer, type DelivererOptions } from '../../functions/notify/deliver.ts';
import type { DeliveryResult } from '../../functions/notify/delivery-result.ts';
import { ForbiddenAddress, guardedLookup } from '../../functions/notify/egress.ts';
import { contextOf, HTTP, NOW_MS, notificationOf, vmDown } from '../delivery/notifications.ts';
import { type Reply, type Seen, startTarget, type Target } from './target.ts';

const DOWN = notificationOf([vmDown('db')]);
const targets: Target[] = [];

afterEach(async () => {
  await Promise.all(targets.splice(0).map((target) => target.close()));
});

async function target(reply: (seen: Seen) => Reply | undefined): Promise<Target> {
  const started = await startTarget(reply);
  targets.push(started);
  return started;
}

function deliverer(options: Partial<DelivererOptions> = {}) {
  const { templates, externalUrl } = contextOf();
  return createDeliverer({
    externalUrl,
    templates: () => templates,
    nowMs: () => NOW_MS,
    ...options,
  });
}

function integration(settings: IntegrationSettings): Integration {
  return { index: 0, sendResolved: true, settings };
}

function webhook(url: string, http: Partial<HttpSettings> = {}, timeoutMs = 5000): Integration {
  const settings: WebhookSettings = {
    kind: 'webhook',
    url,
    maxAlerts: 0,
    timeoutMs,
    http: { ...HTTP, ...http },
  };
  return integration(settings);
}

async function answered(reply: Reply, path = '/hook'): Promise<DeliveryResult> {
  const { url } = await target(() => reply);
  return deliverer()(DOWN, webhook(url + path));
}

function reasonOf(result: DeliveryResult): string {
  return result.ok ? 'sent' : result.reason;
}

describe('a webhook', () => {
  test('is posted once, as JSON, and its answer is kept', async () => {
    const { url, seen } = await target(() => ({ status: 202, body: 'thanks' }));
    const result = await deliverer()(DOWN, webhook(`${url}/hook?a=1`));
    expect(result).toEqual({ ok: true, status: 202, answer: 'thanks' });
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({
      method: 'POST',
      path: '/hook?a=1',
      headers: { 'content-type': 'application/json', 'user-agent': 'Hypervigil' },
    });
    expect(JSON.parse(seen[0]?.body ?? '')).toMatchObject({ version: '4', receiver: 'ops' });
  });

  test.each([
    [500, true],
    [503, true],
    [429, true],
    [408, true],
    [400, false],
    [401, false],
    [404, false],
    [410, false],
    [302, false],
  ])('answered %i: try again later is %s', async (status, retry) => {
    expect(await answered({ status })).toMatchObject({ ok: false, retry });
  });

  test('may ask to be left alone, in seconds or until a date', async () => {
    const until = new Date(NOW_MS + 90_000).toUTCString();
    for (const [header, waitMs] of [
      ['7', 7000],
      [until, 90_000],
      ['999999', 3_600_000],
    ] as const) {
      const reply = { status: 429, headers: { 'retry-after': header } };
      expect(await answered(reply)).toMatchObject({ retry: true, retryAfterMs: waitMs });
    }
    expect(await answered({ status: 503, headers: { 'retry-after': 'soon' } })).not.toHaveProperty(
      'retryAfterMs',
    );
  });

  test('that does not answer in time, or is not there, is tried again', async () => {
    const silent = await target(() => undefined);
    const late = await deliverer()(DOWN, webhook(silent.url, {}, 100));
    expect(late).toMatchObject({ retry: true, reason: `${silent.url}: no answer within 0.1 s` });
    const gone = await target(() => undefined);
    await gone.close();
    expect(await deliverer()(DOWN, webhook(gone.url))).toMatchObject({ ok: false, retry: true });
  });

  test('ends when the caller has no more time', async () => {
    const end = new AbortController();
    const silent = await target(() => {
      end.abort();
      return undefined;
    });
    expect(await deliverer()(DOWN, webhook(silent.url), end.signal)).toMatchObject({
      ok: false,
      retry: true,
    });
  });

  test('with an endless answer is read for a while only', async () => {
    const result = await answered({ status: 200, body: 'x'.repeat(5_000_000) });
    expect(result).toMatchObject({ ok: true, status: 200 });
    expect(result.ok && result.answer?.length).toBe(300);
  });
});

describe('what a reason shows', () => {
  test("the origin and the service's words, but no path, key or password", async () => {
    const echo = await target(({ path, headers }) => ({
      status: 403,
      body: `no ${path} for ${headers.authorization}`,
    }));
    const url = `${echo.url}/services/T000/B000/SecretSecret?key=anothersecret`;
    const result = await deliverer()(
      DOWN,
      webhook(url, { authorization: { type: 'Bearer', credentials: 'sesame-1234' } }),
    );
    expect(reasonOf(result)).toContain(`${echo.url} answers 403: no <secret>`);
    expect(reasonOf(result)).not.toMatch(/SecretSecret|anothersecret|sesame/);
  });

  test('a service that answers 200 and refuses', async () => {
    const slack = await target(() => ({
      status: 200,
      body: '{"ok":false,"error":"invalid_auth"}',
    }));
    const settings = { kind: 'slack', apiUrl: `${slack.url}/hook`, http: HTTP } as const;
    expect(await deliverer()(DOWN, integration(settings))).toEqual({
      ok: false,
      retry: false,
      reason: `${slack.url}: Slack answers: invalid_auth`,
    });
  });
});

describe('redirects', () => {
  test('are followed only where the configuration says so, with the message when asked', async () => {
    const end = await target(() => ({ status: 200 }));
    const start = await target(() => ({ status: 307, headers: { location: `${end.url}/there` } }));
    const refused = await deliverer()(DOWN, webhook(start.url));
    expect(refused).toMatchObject({ ok: false, retry: false });
    expect(end.seen).toHaveLength(0);

    const credentials = { type: 'Bearer', credentials: 'sesame-1234' };
    const http = { followRedirects: true, authorization: credentials };
    expect(await deliverer()(DOWN, webhook(start.url, http))).toMatchObject({ ok: true });
    expect(end.seen[0]).toMatchObject({ method: 'POST', path: '/there' });
    expect(JSON.parse(end.seen[0]?.body ?? '')).toMatchObject({ version: '4' });
    // Meant for the first server alone.
    expect(end.seen[0]?.headers.authorization).toBeUndefined();
  });

  test('in a circle end, and those to where nothing may go are not followed', async () => {
    const circle = await target(() => ({ status: 308, headers: { location: '/again' } }));
    const http = { followRedirects: true };
    expect(await deliverer()(DOWN, webhook(circle.url, http))).toMatchObject({ retry: false });
    expect(circle.seen).toHaveLength(6);
    const lure = await target(() => ({
      status: 302,
      headers: { location: 'http://169.254.169.254/latest/meta-data/' },
    }));
    expect(reasonOf(await deliverer()(DOWN, webhook(lure.url, http)))).toMatch(/link-local/);
  });
});

describe('where nothing is sent', () => {
  test('also not when a name leads there', async () => {
    const problem = await new Promise((done) => {
      guardedLookup('169.254.169.254', { all: true }, (error) => done(error));
    });
    expect(problem).toBeInstanceOf(ForbiddenAddress);
    const found = await new Promise((done) => {
      guardedLookup('127.0.0.1', { all: true }, (_, addresses) => done(addresses));
    });
    expect(found).toEqual([{ address: '127.0.0.1', family: 4 }]);
  });

  test.each([
    'http://169.254.169.254/latest/meta-data/',
    'http://2852039166/',
    'http://0xa9.0xfe.0xa9.0xfe/',
    'http://[fe80::1]/',
    'http://[::ffff:169.254.169.254]/',
    'http://[fd00:ec2::254]/',
    'file:///etc/passwd',
    'ftp://example.org/',
    'no url',
  ])('%s', async (url) => {
    const result = await deliverer()(DOWN, webhook(url));
    expect(result).toMatchObject({ ok: false, retry: false });
    expect(reasonOf(result)).toMatch(/link-local|not with http|cannot be read/);
  });
});
