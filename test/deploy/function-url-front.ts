import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { makeAuthorityIn } from '../agent/trust/certificates.ts';

const INTO_THE_CLOUD = fileURLToPath(new URL('./into-the-cloud.ts', import.meta.url));

/** What stands where Function URLs lead to: it speaks TLS under their names, as AWS does, and sends on. */
export interface FunctionUrlFront {
  /** The environment of a Node process for which the addresses of Function URLs are real. */
  readonly environment: Readonly<Record<string, string>>;
  readonly stop: () => Promise<void>;
}

/** Starts one in front of an emulator's endpoint. The emulator tells functions apart by the host's name. */
export async function startFunctionUrlFront(endpoint: string): Promise<FunctionUrlFront> {
  const folder = await mkdtemp(join(tmpdir(), 'hypervigil-front-'));
  const authority = makeAuthorityIn(folder, 'a front of the tests', [
    'DNS:*.lambda-url.us-east-1.on.aws',
  ]);
  const { hostname, port } = new URL(endpoint);
  const agent = new Agent({ keepAlive: true });
  const server = createServer(authority.server, (incoming, answer) => {
    const { method, url: path, headers } = incoming;
    const onward = request({ agent, hostname, port, method, path, headers }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      pipeline(response, answer, () => undefined);
    });
    // As a load balancer whose target has gone.
    onward.on('error', () => (answer.headersSent ? answer.destroy() : answer.writeHead(502).end()));
    pipeline(incoming, onward, () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port: ownPort } = server.address() as AddressInfo;
  return {
    environment: {
      NODE_OPTIONS: `--import=${INTO_THE_CLOUD}`,
      NODE_EXTRA_CA_CERTS: authority.file,
      FUNCTION_URL_PORT: String(ownPort),
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      agent.destroy();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
