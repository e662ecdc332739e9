import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** Where the private key is: `HYPERVIGIL_SIGNING_KEY`, else in the configuration of who builds. */
export function signingKeyFile(environment: Readonly<Record<string, string | undefined>>): string {
  const { HYPERVIGIL_SIGNING_KEY: named, XDG_CONFIG_HOME } = environment;
  if (named !== undefined && named !== '') return named;
  const config = XDG_CONFIG_HOME || join(homedir(), '.config');
  return join(config, 'hypervigil', 'release-signing-key.pem');
}

/**
 * The private Ed25519 key (PKCS #8, PEM) that signs releases; made at first use, readable by its
 * owner only. Throws, naming the file, when there is something else in it.
 */
export function signingKey(file: string): { key: KeyObject; isNew: boolean } {
  const made = makeKey(file);
  const key = readKey(file);
  if (key.asymmetricKeyType !== 'ed25519')
    throw new Error(`${file}: an Ed25519 key is needed, this is ${key.asymmetricKeyType}`);
  return { key, isNew: made };
}

/** The key that agents check a release with (SPKI, PEM). */
export function publicKeyOf(key: KeyObject): string {
  return createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();
}

/** What `RELEASE_SIGNATURE_FILE` says of these bytes: one line of base64. */
export function signatureOf(bytes: Uint8Array, key: KeyObject): string {
  return `${sign(null, bytes, key).toString('base64')}\n`;
}

function makeKey(file: string): boolean {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
  try {
    writeFileSync(file, pem, { mode: 0o600, flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function readKey(file: string): KeyObject {
  try {
    return createPrivateKey(readFileSync(file));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${file}: not a private key in PEM: ${reason}`);
  }
}
