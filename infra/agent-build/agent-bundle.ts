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
  /** Those of which something is left in it. */
  readonly used: readonly string[];
}

/** The agent as a single executable has it. */
export interface BundleParts {
  /** What runs first, and `run`: all that a process needs that lasts for months. */
  readonly main: string;
  /** Every other command, for which `main` looks under the name of `COMMANDS_ASSET`. */
  readonly commands: string;
}

/**
 * Bundles agent/main.ts and all it needs. The same sources give the same bytes. All of them are
 * ASCII: V8 keeps any other text in twice the memory. `plugins`: what a bench makes of it.
 */
export async function bundleAgent(
  facts: BuildFacts,
  plugins: readonly Plugin[] = [],
): Promise<AgentBundle> {
  return bundle(MAIN, facts, plugins);
}

/** Bundles the same in two parts. */
export async function bundleParts(facts: BuildFacts): Promise<BundleParts> {
  const [main, commands] = await Promise.all([
    bundle(MAIN, facts, [withoutCommands]),
    bundle(COMMAND_LINE, facts, []),
  ]);
  return { main: main.text, commands: commands.text };
}

const MAIN = 'agent/main.ts';
const COMMAND_LINE = 'agent/command-line.ts';

/**
 * The command line is imported only where it is not found in the executable. The library for facts of
 * a host is not used by what lasts, on the systems that executables are made for.
 */
const withoutCommands: Plugin = {
  name: 'without commands',
  setup({ onResolve }) {
    onResolve({ filter: /^(\.\/command-line\.ts|systeminformation)$/ }, ({ path }) => ({
      path,
      external: true,
    }));
  },
};

async function bundle(
  entry: string,
  { version, releaseKey }: BuildFacts,
  plugins: readonly Plugin[],
): Promise<AgentBundle> {
  const result = await build({
    entryPoints: [entry],
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
  if (file === undefined) throw new Error(`${entry}: esbuild made no file`);
  const text = escapeRest(file.text);
  const { inputs, outputs } = result.metafile;
  const left = Object.values(outputs).flatMap((output) => Object.entries(output.inputs));
  const used = left.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path);
  return { text, inputs: Object.keys(inputs).sort(), used: used.sort() };
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
