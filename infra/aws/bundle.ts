import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type BuildOptions, buildSync, type Metafile } from 'esbuild';

/** The repository's root: entries and assets are named from here. */
export const ROOT = join(import.meta.dirname, '..', '..');

/**
 * ESM, because the sources are. A CommonJS package inside calls `require` for Node's own modules,
 * which ESM lacks: the banner makes one. Identifiers keep their names so that a stack trace in the
 * log still says something. The SDK is bundled: pinned, tested here, and faster to load than the
 * runtime's.
 */
const OPTIONS = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
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

/** A Lambda's code on disk: `index.mjs`, and the folders copied beside it. */
export interface Bundle {
  readonly directory: string;
  readonly metafile: Metafile;
}

/**
 * Bundles one Lambda into a new temporary folder, which goes when this process ends.
 *
 * @param entry the handler's file, from the root
 * @param copies files and folders to put beside the bundle: from (seen from the root) and to (in the bundle)
 */
export function bundle(
  entry: string,
  copies: readonly { readonly from: string; readonly to: string }[] = [],
): Bundle {
  const directory = mkdtempSync(join(tmpdir(), 'hypervigil-bundle-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  const { metafile } = buildSync({
    ...OPTIONS,
    entryPoints: [entry],
    outfile: join(directory, 'index.mjs'),
  });
  for (const { from, to } of copies)
    cpSync(resolve(ROOT, from), join(directory, to), { recursive: true });
  return { directory, metafile };
}
