import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { AGENT_FILES_PATH } from '../../core/agent-release/release.ts';

export const HOST_KEY = 'hvk_test-key-of-this-host';

/** As long as half of a file takes on a slow line. */
const SLOW_MS = 40;

/** What goes wrong with one answer. */
export type Fault = 'none' | 'error' | 'cut' | 'hang' | 'slow' | 'redirect' | 'noRange' | 'longer';

export interface ReleaseServer {
  readonly url: URL;
  /** What is offered; may be exchanged. */
  files: Map<string, Buffer>;
  /** Asked for each answer, the number of those before it for that file beside it. */
  plan: (name: string, count: number) => Fault;
  /** Does it take posts? */
  takesPosts: boolean;
  /** Every request for a file: the name, and the range that was asked for. */
  readonly asked: string[];
  /** Of requests that came by a redirect. */
  readonly redirected: IncomingMessage['headers'][];
}

/** A deployment that offers a release, over real HTTP, and fails as it is told. */
export async function startReleaseServer(files: Map<string, Buffer>): Promise<ReleaseServer> {
  const counts = new Map<string, number>();
  const store = createServer((request, response) => {
    server.redirected.push(request.headers);
    serve(request, response, server.files.get(nameOf(request)), 'none');
  });
  const main = createServer((request, response) => {
    if (request.method === 'POST') {
      const status = server.takesPosts ? 400 : 503;
      answerJson(response, status, server.takesPosts ? 'not a chunk' : 'down');
      return;
    }
    const name = nameOf(request);
    if (request.headers.authorization !== `Bearer ${HOST_KEY}`) {
      answerJson(response, 401, 'not a key of a host');
      return;
    }
    const { range } = request.headers;
    server.asked.push(range === undefined ? name : `${name} ${range}`);
    const count = counts.get(name) ?? 0;
    counts.set(name, count + 1);
    const fault = server.plan(name, count);
    if (fault === 'redirect') {
      response.writeHead(302, { location: `${originOf(store)}/${name}?signature=1` }).end();
    } else {
      serve(request, response, server.files.get(name), fault);
    }
  });
  await Promise.all([listen(store), listen(main)]);
  const server: ReleaseServer = {
    url: new URL(originOf(main)),
    files,
    plan: () => 'none',
    takesPosts: true,
    asked: [],
    redirected: [],
  };
  return server;
}

function serve(
  request: IncomingMessage,
  response: ServerResponse,
  file: Buffer | undefined,
  fault: Fault,
): void {
  if (file === undefined || fault === 'error') {
    const [status, message] = fault === 'error' ? [503, 'busy'] : [404, 'no such file'];
    answerJson(response, status, message);
    return;
  }
  const [, first] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? [];
  const start = first === undefined || fault === 'noRange' ? 0 : Number(first);
  const part = file.subarray(start);
  const range = { 'content-range': `bytes ${start}-${file.length - 1}/${file.length}` };
  if (fault === 'longer') {
    response.writeHead(200).end(Buffer.concat([file, file]));
    return;
  }
  response.writeHead(start > 0 ? 206 : 200, {
    'content-length': part.length,
    ...(start > 0 ? range : {}),
  });
  if (fault === 'none' || fault === 'noRange') {
    response.end(part);
    return;
  }
  const half = Math.ceil(part.length / 2);
  response.write(part.subarray(0, half), () => {
    if (fault === 'cut') response.destroy();
    if (fault === 'slow') setTimeout(() => response.end(part.subarray(half)), SLOW_MS);
  });
}

function answerJson(response: ServerResponse, status: number, message: string): void {
  const body = JSON.stringify({ error: { code: 'test', message } });
  response.writeHead(status, { 'content-type': 'application/json' }).end(body);
}

function nameOf({ url = '' }: IncomingMessage): string {
  const { pathname } = new URL(url, 'http://localhost');
  return pathname.replace(AGENT_FILES_PATH, '').replace(/^\//, '');
}

function originOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function listen(server: Server): Promise<void> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
}
