import { readdirSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Place, type Run } from '../local/start-fixture.ts';
import { type ListeningSocket, listeningSockets } from './listening-sockets.ts';

/** The real `npm start`, as another user of the machine or a web page meets it: by its ports. */
let place: Place;
let run: Run;
let front = 0;
let ports: readonly ListeningSocket[];

beforeAll(async () => {
  place = new Place();
  place.writeRules('Up');
  run = place.start();
  const [, port = ''] = await run.prints(/listening on http:\/\/127\.0\.0\.1:(\d+)/);
  front = Number(port);
  // The agent's first batch came: all that ever listens does.
  await run.prints(/me: cpu/);
  ports = [run.pid, ...run.childIds()].flatMap(listeningSockets);
}, 120_000);
afterAll(() => place.remove());

const inner = () => ports.filter(({ port }) => port !== front);

test('everything listens at 127.0.0.1, and at no other address of the machine', async () => {
  expect(ports.map(({ address }) => address)).toEqual(ports.map(() => '127.0.0.1'));
  expect(ports.length).toBeGreaterThanOrEqual(3); // front, table, SNS
  const others = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal }) => !internal)
    .map(({ address, scopeid }) => (scopeid ? `${address}%${scopeid}` : address));
  for (const { port } of ports) {
    for (const address of [...others, '::1']) expect(await answers(address, port)).toBe(false);
    expect(await answers('127.0.0.1', port)).toBe(true);
  }
});

describe('the table and SNS', () => {
  const signed = {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': 'DynamoDB_20120810.Scan',
    'x-amz-date': '20260101T000000Z',
    authorization:
      'AWS4-HMAC-SHA256 Credential=local/20260101/local/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
  };

  test('answer nobody who does not know where they are, however he asks', async () => {
    for (const { port } of inner()) {
      for (const path of ['/', '//', '/x/', `/${'A'.repeat(43)}/`, '/?X-Amz-Algorithm=a']) {
        for (const method of ['GET', 'POST', 'OPTIONS']) {
          const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
            method,
            headers: { ...signed, origin: 'https://evil.example' },
            ...(method === 'POST' ? { body: '{"TableName":"hypervigil"}' } : {}),
          });
          expect(answer.status).toBe(404);
          expect(await answer.text()).toBe('');
          expect(answer.headers.get('access-control-allow-origin')).toBeNull();
        }
      }
    }
  });

  test('do not fall over a body that is broken off', async () => {
    for (const { port } of inner()) {
      await sendAndHangUp(port, 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf');
    }
    expect((await fetch(`http://127.0.0.1:${front}/-/healthy`)).status).toBe(200);
  });
});

test('only their owner can read what is kept: folders 0700, secrets and messages 0600', () => {
  const modeOf = (...names: string[]) =>
    (statSync(join(place.data, ...names)).mode & 0o777).toString(8);
  expect(modeOf()).toBe('700');
  for (const folder of ['keys', 'table', 'spool']) expect(modeOf(folder)).toBe('700');
  const keys = readdirSync(join(place.data, 'keys'));
  expect(keys.sort()).toEqual(['api.token', 'enrolment.token', 'import.key', 'me.key']);
  for (const name of keys) expect(modeOf('keys', name)).toBe('600');
});

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2000 });
    const end = (isOpen: boolean) => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
}

function sendAndHangUp(port: number, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => socket.write(text, () => socket.resetAndDestroy()));
    socket.once('close', () => resolve());
    socket.once('error', reject);
  });
}
