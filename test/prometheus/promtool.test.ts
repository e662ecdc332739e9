import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import type { LambdaFunctionURLResult } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MINUTE_MS } from '../../core/host-minute.ts';
import { functionUrlEvent } from '../../infra/local/function-url-event.ts';
import { NOW_MS, noteHost, sampled, startApi, storeSeries, type TestApi } from '../api/fixture.ts';

/** `promtool query` as people use it, against the API behind a plain HTTP server. */
const PROMTOOL = process.env['PROMTOOL'] ?? 'promtool';
const run = promisify(execFile);

const NOW = NOW_MS / 1000;

let api: TestApi;
let server: Server;
let url: string;

beforeAll(async () => {
  api = await startApi();
  for (const [host, load] of [
    ['web-1', 1.5],
    ['web-2', 2.5],
  ] as const) {
    await noteHost(api.store, host);
    const hour = [NOW_MS - 60 * MINUTE_MS, NOW_MS] as const;
    await storeSeries(api.store, host, [
      sampled({ __name__: 'host_load1', host }, hour, () => load),
    ]);
  }
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const event = functionUrlEvent(request, Buffer.concat(parts), NOW_MS);
      void api.handler(event).then((result: LambdaFunctionURLResult) => {
        if (typeof result === 'string') throw new Error(result);
        const headers = Object.entries(result.headers ?? {}).map(
          ([name, value]): [string, string] => [name, String(value)],
        );
        response.writeHead(result.statusCode ?? 200, Object.fromEntries(headers));
        response.end(Buffer.from(result.body ?? '', result.isBase64Encoded ? 'base64' : 'utf8'));
      });
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  url = `http://promtool:${api.token}@127.0.0.1:${port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await api.close();
});

/** The lines promtool prints; throws with its messages if it fails. */
async function promtool(...args: readonly string[]): Promise<string[]> {
  const { stdout } = await run(PROMTOOL, ['query', ...args]);
  return stdout.split('\n').filter((line) => line !== '');
}

describe('promtool query', () => {
  test('instant', async () => {
    expect(await promtool('instant', '--time', String(NOW), url, 'host_load1')).toEqual([
      `host_load1{host="web-1"} => 1.5 @[${NOW}]`,
      `host_load1{host="web-2"} => 2.5 @[${NOW}]`,
    ]);
    expect(await promtool('instant', '--time', String(NOW), url, 'sum(host_load1)')).toEqual([
      `{} => 4 @[${NOW}]`,
    ]);
    expect(await promtool('instant', '--time', String(NOW), url, '0/0')).toEqual([
      `scalar: NaN @[${NOW}]`,
    ]);
    expect(await promtool('instant', '--time', String(NOW), url, 'sum(up)')).toEqual([
      `{} => 2 @[${NOW}]`,
    ]);
  });

  test('range', async () => {
    const time = ['--start', String(NOW - 120), '--end', String(NOW), '--step', '1m'];
    expect(await promtool('range', ...time, url, 'host_load1{host="web-1"}')).toEqual([
      'host_load1{host="web-1"} =>',
      `1.5 @[${NOW - 120}]`,
      `1.5 @[${NOW - 60}]`,
      `1.5 @[${NOW}]`,
    ]);
  });

  test('series, with and without a time', async () => {
    const all = ['{__name__="host_load1", host="web-1"}', '{__name__="host_load1", host="web-2"}'];
    const time = ['--start', String(NOW - 600), '--end', String(NOW)];
    expect(await promtool('series', '--match', 'host_load1', ...time, url)).toEqual(all);
    expect(await promtool('series', '--match', 'host_load1', url)).toEqual(all);
  });

  test('labels', async () => {
    expect(await promtool('labels', url, 'host')).toEqual(['web-1', 'web-2']);
    expect(await promtool('labels', url, '__name__')).toEqual(['host_load1', 'up']);
  });

  test('tells its user what is wrong', async () => {
    const failed = async (...args: readonly string[]) =>
      promtool(...args).then(
        () => '',
        (error: { stderr: string }) => error.stderr,
      );
    expect(await failed('instant', url, 'sum(')).toMatch(/bad_data: .*1:5: parse error/);
    const query = 'host_load1 + on () host_load1';
    expect(await failed('instant', '--time', String(NOW), url, query)).toMatch(
      /execution: .*many-to-many matching not allowed/,
    );
    const stranger = url.replace(api.token, `hvt_${'x'.repeat(32)}`);
    expect(await failed('instant', stranger, '1')).toMatch(/not known here/);
  });
});
