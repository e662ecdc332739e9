import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type AgentFile,
  RELEASE_FILE,
  RELEASE_SIGNATURE_FILE,
} from '../../core/agent-release/release.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { messageOf } from '../log.ts';
import { runCommand } from '../run-command.ts';
import type { Disk } from './disk.ts';
import { download, unpack } from './download.ts';
import { type Layout, nextLinkOf, UNFINISHED_PREFIX } from './layout.ts';
import type { ReleaseSource, SignedRelease } from './release-source.ts';

/** What must be free beside the release, for everything else on that disk. */
const SPARE_BYTES = 32 << 20;

/** A cold start from a slow disk takes seconds. */
const SMOKE_LIMITS = { timeoutMs: 60_000, maxBytes: 64 << 10 };

/**
 * Downloads an executable, checks it and tries it out, and puts it into a folder of `versions` that is
 * not in use. The error says what is wrong with it, or in the way.
 */
export async function prepare(
  source: ReleaseSource,
  signed: SignedRelease,
  file: AgentFile,
  folder: string,
  configFile: string | undefined,
  { layout, disk }: { readonly layout: Layout; readonly disk: Disk },
): Promise<Result<void, string>> {
  const space = await checkSpace(layout.versionsDir, file.bytes + file.unpackedBytes);
  if (!space.ok) return space;
  const unfinished = mkdtempSync(join(layout.versionsDir, UNFINISHED_PREFIX));
  const packed = join(unfinished, file.name);
  const executable = join(unfinished, layout.executableName);
  try {
    const downloaded = await download(source, file, packed);
    if (!downloaded.ok) return downloaded;
    const unpacked = await unpack(packed, executable, file);
    if (!unpacked.ok) return unpacked;
    // What it has to judge by itself: would it take the next release?
    writeFileSync(join(unfinished, RELEASE_FILE), signed.description);
    writeFileSync(join(unfinished, RELEASE_SIGNATURE_FILE), signed.signature);
    const tried = await tryOut(executable, signed.release.version, unfinished, configFile);
    if (!tried.ok) return tried;
    const target = join(layout.versionsDir, folder);
    disk.remove(target);
    disk.makeFolder(target);
    disk.move(executable, join(target, layout.executableName));
    return ok(undefined);
  } finally {
    disk.remove(unfinished);
  }
}

/** Removes what an updater that was killed had not finished. */
export function removeUnfinished({ layout, disk }: { layout: Layout; disk: Disk }): void {
  for (const name of readdirSync(layout.versionsDir)) {
    if (name.startsWith(UNFINISHED_PREFIX)) disk.remove(join(layout.versionsDir, name));
  }
  disk.remove(nextLinkOf(layout));
}

/**
 * Does an executable start, is it what it should be, can it use this host's configuration and, given a
 * folder with its release, does it trust who signed it?
 */
export async function tryOut(
  executable: string,
  version: string,
  releaseDir: string | undefined,
  configFile: string | undefined,
): Promise<Result<void, string>> {
  const config = configFile === undefined ? [] : ['--config', configFile];
  const steps = [
    ['--version'],
    [...config, 'config', 'check'],
    ...(releaseDir === undefined ? [] : [['update', '--verify', releaseDir]]),
  ];
  for (const args of steps) {
    const what = `\`${args.join(' ')}\` of ${version}`;
    try {
      const { exitCode, stdout, stderr } = await runCommand(executable, args, SMOKE_LIMITS);
      const said = messageOf(stderr || stdout).trim();
      if (exitCode !== 0) return err(`${what} ended with ${exitCode ?? 'a signal'}: ${said}`);
      if (args[0] === '--version' && stdout.trim() !== version) return err(`${what} said ${said}`);
    } catch (error) {
      return err(`${what}: ${messageOf(error)}`);
    }
  }
  return ok(undefined);
}

async function checkSpace(folder: string, wantedBytes: number): Promise<Result<void, string>> {
  const { bavail, bsize } = await statfs(folder);
  const freeBytes = bavail * bsize;
  if (freeBytes >= wantedBytes + SPARE_BYTES) return ok(undefined);
  const megabytes = (bytes: number) => `${Math.ceil(bytes / 1e6)} MB`;
  return err(
    `${folder}: ${megabytes(freeBytes)} are free, ${megabytes(wantedBytes + SPARE_BYTES)} needed`,
  );
}
