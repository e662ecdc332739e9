import { afterEach, expect, test, vi } from 'vitest';
import { type EnrolmentRequest, requestEnrolment } from '../../agent/enrolment-request.ts';

const REQUEST: EnrolmentRequest = {
  url: new URL('https://ingest.example.com/base/'),
  secret: `hve_${'t'.repeat(32)}`,
  host: 'web-1',
  key: `hv_${'k'.repeat(32)}`,
  version: '1.0.0',
};

afterEach(() => {
  vi.unstubAllGlobals();
});

/** Answers requests one after the other, and notes them. */
function answering(...answers: readonly (Response | Error)[]) {
  const left = [...answers];
  const requests: { url: string; authorization: string | null; body: string }[] = [];
  vi.stubGlobal('fetch', async (target: URL, init: RequestInit) => {
    const { headers, body } = init;
    const authorization = new Headers(headers).get('authorization');
    requests.push({ url: target.href, authorization, body: String(body) });
    const next = left.shift();
    if (next === undefined || next instanceof Error)
      throw next ?? new Error('asked once too often');
    return next;
  });
  return requests;
}

const redirect = (location: string, status = 307) =>
  new Response(null, { status, headers: { location } });
const granted = () => Response.json({ outcome: 'enrolled', host: 'web-1' });

test('the key itself is never sent, only its hash', async () => {
  const [only, ...more] = await (async () => {
    const requests = answering(granted());
    expect(await requestEnrolment(REQUEST)).toEqual({ kind: 'granted', oldKeyEndsAt: undefined });
    return requests;
  })();
  expect(more).toEqual([]);
  expect(only?.url).toBe('https://ingest.example.com/base/v1/enrolments');
  expect(JSON.parse(only?.body ?? '')).toEqual({
    host: 'web-1',
    keyHash: 'to3GPT16ASUxTB8C-_W9J9ayzL_wTl9BE6-z04vHTLs',
  });
});

test('where ingest sends it on to, it goes with its token', async () => {
  const requests = answering(redirect('https://enrol.example.com/v1/enrolments'), granted());
  expect(await requestEnrolment(REQUEST)).toMatchObject({ kind: 'granted' });
  expect(requests[1]).toMatchObject({
    url: 'https://enrol.example.com/v1/enrolments',
    authorization: `Bearer ${REQUEST.secret}`,
  });
});

test.each([
  ['to where others can listen', () => redirect('http://enrol.example.com/')],
  ['of another kind', () => redirect('https://enrol.example.com/', 302)],
])('a redirection %s gets no token', async (_, answer) => {
  const requests = answering(answer());
  expect(await requestEnrolment(REQUEST)).toMatchObject({ kind: 'refused' });
  expect(requests).toHaveLength(1);
});

test('a second redirection is not followed', async () => {
  const there = 'https://enrol.example.com/v1/enrolments';
  const requests = answering(redirect(there), redirect(there));
  expect(await requestEnrolment(REQUEST)).toMatchObject({ kind: 'refused' });
  expect(requests).toHaveLength(2);
});

test.each([
  ['a busy server', () => new Response('', { status: 503, headers: { 'retry-after': '7' } }), 7000],
  ['a crowd', () => new Response('', { status: 429 }), undefined],
  ['a gateway', () => new Response('<html>', { status: 502 }), undefined],
  ['no network', () => new TypeError('fetch failed', { cause: new Error('no route') }), undefined],
])('%s means to ask again', async (_, answer, afterMs) => {
  answering(answer());
  expect(await requestEnrolment(REQUEST)).toMatchObject({ kind: 'later', afterMs });
});

test('the reason of a refusal is passed on; an answer that is not ours is called so', async () => {
  answering(
    Response.json({ error: { code: 'token_expired', message: 'it expired' } }, { status: 403 }),
  );
  expect(await requestEnrolment(REQUEST)).toEqual({
    kind: 'refused',
    message: 'ingest.example.com answered 403: it expired',
  });
  answering(new Response('<html>welcome', { status: 200 }));
  expect(await requestEnrolment(REQUEST)).toMatchObject({
    kind: 'refused',
    message: expect.stringContaining('not as Hypervigil does'),
  });
});
