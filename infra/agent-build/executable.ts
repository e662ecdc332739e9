import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { COMMANDS_ASSET } from '../../agent/embedded-commands.ts';
import { RUNTIME_FLAGS } from '../../agent/runtime-flags.ts';
import { BUNDLE_NAME, type BundleParts } from './agent-bundle.ts';
import { withoutDeadlockCheck } from './deadlock-check.ts';
import { stripElf } from './elf.ts';
import { removeAuthenticode } from './pe.ts';
import { NODE_VERSION } from './platforms.ts';

const run = promisify(execFile);

/** What Node looks for in itself. Source: Node's doc/api/single-executable-applications.md. */
const BLOB_NAME = 'NODE_SEA_BLOB';
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

/**
 * Makes the blob of a bundle, and says where it is. It is the same for all platforms, as it has
 * neither code cache nor snapshot; it names its script, hence the relative paths. Throws unless run
 * by the very Node it is for.
 */
export async function makeBlob({ main, commands }: BundleParts, dir: string): Promise<string> {
  if (process.version !== `v${NODE_VERSION}`)
    throw new Error(
      `this is Node ${process.version}, and the blob must be made by v${NODE_VERSION}: npm ci brings it, npm run agent:build uses it`,
    );
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, BUNDLE_NAME), main);
  await writeFile(join(dir, COMMANDS_ASSET), commands);
  const config = {
    main: BUNDLE_NAME,
    output: 'agent.blob',
    disableExperimentalSEAWarning: true,
    useSnapshot: false,
    useCodeCache: false,
    execArgv: RUNTIME_FLAGS,
    // A NODE_OPTIONS that is set for the whole machine is meant for other programs. `--node-options=` as
    // an argument is how the agent gives itself one when it replaces its process.
    execArgvExtension: 'cli',
    assets: { [COMMANDS_ASSET]: COMMANDS_ASSET },
  };
  await writeFile(join(dir, 'sea.json'), JSON.stringify(config));
  await run(process.execPath, ['--experimental-sea-config', 'sea.json'], { cwd: dir });
  return join(dir, config.output);
}

/**
 * Makes an executable of Node's and a blob. Its symbols go, and the signature of who built Node,
 * which no longer holds.
 */
export async function makeExecutable(node: string, blob: string, out: string): Promise<void> {
  await copyFile(node, out);
  const bytes = await readFile(out);
  await writeFile(
    out,
    isPe(bytes) ? removeAuthenticode(bytes) : stripElf(withoutDeadlockCheck(bytes)),
  );
  const postject = fileURLToPath(import.meta.resolve('postject/dist/cli.js'));
  const { stdout } = await run(process.execPath, [
    ...[postject, out, BLOB_NAME, blob],
    ...['--sentinel-fuse', FUSE],
  ]).catch((error: { stdout?: string }) => ({ stdout: `failed: ${error.stdout ?? error}` }));
  if (!stdout.includes('Injection done')) throw new Error(`${out}: postject: ${stdout.trim()}`);
}

function isPe(bytes: Uint8Array): boolean {
  return bytes[0] === 0x4d && bytes[1] === 0x5a; // "MZ"
}
