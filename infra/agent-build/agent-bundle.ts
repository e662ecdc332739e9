import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';

/** The repository's root. */
export const ROOT = join(import.meta.dirname, '..', '..');

/** The agent as one file of ASCII: a CommonJS module, which a single executable needs. */
export const BUNDLE_NAME = 'hypervigil-agent.cjs';

/** What is built into an agent. */
export interface BuildFacts {
  readonly version: string;
  /** The public key of releases that may replace it (SPKI, PEM). */
  readonly releaseKey: string;
}

export interface AgentBundle {
  readonly text: string;
  /** The bundled files, from the root. */
  readonly inputs: readonly string[];
}

/**
 * Bundles agent/main.ts and all it needs. The same sources give the same bytes. All of them are
 * ASCII: V8 keeps any other text in twice the memory. `plugins`: what a bench makes of it.
 */
export async function bundleAgent(
  { version, releaseKey }: BuildFacts,
  plugins: readonly Plugin[] = [],
): Promise<AgentBundle> {
  const result = await build({
    entryPoints: ['agent/main.ts'],
    absWorkingDir: ROOT,
    outfile: BUNDLE_NAME,
    write: false,
    metafile: true,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    mainFields: ['module', 'main'],
    charset: 'ascii',
    minify: true,
    legalComments: 'none',
    logLevel: 'error',
    define: { HYPERVIGIL_RELEASE_KEY: JSON.stringify(releaseKey) },
    plugins: [manifestOf(version), ...plugins],
  });
  const [file] = result.outputFiles;
  if (file === undefined) throw new Error('agent/main.ts: esbuild made no file');
  const text = escapeRest(file.text);
  return { text, inputs: Object.keys(result.metafile.inputs).sort() };
}

/** esbuild escapes what is in strings and names, but leaves regular expressions as they are. */
function escapeRest(text: string): string {
  return text.replace(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Of package.json the agent needs no more than the version, which the build may set. */
function manifestOf(version: string): Plugin {
  const manifest = join(ROOT, 'package.json');
  return {
    name: 'manifest',
    setup({ onLoad }) {
      onLoad({ filter: /package\.json$/ }, ({ path }) =>
        path === manifest ? { contents: JSON.stringify({ version }), loader: 'json' } : undefined,
      );
    },
  };
}
