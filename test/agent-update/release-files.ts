import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import {
  type AgentPlatform,
  formatAgentRelease,
  RELEASE_FILE,
  RELEASE_SIGNATURE_FILE,
} from '../../core/agent-release/release.ts';

/** What every agent of these tests is built for. */
export const PLATFORM: AgentPlatform = 'linux-x64';

/** A pair of keys: one signs releases, the other is in the agents. */
export function makeKeys(): { readonly privateKey: KeyObject; readonly publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { privateKey, publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString() };
}

/** A signed release of one executable, as files by name. */
export function makeRelease(
  version: string,
  executable: string,
  privateKey: KeyObject,
): Map<string, Buffer> {
  const unpacked = Buffer.from(executable);
  const packed = gzipSync(unpacked);
  const name = `hypervigil-agent-${version}-${PLATFORM}.gz`;
  const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
  const description = Buffer.from(
    formatAgentRelease({
      version,
      files: [
        {
          ...{ platform: PLATFORM, name, bytes: packed.length, sha256: hash(packed) },
          ...{ unpackedBytes: unpacked.length, unpackedSha256: hash(unpacked) },
        },
      ],
    }),
  );
  const signature = Buffer.from(`${sign(null, description, privateKey).toString('base64')}\n`);
  return new Map([
    [RELEASE_FILE, description],
    [RELEASE_SIGNATURE_FILE, signature],
    [name, packed],
  ]);
}
