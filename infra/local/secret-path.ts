import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';

const SECRET_BYTES = 32;

/**
 * Puts a server behind a path nobody can guess, and gives that path. A port of the loopback address is open to
 * every user of the machine, and to every web page that one of them looks at: the embedded table and SNS check no
 * signature, and the table lets pages of any origin read. So whoever does not know the path gets no further than
 * this; it is never written down or printed. Call it before the server listens.
 */
export function hideBehindSecretPath(server: Server): string {
  const path = `/${randomBytes(SECRET_BYTES).toString('base64url')}`;
  const behind = server.listeners('request');
  server.removeAllListeners('request');
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (!isSame(firstSegment(request.url ?? ''), path)) {
      request.resume();
      response.writeHead(404, { connection: 'close' });
      return void response.end();
    }
    for (const listener of behind) listener.call(server, request, response);
  });
  return path;
}

/** `/a` of `/a`, `/a/` and `/a/b?c`. */
function firstSegment(url: string): string {
  return /^\/[^/?]*/.exec(url)?.[0] ?? '';
}

function isSame(given: string, path: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(path)];
  return a.length === b.length && timingSafeEqual(a, b);
}
