import { createPublicKey, verify } from 'node:crypto';
import {
  type AgentRelease,
  parseAgentRelease,
  RELEASE_FILE,
  RELEASE_SIGNATURE_FILE,
} from '../../core/agent-release/release.ts';
import { err, type Result } from '../../core/result.ts';

/** An Ed25519 signature has 64 bytes. Source: RFC 8032, 5.1.6. */
const SIGNATURE_BYTES = 64;

/** A release's description, if it was signed by the one whose public key (SPKI, PEM) this is. */
export function readSignedRelease(
  description: Uint8Array,
  signature: string,
  publicKey: string,
): Result<AgentRelease, string> {
  const bytes = Buffer.from(signature.trim(), 'base64');
  if (bytes.length !== SIGNATURE_BYTES) return err(`${RELEASE_SIGNATURE_FILE} is no signature`);
  if (!verify(null, description, createPublicKey(publicKey), bytes)) {
    return err(`${RELEASE_FILE} is not signed by the key that this agent trusts`);
  }
  return parseAgentRelease(Buffer.from(description).toString('utf8'));
}
