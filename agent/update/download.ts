import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { AgentFile } from '../../core/agent-release/release.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { messageOf } from '../log.ts';
import { ask, laterFor, type ReleaseSource } from './release-source.ts';
import { type Attempt, persist } from './retry.ts';

/** Only root may change it, all may run it. */
const EXECUTABLE_MODE = 0o755;

interface Received {
  bytes: number;
  hash: Hash;
}

/**
 * Downloads a file of the release to `path`, which must not be there yet; goes on where it was cut.
 * What arrives is the file that the release describes, or an error.
 */
export async function download(
  source: ReleaseSource,
  file: Pick<AgentFile, 'name' | 'bytes' | 'sha256'>,
  path: string,
): Promise<Result<void, string>> {
  const handle = await open(path, 'wx', 0o600);
  try {
    const received: Received = { bytes: 0, hash: createHash('sha256') };
    const done = await persist(() => receive(source, file, handle, received), source.retry);
    if (!done.ok) return done;
    if (received.hash.digest('hex') === file.sha256) return ok(undefined);
    return err(`${file.name} has not the hash that the release says: it was changed on its way`);
  } finally {
    await handle.close();
  }
}

/** Gets what is still missing of a file. */
async function receive(
  source: ReleaseSource,
  { name, bytes: wanted }: Pick<AgentFile, 'name' | 'bytes'>,
  handle: FileHandle,
  received: Received,
): Promise<Attempt<void>> {
  const before = received.bytes;
  const asked = await ask(source, name, before);
  if (asked.kind !== 'done') return asked;
  const answer = asked.value;
  const isLonger = { kind: 'refused', message: `${name} is longer than the release says` } as const;
  if (!goesOnAt(answer, before)) {
    // All of it, from the beginning; or nothing that fits.
    received.bytes = 0;
    received.hash = createHash('sha256');
    if (answer.statusCode !== 200) {
      answer.destroy();
      return { kind: 'later', message: `${source.url.host} does not go on with ${name}` };
    }
  }
  try {
    for await (const part of answer) {
      if (received.bytes + part.length > wanted) return isLonger;
      received.hash.update(part);
      await writeAll(handle, part, received.bytes);
      received.bytes += part.length;
    }
  } catch (error) {
    // Such as a full disk: no fault of the network.
    if (error instanceof WriteError) return { kind: 'refused', message: error.message };
    return laterFor(error, source, received.bytes > before);
  }
  if (received.bytes === wanted) return { kind: 'done', value: undefined };
  const message = `${name} ended after ${received.bytes} of ${wanted} bytes`;
  return { kind: 'later', message, hasProgressed: received.bytes > before };
}

/** Does an answer begin with the byte that was asked for? */
function goesOnAt({ statusCode, headers }: IncomingMessage, byte: number): boolean {
  if (byte === 0) return statusCode === 200;
  return statusCode === 206 && headers['content-range']?.startsWith(`bytes ${byte}-`) === true;
}

/** Unpacks a downloaded file into an executable, which is on the disk then. */
export async function unpack(
  packed: string,
  path: string,
  { name, unpackedBytes, unpackedSha256 }: AgentFile,
): Promise<Result<void, string>> {
  const hash = createHash('sha256');
  let bytes = 0;
  const handle = await open(path, 'wx', EXECUTABLE_MODE);
  try {
    await pipeline(createReadStream(packed), createGunzip(), async (parts) => {
      for await (const part of parts) {
        if (bytes + part.length > unpackedBytes) throw new Error('is longer than the release says');
        hash.update(part);
        await writeAll(handle, part, bytes);
        bytes += part.length;
      }
    });
    // Not what the umask left of it.
    await handle.chmod(EXECUTABLE_MODE);
    await handle.sync();
  } catch (error) {
    return err(`${name}, unpacked: ${messageOf(error)}`);
  } finally {
    await handle.close();
  }
  if (hash.digest('hex') === unpackedSha256) return ok(undefined);
  return err(`${name}, unpacked, has not the hash that the release says`);
}

class WriteError extends Error {}

async function writeAll(handle: FileHandle, part: Uint8Array, position: number): Promise<void> {
  try {
    for (let done = 0; done < part.length; ) {
      done += (await handle.write(part, done, part.length - done, position + done)).bytesWritten;
    }
  } catch (error) {
    throw new WriteError(messageOf(error));
  }
}
