import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the server shall be. */
export interface IngestOrder {
  /** PEM. */
  readonly key: string;
  /** PEM: the server's, then its authority's, as public servers send them. */
  readonly certificate: string;
  readonly host: string;
  /** A second after each answer, as a server does that keeps none idle for a minute. */
  readonly closesConnections: boolean;
  /** Takes samples of any age and of the future: of an agent whose clock runs ahead. */
  readonly anyTime: boolean;
}

/** What the server has seen so far. */
export interface IngestReport {
  /** Both ways, with TLS and its handshakes, without the headers of TCP and IP. */
  readonly bytes: number;
  /** Of accepted batches alone. */
  readonly bodyBytes: number;
  readonly connections: number;
  readonly posts: number;
  /** Of the newest batch. */
  readonly seriesCount: number;
  /** Instants that were stored, each counted once. */
  readonly samples: number;
  /** Of these: the first and the last. */
  readonly firstMs: number;
  readonly lastMs: number;
}

export interface IngestServer {
  readonly url: string;
  /** A file with the authority's certificate: for NODE_EXTRA_CA_CERTS. */
  readonly authorityFile: string;
  report(): Promise<IngestReport>;
  /** From here on each post is answered with 503, or taken again. */
  refuse(refuses: boolean): void;
  stop(): Promise<void>;
}

const OPENSSL = 'openssl';
const PROGRAM = fileURLToPath(new URL('./ingest-process.ts', import.meta.url));

/** Starts a server with a certificate of its own in an empty folder. Needs the program `openssl`. */
export async function startIngestServer(
  folder: string,
  options: Omit<IngestOrder, 'key' | 'certificate'>,
): Promise<IngestServer> {
  const files = makeCertificates(folder);
  const child = fork(PROGRAM, { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const order: IngestOrder = {
    ...options,
    key: readFileSync(files.key, 'utf8'),
    certificate: readFileSync(files.certificate, 'utf8') + readFileSync(files.authority, 'utf8'),
  };
  child.send(order);
  const [{ port }] = await once(child, 'message');
  return {
    url: `https://localhost:${port}`,
    authorityFile: files.authority,
    async report() {
      child.send('report');
      const [{ report }] = await once(child, 'message');
      return report;
    },
    refuse: (refuses) => void child.send(refuses ? 'refuse' : 'accept'),
    async stop() {
      if (child.exitCode !== null) return;
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

/** An authority and a certificate for localhost by it, with keys as most public servers have them. */
function makeCertificates(folder: string): { key: string; certificate: string; authority: string } {
  const at = (name: string) => join(folder, name);
  const newKey = ['-newkey', 'rsa:2048', '-nodes', '-days', '30'];
  writeFileSync(at('san'), 'subjectAltName=DNS:localhost\n');
  const run = (...args: string[]) => execFileSync(OPENSSL, args, { stdio: 'ignore' });
  run('req', '-x509', ...newKey, '-keyout', at('ca.key'), '-out', at('ca.pem'), '-subj', '/CN=ca');
  run('req', ...newKey.slice(0, 3), '-keyout', at('key'), '-out', at('csr'), '-subj', '/CN=bench');
  const ca = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial'];
  run(
    'x509',
    '-req',
    '-in',
    at('csr'),
    ...ca,
    '-days',
    '30',
    '-extfile',
    at('san'),
    '-out',
    at('pem'),
  );
  return { key: at('key'), certificate: at('pem'), authority: at('ca.pem') };
}
