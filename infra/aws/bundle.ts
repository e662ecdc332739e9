import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type BuildOptions, buildSync, type Metafile } from 'esbuild';

/** The repository's root: entries and assets are named from here. */
export const ROOT = join(import.meta.dirname, '..', '..');

/**
 * ESM, because the sources are. A CommonJS package inside calls `require` for Node's own modules,
 * which ESM lacks: the banner makes one. Identifiers keep their names so that a stack trace in the
 * log still says something. The SDK is bundled: pinned, tested here, and faster to load than the
 * runtime's. What is imported only when it is needed has files of its own.
 */
const OPTIONS = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  splitting: true,
  mainFields: ['module', 'main'],
  banner: {
    js: "import { createRequire as createRequire_ } from 'node:module'; const require = createRequire_(import.meta.url);",
  },
  minify: true,
  keepNames: true,
  legalComments: 'none',
  logLevel: 'error',
  metafile: true,
  alias: { '@aws-sdk/credential-provider-node': './infra/aws/lambda-credentials.ts' },
  absWorkingDir: ROOT,
} as const satisfies BuildOptions;

/** A Lambda's code on disk: `index.mjs`, what that imports, and the folders copied beside it. */
export interface Bundle {
  readonly directory: string;
  readonly metafile: Metafile;
}

/** All bundles of one process lie in one folder, which is named by its id. */
const FOLDER = /^hypervigil-bundles-(\d+)-/;
let folder: string | undefined;

/**
 * Bundles one Lambda into a new temporary folder, which goes when this process ends, or when the next
 * one bundles if this one is killed.
 *
 * @param entry the handler's file, from the root
 * @param copies files and folders to put beside the bundle: from (seen from the root) and to (in the bundle)
 */
export function bundle(
  entry: string,
  copies: readonly { readonly from: string; readonly to: string }[] = [],
): Bundle {
  const directory = mkdtempSync(join(bundleFolder(), 'bundle-'));
  const { metafile } = buildSync({
    ...OPTIONS,
    entryPoints: [{ in: entry, out: 'index' }],
    outdir: directory,
    outExtension: { '.js': '.mjs' },
  });
  removeUnused(metafile);
  for (const { from, to } of copies)
    cpSync(resolve(ROOT, from), join(directory, to), { recursive: true });
  return { directory, metafile };
}

/** What only code for browsers loads has a file too, though that code is left out. */
function removeUnused({ outputs }: Metafile): void {
  const files = Object.keys(outputs);
  const used = new Set(files.filter((file) => file.endsWith('/index.mjs')));
  for (const file of used)
    for (const { path } of outputs[file]?.imports ?? []) if (path in outputs) used.add(path);
  for (const file of files) if (!used.has(file)) rmSync(join(ROOT, file));
}

/** Ends all bundles of this process now: for one that is going to be killed, as test runners do with theirs. */
export function removeBundles(): void {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  folder = undefined;
}

function bundleFolder(): string {
  if (folder !== undefined) return folder;
  removeThoseOfTheDead();
  process.once('exit', removeBundles);
  folder = mkdtempSync(join(tmpdir(), `hypervigil-bundles-${process.pid}-`));
  return folder;
}

function removeThoseOfTheDead(): void {
  for (const name of readdirSync(tmpdir())) {
    const [, pid] = FOLDER.exec(name) ?? [];
    if (pid === undefined || isAlive(Number(pid))) continue;
    try {
      rmSync(join(tmpdir(), name), { recursive: true, force: true });
    } catch {
      // Of another user, who has to remove it.
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of another user's is alive too.
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}
