import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createHandler } from '../../functions/enroll/handler.ts';
import { addEnrolmentToken, readEnrolmentToken } from '../../functions/store/enrolment-tokens.ts';
import { addHostKey, hashHostKey, hostOfKey, newHostKey } from '../../functions/store/host-keys.ts';
import { listHostKeys } from '../../functions/store/key-list.ts';
import { startTable, type TestTable } from '../functions/table.ts';

/** What happens to a call of the table: it never gets there, or its answer is lost. */
type Fault = 'request lost' | 'answer lost';

/** More than the calls of any enrolment. */
const CALLS = 11;

vi.setConfig({ testTimeout: 60_000 });

let store: TestTable;
let proxy: Server;
let faultOf: (call: number) => Fault | undefined;
let enroll: ReturnType<typeof createHandler>;

beforeEach(async () => {
  store = await startTable();
  const target = new URL(store.environment['DYNAMODB_ENDPOINT'] ?? '');
  let calls = 0;
  faultOf = () => undefined;
  proxy = createServer((incoming, outgoing) => {
    const fault = faultOf(calls++);
    if (fault === 'request lost') return void incoming.socket.destroy();
    const { method, headers, url = '/' } = incoming;
    const onward = httpRequest(
      new URL(url, target),
      { method: method ?? 'POST', headers },
      (answer) => {
        if (fault === 'answer lost') {
          answer.resume().on('end', () => incoming.socket.destroy());
          return;
        }
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      },
    );
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => {
    proxy.listen(0, '127.0.0.1', resolve);
  });
  const { port } = proxy.address() as AddressInfo;
  enroll = createHandler(
    { ...store.environment, DYNAMODB_ENDPOINT: `http://127.0.0.1:${port}` },
    { audit: () => {} },
  );
});
afterEach(async () => {
  proxy.closeAllConnections();
  proxy.close();
  await store.close();
});

async function ask(secret: string, host: string, key: string): Promise<number> {
  const noMore: Partial<LambdaFunctionURLEvent> = {};
  const result = await enroll({
    rawPath: '/v1/enrolments',
    headers: { authorization: `Bearer ${secret}` },
    requestContext: { http: { method: 'POST', sourceIp: '192.0.2.1' } },
    body: JSON.stringify({ host, keyHash: hashHostKey(key) }),
    isBase64Encoded: false,
    ...noMore,
  } as LambdaFunctionURLEvent);
  return typeof result === 'string' ? 0 : (result.statusCode ?? 0);
}

/** Asks as an agent does: again, until the table is well. The one with the fault may be answered. */
async function askUntilGranted(secret: string, host: string, key: string): Promise<void> {
  const first = await ask(secret, host, key);
  faultOf = () => undefined;
  if (first !== 200) expect([first, await ask(secret, host, key)]).toEqual([503, 200]);
}

const once = (at: number, fault: Fault) => (call: number) => (call === at ? fault : undefined);
/** The table is gone from this call on, which may have been done. */
const gone = (at: number, fault: Fault) => (call: number) =>
  call === at ? fault : call > at ? 'request lost' : undefined;

const CASES = [
  ['an answer of the table is lost once', (at: number) => once(at, 'answer lost')],
  ['the table is gone', (at: number) => gone(at, 'request lost')],
  ['the table does what it is told, and is gone', (at: number) => gone(at, 'answer lost')],
] as const;

describe.each(CASES)('%s, at whatever call', (_, faultsFrom) => {
  test.each(Array.from({ length: CALLS }, (_, at) => at))(
    'call %i: the host gets its one key, and the token loses its one use',
    async (at) => {
      const terms = { uses: 1, expiresAtMs: Date.now() + 3_600_000, mayReEnrol: false };
      const { token } = await addEnrolmentToken(store.table, terms, Date.now());
      const key = newHostKey();
      let calls = 0;
      const faults = faultsFrom(at);
      faultOf = () => faults(calls++);
      await askUntilGranted(token, 'web-1', key);
      expect(await hostOfKey(store.table, key, Date.now())).toBe('web-1');
      expect(await listHostKeys(store.table)).toHaveLength(1);
      expect((await readEnrolmentToken(store.table, token))?.usesLeft).toBe(0);
    },
  );

  test.each(Array.from({ length: CALLS }, (_, at) => at))(
    'call %i: a key is exchanged for one other, and both are good',
    async (at) => {
      const old = await addHostKey(store.table, 'web-1', Date.now());
      const key = newHostKey();
      let calls = 0;
      const faults = faultsFrom(at);
      faultOf = () => faults(calls++);
      await askUntilGranted(old, 'web-1', key);
      const keys = await listHostKeys(store.table);
      expect(keys.map(({ endsAtMs }) => endsAtMs === undefined).sort()).toEqual([false, true]);
      for (const each of [old, key])
        expect(await hostOfKey(store.table, each, Date.now())).toBe('web-1');
    },
  );
});
