import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { connect, type DetailedPeerCertificate, getCACertificates, type TLSSocket } from 'node:tls';

/** Which certificates (PEM) vouch for a server; `default`: those that OpenSSL finds by itself. */
export type Roots = readonly string[] | 'default';

/** A chain has three or four; no server's may keep us busy. */
const CHAIN_MAX = 20;

/**
 * Connects to a server as Node does, with all that it trusts on this machine (its own roots,
 * NODE_EXTRA_CA_CERTS, --use-system-ca), and finds out which of those are enough: at most those that
 * could have signed its chain, if with them alone it is trusted as well, else all. Rejects where the
 * server is not trusted or can't be reached.
 */
export async function learnRoots(url: URL, withinMs: number): Promise<Roots> {
  const chain = await chainOf(url, withinMs);
  if (usesOpenSslRoots()) return 'default';
  const trusted = getCACertificates('default');
  // Only from what is trusted: the server may have sent any certificate along.
  const few = trusted.filter((pem) => hasSigned(new X509Certificate(pem), chain));
  if (few.length === 0) return trusted;
  try {
    await chainOf(url, withinMs, few);
    return few;
  } catch {
    return trusted;
  }
}

/** Whoever runs this wants that, and it can't be listed. */
function usesOpenSslRoots(): boolean {
  const options = [...process.execArgv, ...(process.env['NODE_OPTIONS'] ?? '').split(/\s+/)];
  return options.includes('--use-openssl-ca');
}

function hasSigned(root: X509Certificate, chain: readonly X509Certificate[]): boolean {
  return chain.some((one) => one.checkIssued(root) || one.raw.equals(root.raw));
}

/** The certificates of a trusted server, its own first. */
async function chainOf(
  url: URL,
  withinMs: number,
  ca?: readonly string[],
): Promise<readonly X509Certificate[]> {
  const socket = await handshake(url, withinMs, ca);
  const chain: X509Certificate[] = [];
  let next: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  socket.destroy();
  while (next?.raw !== undefined && chain.length < CHAIN_MAX) {
    chain.push(new X509Certificate(next.raw));
    // A root is its own issuer.
    next = next.issuerCertificate === next ? undefined : next.issuerCertificate;
  }
  return chain;
}

function handshake(url: URL, withinMs: number, ca?: readonly string[]): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    const socket = connect({
      host,
      port: Number(url.port || 443),
      ALPNProtocols: ['http/1.1'],
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(ca === undefined ? {} : { ca: [...ca] }),
    });
    socket.setTimeout(withinMs, () => {
      socket.destroy(new DOMException('no answer in time', 'TimeoutError'));
    });
    socket.once('secureConnect', () => resolve(socket));
    socket.on('error', reject);
  });
}
