import { snappyCompress } from 'hysnappy';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHandler } from '../../functions/remote-write/handler.ts';
import { startTable } from '../functions/table.ts';
import { answerOf, type Receiver, startReceiver } from './receiver.ts';
import {
  type EventChanges,
  encode,
  messageEvent,
  outgoing,
  rawEvent,
  V1,
  V2,
  type Version,
  writeEvent,
} from './requests.ts';

const NOW_MS = Date.UTC(2026, 4, 1, 12);
const UP = outgoing({ __name__: 'up', job: 'node' }, [[NOW_MS, 1]]);

let receiver: Receiver;
let key: string;

beforeAll(async () => {
  receiver = await startReceiver(NOW_MS);
  key = await receiver.newKey('prometheus-1');
});
afterAll(() => receiver.close());

/** A good request of 1.0 but for these changes. */
function postChanged(changes: EventChanges) {
  return receiver.post(rawEvent(key, snappyCompress(encode(V1, [UP])), changes));
}

describe('what is written', () => {
  test.each<Version>([V1, V2])(
    '%s: 204, empty, with the counts the specification wants',
    async (version) => {
      const answer = await receiver.post(writeEvent(key, version, [UP]));
      expect(answer.status).toBe(204);
      expect(answer.error).toBeUndefined();
      expect(answer.headers).toMatchObject({
        'x-prometheus-remote-write-samples-written': '1',
        'x-prometheus-remote-write-histograms-written': '0',
        'x-prometheus-remote-write-exemplars-written': '0',
      });
    },
  );

  test.each<Version>([V1, V2])('%s: a request with nothing in it is taken', async (version) => {
    const answer = await receiver.post(writeEvent(key, version, []));
    expect([answer.status, answer.samplesWritten]).toEqual([204, 0]);
  });

  test.each([
    'application/x-protobuf',
    'application/x-protobuf; proto=prometheus.WriteRequest',
    'APPLICATION/X-PROTOBUF;proto="prometheus.WriteRequest"',
    '',
  ])('content type "%s" is 1.0', async (contentType) => {
    const answer = await postChanged({ headers: { 'content-type': contentType } });
    expect([answer.status, answer.samplesWritten]).toEqual([204, 1]);
  });

  test('a message said to be of the other version is taken for empty, as its fields are reserved', async () => {
    expect(await receiver.post(messageEvent(key, V2, encode(V1, [UP])))).toMatchObject({
      status: 204,
      samplesWritten: 0,
    });
  });
});

