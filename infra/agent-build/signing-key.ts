import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * Where the private key is: `HYPERVIGIL_SIGNING_KEY`, else in the configuration of who builds. A file that
 * was named is somebody's key: one that is missing is not made (`isNamed`).
 */
export function signingKeyFile(environment: Readonly<Record<string, string | undefined>>): {
  readonly file: string;
  readonly isNamed: boolean;
} {
  const { HYPERVIGIL_SIGNING_KEY: named, XDG_CONFIG_HOME } = environment;
  if (named !== undefined && named !== '') return { file: named, isNamed: true };
  const config = XDG_CONFIG_HOME || join(homedir(), '.config');
  return { file: join(config, 'hypervigil', 'release-signing-key.pem'), isNamed: false };
}

/**
 * The private key in a file that must be there: a typo, or a disk that is not mounted, must not make a
 * release that no installed agent accepts.
 */
export function namedSigningKey(file: string): KeyObject {
  if (!existsSync(file))
    throw new Error(
      `HYPERVIGIL_SIGNING_KEY: there is no ${file}. Agents accept only what the key signs that they were built with, so none is made in its place; --new-key makes one`,
    );
  return signingKey(file).key;
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
