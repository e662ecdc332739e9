import { connect } from 'node:net';
import { errorCode } from '../proc/host-files.ts';
import { askSelf } from '../run/ask-self.ts';
import type { Roots } from './learn-roots.ts';
import { decodeRootsAnswer } from './roots-answer.ts';

/** Longer than its two handshakes may take. */
const LEARN_WITHIN_MS = 20_000;
const REACH_WITHIN_MS = 10_000;

/** What OpenSSL says of a chain that none of the given certificates vouches for. Source: X509_verify_cert_error_string(3). */
const UNTRUSTED = new Set([
  ...['UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'CERT_UNTRUSTED'],
  ...['SELF_SIGNED_CERT_IN_CHAIN', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'CERT_HAS_EXPIRED'],
  ...['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'CERT_SIGNATURE_FAILURE', 'INVALID_CA'],
]);

/** Is a server not trusted with these certificates? It may be with others. */
export function isUntrusted(error: unknown): boolean {
  return UNTRUSTED.has(errorCode(error));
}

/** For one server, or for each: those that vouch for it. Rejects while nobody can tell. */
export type RootsOf = (url: URL, signal?: AbortSignal) => Promise<Roots>;

/**
 * Asks a process of its own, which alone loads all certificates that this machine trusts: of some 140
 * one is needed, and all of them take 0.7 MB for as long as they might be.
 */
export const askForRoots: RootsOf = async (url, signal) => {
  // Where there is no way to the server, no process need be started to find that out.
  await reach(url, signal);
  const args = ['trust', '--server', url.origin];
  const { text, exitCode } = await askSelf(args, { timeoutMs: LEARN_WITHIN_MS, signal });
  if (text === undefined) throw new Error(`can't tell whom to trust: exit code ${exitCode}`);
  const answer = decodeRootsAnswer(text);
  if (answer.ok) return answer.value;
  const { code, message } = answer.error;
  throw Object.assign(new Error(message), { code });
};

function reach(url: URL, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    const socket = connect({ host, port: Number(url.port || 443) });
    const abort = () => socket.destroy(new DOMException('given up', 'AbortError'));
    signal?.addEventListener('abort', abort, { once: true });
    socket.setTimeout(REACH_WITHIN_MS, () => {
      socket.destroy(new DOMException('no answer in time', 'TimeoutError'));
    });
    socket.once('connect', () => socket.destroy());
    socket.once('error', reject);
    socket.once('close', () => {
      signal?.removeEventListener('abort', abort);
      resolve();
    });
    if (signal?.aborted) abort();
  });
}
