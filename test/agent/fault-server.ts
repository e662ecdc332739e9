import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** One request as the server got it. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** What the server does with a request; it answers by itself or leaves the client waiting. */
export type Behaviour = (response: ServerResponse, request: IncomingMessage) => void;

export interface FaultServer {
  readonly url: URL;
  readonly received: readonly Received[];
  readonly connectionCount: () => number;
  /** Resolves when so many requests have come. */
  arrived(count: number): Promise<void>;
}

/** A real server that treats each request as the script says; the last behaviour stays. */
export async function faultServer(...script: Behaviour[]): Promise<FaultServer> {
  const received: Received[] = [];
  const arrivals = new EventEmitter();
  let connections = 0;
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const behave = script[Math.min(received.length, script.length - 1)];
    received.push({
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(parts),
    });
    behave?.(response, request);
    arrivals.emit('arrival');
  });
  server.on('connection', () => {
    connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const url = new URL(`http://127.0.0.1:${port}`);
  const arrived = async (count: number) => {
    while (received.length < count) await once(arrivals, 'arrival');
  };
  return { url, received, connectionCount: () => connections, arrived };
}

export const stores: Behaviour = (response) => {
  response.end(JSON.stringify({ stored: true, outcome: 'stored', samples: 1 }));
};

export function refuses(
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Behaviour {
  return (response) => {
    response.writeHead(status, headers).end(JSON.stringify({ error: { code: 'x', message } }));
  };
}

/** Takes the batch and then never answers. */
export const hangs: Behaviour = () => {};

/** Takes the batch and cuts the connection. */
export const cuts: Behaviour = (_, request) => {
  request.socket.destroy();
};
