import { createHash } from 'node:crypto';
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import {
  type AgentRelease,
  RELEASE_FILE,
  RELEASE_SIGNATURE_FILE,
} from '../../core/agent-release/release.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { messageOf } from '../log.ts';
import { readSignedRelease } from './signature.ts';

/** More is no description of a release. */
const DESCRIPTION_MAX_BYTES = 64 << 10;

/**
 * Is what stands on disk a release of the one whose key this is? Of a folder: the signature of its
 * release.json, and every file of the release that is there. Of a file: that too, for this one, by its
 * name or else by what it is when unpacked. One line, either way.
 */
export async function verifyOnDisk(
  path: string,
  publicKey: string,
): Promise<Result<string, string>> {
  try {
    const isFolder = statSync(path).isDirectory();
    const folder = isFolder ? path : dirname(path);
    const description = readSmall(join(folder, RELEASE_FILE));
    const signature = readSmall(join(folder, RELEASE_SIGNATURE_FILE)).toString('latin1');
    const release = readSignedRelease(description, signature, publicKey);
    if (!release.ok) return release;
    const signed = `${release.value.version}, signed by the key that this agent trusts`;
    if (!isFolder && basename(path) === RELEASE_FILE) return ok(`${RELEASE_FILE}: ${signed}`);
    if (!isFolder) return await verifyFile(path, release.value, signed);
    return await verifyFolder(path, release.value, signed);
  } catch (error) {
    return err(messageOf(error));
  }
}

/** The SHA-256 of a file, in hexadecimal. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(part);
  return hash.digest('hex');
}

async function verifyFile(
  path: string,
  release: AgentRelease,
  signed: string,
): Promise<Result<string, string>> {
  const found = await hashFile(path);
  const named = listed(release).get(basename(path));
  const isOne =
    named === undefined
      ? release.files.some(({ unpackedSha256 }) => unpackedSha256 === found)
      : named === found;
  if (isOne) return ok(`${path}: of ${signed}`);
  if (named === undefined) return err(`${path}: no file of ${signed}`);
  return err(`${path}: has SHA-256 ${found}, and ${RELEASE_FILE} says ${named}`);
}

async function verifyFolder(
  path: string,
  release: AgentRelease,
  signed: string,
): Promise<Result<string, string>> {
  let count = 0;
  for (const name of listed(release).keys()) {
    const file = join(path, name);
    if (statSync(file, { throwIfNoEntry: false }) === undefined) continue;
    const verified = await verifyFile(file, release, signed);
    if (!verified.ok) return verified;
    count += 1;
  }
  const files = count === 1 ? '1 file' : `${count} files`;
  return ok(`${path}: ${signed}; ${files} of it here, as signed`);
}

/** The SHA-256 of each file of a release, by name. */
function listed({ files, companions = [] }: AgentRelease): ReadonlyMap<string, string> {
  return new Map([...files, ...companions].map(({ name, sha256 }) => [name, sha256]));
}

function readSmall(path: string): Buffer {
  const { size } = statSync(path);
  if (size > DESCRIPTION_MAX_BYTES)
    throw new Error(`${path}: has ${size} bytes, which is too many`);
  return readFileSync(path);
}
