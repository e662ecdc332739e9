import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Deployment, startDeployment } from './deployment.ts';
import { ScriptHost } from './script-host.ts';

interface Asked {
  readonly of: 'deployment' | 'bucket';
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

let host: ScriptHost;
let local: Deployment;
let asked: Asked[];
let servers: Server[];
/** What the deployment does with those who want a file. */
let sendOn: (bucket: string, path: string) => string;
let url: string;

/** A deployment whose files lie in a bucket of another address. */
beforeEach(async () => {
  host = new ScriptHost();
  local = await startDeployment('1.0.0');
  asked = [];
  servers = [];
  sendOn = (bucket, path) => `${bucket}${path}`;
  const bucket = await serve('bucket', (path, respond) => {
    const name = path.split('/').at(-1) ?? '';
    respond(200, {}, readFileSync(join(local.folder, name)));
  });
  url = await serve('deployment', (path, respond) => {
    respond(302, { location: sendOn(bucket, path) }, '');
  });
});
afterEach(async () => {
  host.remove();
  await local.close();
  for (const server of servers) server.close();
});

type Respond = (status: number, headers: Record<string, string>, body: string | Buffer) => void;

async function serve(of: Asked['of'], answer: (path: string, respond: Respond) => void) {
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push({ of, path, headers: request.headers });
    answer(path, (status, headers, body) => response.writeHead(status, headers).end(body));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function install(without: string[]) {
  const environment = { HYPERVIGIL_ENROLMENT_TOKEN: await local.newToken() };
  return host.run(await local.script(), ['--url', url], { environment, without });
}

test.each(['curl', 'wget'])('nobody but the deployment is told the token (%s)', async (program) => {
  const { status, output } = await install(program === 'wget' ? ['curl'] : []);
  expect(status, output).toBe(0);
  expect(asked.map(({ of, headers }) => [of, headers.authorization?.slice(0, 11)])).toEqual([
    ['deployment', 'Bearer hve_'],
    ['bucket', undefined],
  ]);
});

test.each(['curl', 'wget'])('it is not sent on to what is no web address (%s)', async (program) => {
  sendOn = () => 'file:///etc/passwd';
  const { status, output } = await install(program === 'wget' ? ['curl'] : []);
  expect(output).toContain('sends us to "file:///etc/passwd", which is no address');
  expect(status).toBe(1);
});