describe('who may write', () => {
  const basic = (user: string, password: string) =>
    `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

  test('basic authentication: the key is the password, whatever the user', async () => {
    const answer = await postChanged({ headers: { authorization: basic('anyone', key) } });
    expect(answer.status).toBe(204);
  });

  test.each([
    ['none', ''],
    ['another scheme', 'Digest x'],
    ['not a key', 'Bearer secret'],
    ['a key nobody made', `Bearer hv_${'a'.repeat(32)}`],
    ['basic without a password', `Basic ${Buffer.from('user').toString('base64')}`],
    ['basic with a wrong password', basic('user', 'password')],
  ])('401: %s', async (_, authorization) => {
    const answer = await postChanged({ headers: { authorization } });
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toContain('Basic');
    expect(answer.error).toMatchObject({ status: 'error', errorType: 'unauthorized' });
  });

  test("the name of the rules' own sender is not given away", async () => {
    await expect(receiver.newKey('evaluator')).rejects.toThrow('evaluator');
  });
});

describe('what is refused', () => {
  test('404: another path', async () => {
    const answer = await postChanged({ path: '/api/v1/read' });
    expect(answer).toMatchObject({ status: 404, error: { errorType: 'not_found' } });
  });

  test('405: another method', async () => {
    const answer = await postChanged({ method: 'GET' });
    expect(answer).toMatchObject({ status: 405, headers: { allow: 'POST' } });
  });

  test.each([
    { 'content-type': 'application/json' },
    { 'content-type': 'application/x-protobuf;proto=io.prometheus.write.v3.Request' },
    { 'content-encoding': 'gzip' },
  ])('415: %o', async (headers) => {
    const answer = await postChanged({ headers });
    expect(answer).toMatchObject({ status: 415, error: { errorType: 'bad_data' } });
  });

  test('413: a body that claims to inflate to gigabytes, without inflating it', async () => {
    const answer = await receiver.post(
      rawEvent(key, Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f, 0)),
    );
    expect(answer).toMatchObject({ status: 413 });
    expect(answer.error?.error).toContain('4294967295 bytes');
  });

  test('413: a body larger than any request', async () => {
    const answer = await receiver.post(rawEvent(key, new Uint8Array(7 << 20)));
    expect(answer.status).toBe(413);
  });

  test.each([
    ['V1', V1, 0x0a],
    ['V2', V2, 0x2a],
  ] as const)('413: %s with millions of empty series', async (_, version, tag) => {
    const message = new Uint8Array(4 << 20);
    for (let i = 0; i < message.length; i += 2) message[i] = tag;
    const answer = await receiver.post(messageEvent(key, version, message));
    expect(answer.status).toBe(413);
    expect(answer.error?.error).toContain('in one request');
  });

  test('413: 2.0 with one long symbol in the labels of thousands of series', async () => {
    const long = 'x'.repeat(8000);
    const series = Array.from({ length: 6000 }, (_, i) =>
      outgoing({ __name__: `m${i}`, long }, [[NOW_MS, 1]]),
    );
    const answer = await receiver.post(writeEvent(key, V2, series));
    expect(answer.status).toBe(413);
    expect(answer.error?.error).toContain('characters of labels');
  });

  test.each([
    ['series', 20_001, 1],
    ['labels', 5000, 60],
  ])('413: more %s than fit into the memory of the function', async (what, count, labels) => {
    const more = Object.fromEntries(Array.from({ length: labels }, (_, i) => [`l${100 + i}`, 'x']));
    const series = Array.from({ length: count }, (_, i) =>
      outgoing({ __name__: `m${i}`, ...more }, [[NOW_MS, 1]]),
    );
    const answer = await receiver.post(writeEvent(key, V2, series));
    expect(answer.status).toBe(413);
    expect(answer.error?.error).toMatch(new RegExp(`more than [0-9]+ ${what} in one request`));
  });

  test('400: not Snappy', async () => {
    const answer = await receiver.post(rawEvent(key, Buffer.from('plain text')));
    expect(answer).toMatchObject({ status: 400, error: { errorType: 'bad_data' } });
    expect(answer.error?.error).toContain('Snappy');
  });

  test('400: no bytes at all', async () => {
    expect((await receiver.post(rawEvent(key, new Uint8Array()))).status).toBe(400);
  });

  test.each<[string, Version, number[]]>([
    ['text', V1, [...Buffer.from('this is no protobuf')]],
    ['a series cut off', V1, [0x0a, 0x05, 0x0a]],
    ['a sample of another type', V1, [0x0a, 0x02, 0x10, 0x01]],
    ['a value as a varint', V2, [0x2a, 0x04, 0x12, 0x02, 0x08, 0x01]],
    ['a symbol that reaches beyond the end', V2, [0x22, 0x7f, 0x61]],
  ])('400: %s', async (_, version, message) => {
    const answer = await receiver.post(messageEvent(key, version, Uint8Array.from(message)));
    expect(answer.status).toBe(400);
    expect(answer.error?.error).toContain(version);
  });

  test('429 with Retry-After: more requests than one sender may send', async () => {
    const hasty = await receiver.newKey('hasty');
    const request = writeEvent(hasty, V1, []);
    for (let i = 0; i < 500; i++) expect((await receiver.post(request)).status).toBe(204);
    const answer = await receiver.post(request);
    expect(answer).toMatchObject({ status: 429, headers: { 'retry-after': '1' } });
    expect((await postChanged({})).status).toBe(204);
  });

  test('503 with Retry-After: the table is out of reach', async () => {
    const gone = await startTable();
    const handle = createHandler(gone.environment, () => NOW_MS);
    await gone.close();
    const answer = answerOf(await handle(writeEvent(key, V1, [UP])));
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    expect(answer.error?.errorType).toBe('unavailable');
  });
});
