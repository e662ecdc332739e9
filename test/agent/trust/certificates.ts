import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Of every system this is tested on. */
const OPENSSL = 'openssl';

export interface Authority {
  readonly certificate: string;
  /** A file with the certificate, as NODE_EXTRA_CA_CERTS names one. */
  readonly file: string;
  /** A server's key and certificate for localhost. */
  readonly server: { readonly key: string; readonly cert: string };
}

/** A certificate authority that nobody knows, and a server with a certificate of it. Needs `openssl`. */
export function makeAuthority(name: string): Authority {
  const folder = mkdtempSync(join(tmpdir(), 'hypervigil-ca-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return makeAuthorityIn(folder, name, ['DNS:localhost', 'IP:127.0.0.1']);
}

/** The same in a folder that somebody else removes, its server under other names: `DNS:*.example.org`. */
export function makeAuthorityIn(
  folder: string,
  name: string,
  serverNames: readonly string[],
): Authority {
  const openssl = (...args: string[]) =>
    execFileSync(OPENSSL, args, { cwd: folder, stdio: 'pipe' });
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-batch'];
  openssl('req', '-x509', ...ec, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', `/CN=${name}`);
  openssl('req', ...ec, '-keyout', 'key.pem', '-out', 'csr.pem', '-subj', '/CN=localhost');
  writeFileSync(join(folder, 'names'), `subjectAltName=${serverNames.join(',')}\n`);
  openssl(
    ...['x509', '-req', '-in', 'csr.pem', '-CA', 'ca.pem', '-CAkey', 'ca.key'],
    ...['-CAcreateserial', '-extfile', 'names', '-out', 'cert.pem'],
  );
  const text = (file: string) => readFileSync(join(folder, file), 'utf8');
  return {
    certificate: text('ca.pem'),
    file: join(folder, 'ca.pem'),
    server: { key: text('key.pem'), cert: text('cert.pem') },
  };
}
