import { createHash, type KeyObject } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import {
  type AgentFile,
  type AgentPlatform,
  type AgentRelease,
  type CompanionFile,
  formatAgentRelease,
  parseAgentRelease,
  RELEASE_FILE,
  RELEASE_SIGNATURE_FILE,
} from '../../core/agent-release/release.ts';
import { publicKeyOf, signatureOf } from './signing-key.ts';

const compress = promisify(gzip);

/** The public key beside a release, for those who check it with another program. */
const RELEASE_KEY_FILE = 'release-key.pem';

/** Compresses an executable into the release's folder, and describes it. Node's gzip has no time in it. */
export async function addExecutable(
  executable: string,
  platform: AgentPlatform,
  version: string,
  outDir: string,
): Promise<AgentFile> {
  const unpacked = await readFile(executable);
  const packed = await compress(unpacked, { level: 9 });
  const name = `hypervigil-agent-${version}-${platform}.gz`;
  await writeFile(join(outDir, name), packed);
  return {
    platform,
    name,
    bytes: packed.length,
    sha256: sha256(packed),
    unpackedBytes: unpacked.length,
    unpackedSha256: sha256(unpacked),
  };
}

/** Describes a file that is in the release's folder already. */
export async function describeCompanion(
  name: string,
  platform: AgentPlatform,
  outDir: string,
): Promise<CompanionFile> {
  const bytes = await readFile(join(outDir, name));
  return { platform, name, bytes: bytes.length, sha256: sha256(bytes) };
}

/** Writes the description, its signature and the public key. Throws for what agents would refuse. */
export async function writeRelease(
  release: AgentRelease,
  key: KeyObject,
  outDir: string,
): Promise<void> {
  const text = formatAgentRelease(release);
  const parsed = parseAgentRelease(text);
  if (!parsed.ok) throw new Error(parsed.error);
  await writeFile(join(outDir, RELEASE_FILE), text);
  await writeFile(join(outDir, RELEASE_SIGNATURE_FILE), signatureOf(Buffer.from(text), key));
  await writeFile(join(outDir, RELEASE_KEY_FILE), publicKeyOf(key));
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
