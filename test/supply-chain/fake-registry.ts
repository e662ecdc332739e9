import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

/** A severity by package name: what the registry has against it, all versions. */
export type Known = Readonly<Record<string, string>>;

export interface FakeRegistry {
  readonly url: string;
  readonly close: () => void;
}

/** Speaks as much of npm's registry as an audit asks; `answer` may refuse to give advisories. */
export async function startRegistry(
  known: Known | 'refuses' | 'breaks off',
): Promise<FakeRegistry> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const isAudit = request.method === 'POST';
      if (isAudit && known === 'breaks off') request.socket.destroy();
      else if (isAudit && known === 'refuses') response.writeHead(405).end();
      else {
        const body = Buffer.concat(parts);
        const isPacked = request.headers['content-encoding'] === 'gzip';
        const text = (isPacked ? gunzipSync(body) : body).toString();
        const answer = isAudit ? advisories(known, text) : packument(request.url ?? '');
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify(answer));
      }
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function advisories(known: Known | string, asked: string): object {
  if (typeof known === 'string') return {};
  const found = Object.keys(JSON.parse(asked)).flatMap((name) => {
    const severity = known[name];
    if (severity === undefined) return [];
    const url = `https://github.com/advisories/GHSA-${name}`;
    const title = `Trouble in ${name}`;
    return [[name, [{ id: 1, url, title, severity, vulnerable_versions: '*', cwe: [] }]]];
  });
  return Object.fromEntries(found);
}

function packument(path: string): object {
  const name = decodeURIComponent(path.slice(1));
  const version = '1.0.0';
  return { name, 'dist-tags': { latest: version }, versions: { [version]: { name, version } } };
}
