import { randomBytes } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { answerAlertmanager, isAlertmanagerPath } from '../../functions/alertmanager-api/answer.ts';
import { readRequest } from '../../functions/api/http.ts';
import { apiEvent } from '../api/fixture.ts';
import { startAlertmanager, type TestAlertmanager } from './fixture.ts';

let api: TestAlertmanager;
beforeAll(async () => {
  api = await startAlertmanager();
});
afterAll(() => api.close());

test.each([
  ['/api/v2/silences', true],
  ['/v1/acknowledgements', true],
  ['/api/v1/query', false],
  ['/v1/batches', false],
])('%s is answered here: %s', (path, expected) => {
  expect(isAlertmanagerPath(path)).toBe(expected);
});

test('JSON is taken as it is, in base64 too, and only where it belongs', () => {
  const headers = { 'content-type': 'Application/JSON; charset=utf-8' };
  const event = { method: 'POST', rawQueryString: 'a=b', headers };
  const encoded = { body: Buffer.from('{"ö":1}').toString('base64'), isBase64Encoded: true };
  for (const body of [{ body: '{"ö":1}' }, encoded]) {
    const request = readRequest(apiEvent({ ...event, ...body, rawPath: '/api/v2/silences' }));
    expect(request).toMatchObject({
      ok: true,
      value: { body: '{"ö":1}', mediaType: 'application/json', params: new URLSearchParams('a=b') },
    });
  }
  expect(readRequest(apiEvent({ ...event, body: '{}', rawPath: '/api/v1/query' }))).toMatchObject({
    ok: false,
    error: {
      message: 'content type "application/json" is not application/x-www-form-urlencoded',
    },
  });
});

test.each([
  ['Bearer hvt_abc', 'hvt_abc'],
  [`Basic ${btoa('anyone:hvt_abc')}`, 'hvt_abc'],
])('the token comes as %s', (authorization, token) => {
  const request = readRequest(apiEvent({ rawPath: '/api/v2/alerts', headers: { authorization } }));
  expect(request).toMatchObject({ ok: true, value: { token } });
});

test('a long list is packed for whoever can unpack it; one too long for a reply says so', async () => {
  api.firing = Array.from({ length: 8000 }, (_, i) => ({ alertname: 'A', host: `host-${i}` }));
  api.view = (alert) => ({ ...alert, annotations: { text: 'x'.repeat(1000) } });
  const ask = async (headers: Record<string, string>) => {
    const request = readRequest(apiEvent({ rawPath: '/api/v2/alerts', headers }));
    if (!request.ok) throw new Error(request.error.message);
    return answerAlertmanager(request.value, api.ports);
  };
  const packed = await ask({ 'accept-encoding': 'gzip' });
  expect(packed).toMatchObject({ statusCode: 200, headers: { 'content-encoding': 'gzip' } });
  const body = gunzipSync(Buffer.from(packed.body ?? '', 'base64')).toString();
  expect(JSON.parse(body)).toHaveLength(8000);
  const plain = await ask({});
  expect(plain.statusCode).toBe(500);
  expect(JSON.parse(plain.body ?? '')).toMatch(
    /ask with a filter, or with "Accept-Encoding: gzip"/,
  );
  // Nothing packs what is random.
  api.view = (alert) => ({ ...alert, annotations: { text: randomBytes(700).toString('base64') } });
  const tooLong = await ask({ 'accept-encoding': 'gzip' });
  expect(tooLong.statusCode).toBe(500);
  expect(JSON.parse(tooLong.body ?? '')).toMatch(/ask with a filter$/);
});
