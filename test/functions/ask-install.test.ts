import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createHandler } from '../../functions/ingest/handler.ts';

/** Stands for Lambda: what it was asked, and what it answers. */
let lambda: Server;
let asked: { url: string | undefined; body: string }[];
let answer: { headers: Record<string, string>; body: string };
let ingest: ReturnType<typeof createHandler>;

beforeEach(async () => {
  asked = [];
  lambda = createServer(async (request, response) => {
    asked.push({ url: request.url, body: await text(request) });
    response.writeHead(200, answer.headers).end(answer.body);
  });
  await new Promise<void>((resolve) => lambda.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(lambda.address() as AddressInfo).port}`;
  vi.stubEnv('AWS_ENDPOINT_URL', endpoint);
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  ingest = createHandler({ TABLE_NAME: 'table', INSTALL_FUNCTION: 'install' });
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  lambda.close();
});

function get(path: string) {
  const event: Partial<LambdaFunctionURLEvent> = { rawPath: path, headers: {}, body: 'x' };
  const requestContext = { domainName: 'abc.on.aws', http: { method: 'GET', sourceIp: '::1' } };
  return ingest({ ...event, requestContext } as LambdaFunctionURLEvent);
}

test('what is asked about agents is handed on, as it came but without its body', async () => {
  const given = { statusCode: 302, headers: { location: 'https://s3.example/x' }, body: '' };
  answer = { headers: {}, body: JSON.stringify(given) };
  expect(await get('/v1/agent/files/release.json')).toMatchObject(given);
  expect(asked).toHaveLength(1);
  expect(asked[0]?.url).toBe('/2015-03-31/functions/install/invocations');
  expect(JSON.parse(asked[0]?.body ?? '')).toEqual({
    rawPath: '/v1/agent/files/release.json',
    headers: {},
    isBase64Encoded: false,
    requestContext: { domainName: 'abc.on.aws', http: { method: 'GET', sourceIp: '::1' } },
  });
});

test('a failure there is told as one, to be tried again', async () => {
  const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  answer = { headers: { 'x-amz-function-error': 'Unhandled' }, body: '{"errorType":"Error"}' };
  expect(await get('/install.sh')).toMatchObject({
    statusCode: 503,
    headers: { 'retry-after': '5' },
  });
  answer = { headers: {}, body: '"no answer of a Function URL"' };
  expect(await get('/install.sh')).toMatchObject({ statusCode: 503 });
  expect(log).toHaveBeenCalledTimes(2);
});

test('nothing else is', async () => {
  expect(await get('/install.exe')).toMatchObject({ statusCode: 404 });
  expect(asked).toEqual([]);
});
