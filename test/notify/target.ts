import { createServer, type IncomingHttpHeaders } from 'node:http';
import { closeServer, LOOPBACK, listen } from '../../infra/local/listen.ts';

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Undefined: no answer, ever. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A service on this machine that notes what it is sent and answers as told. */
export interface Target {
  readonly url: string;
  readonly seen: Seen[];
  readonly close: () => Promise<void>;
}

export async function startTarget(reply: (seen: Seen) => Reply | undefined): Promise<Target> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const one = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      };
      seen.push(one);
      const answer = reply(one);
      if (answer !== undefined)
        response.writeHead(answer.status, { ...answer.headers }).end(answer.body);
    });
  });
  const port = await listen(server, 0);
  if (!port.ok) throw new Error(JSON.stringify(port.error));
  return { url: `http://${LOOPBACK}:${port.value}`, seen, close: () => closeServer(server, 0) };
}
