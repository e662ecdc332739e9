import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { extname, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';
import { FILE_LIST, type FileEntry, type FileList } from '../../functions/api/pages/file-list.ts';
import { BUNDLER } from './bundler.ts';
import { NOTICES, noticesOf } from './notices.ts';
import { ROOT, sourceHash } from './sources.ts';

/** Every build has a folder of its own here, named by the hash of its sources. */
const BUILDS = join(ROOT, 'dist', 'dashboard');
/** Builds of other sources are kept so long: another process may serve one. */
const KEEP_MS = 24 * 3_600_000;
const SERVICE_WORKER = 'service-worker.ts';
/** Beside the files that are served: the sources that they are made of, from the root. */
const SOURCE_LIST = 'sources.json';

/** The folder of the dashboard built from what the sources are now; `undefined`: it is not built. */
export function builtDashboard(): string | undefined {
  const folder = join(BUILDS, sourceHash());
  return existsSync(join(folder, FILE_LIST)) ? folder : undefined;
}

/** The sources that a build is made of, packages' among them, from the root. */
export function sourcesOf(folder: string): readonly string[] {
  // Written here, by `bundleInto`.
  return JSON.parse(readFileSync(join(folder, SOURCE_LIST), 'utf8')) as string[];
}

/** Builds the dashboard if it isn't, and gives its folder. Rejects with what the bundler complains of. */
export async function buildDashboard(): Promise<string> {
  const folder = join(BUILDS, sourceHash());
  if (existsSync(join(folder, FILE_LIST))) return folder;
  mkdirSync(BUILDS, { recursive: true });
  const made = mkdtempSync(join(BUILDS, 'making-'));
  try {
    await bundleInto(made);
    describe(made);
    place(made, folder);
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
  removeOld(folder);
  return folder;
}

async function bundleInto(folder: string): Promise<void> {
  // Loaded only when there is something to build.
  const [vite, esbuild] = await Promise.all([import('vite'), import('esbuild')]);
  const used = new Set<string>();
  const plugins = [noteSources((path) => used.add(path))];
  await vite.build({ ...BUNDLER, plugins, build: { ...BUNDLER.build, outDir: folder } });
  const worker = join(BUNDLER.root, SERVICE_WORKER);
  // One script at a fixed address: browsers compare it with the one they have, and by that address alone.
  const { metafile } = await esbuild.build({
    metafile: true,
    absWorkingDir: ROOT,
    entryPoints: [worker],
    outfile: join(folder, 'service-worker.js'),
    bundle: true,
    format: 'iife',
    minify: true,
    target: BUNDLER.build.target,
    legalComments: 'none',
    logLevel: 'error',
  });
  for (const path of Object.keys(metafile.inputs)) used.add(path);
  const sources = [...used].sort();
  writeFileSync(join(folder, SOURCE_LIST), JSON.stringify(sources));
  writeFileSync(join(folder, NOTICES), noticesOf(sources));
}

/** Tells of each source of which something is left in the bundle. */
function noteSources(note: (path: string) => void): Plugin {
  return {
    name: 'note-sources',
    generateBundle: (_options, bundle) => {
      for (const file of Object.values(bundle)) {
        if (file.type !== 'chunk') continue;
        for (const [id, { renderedLength }] of Object.entries(file.modules))
          if (renderedLength > 0 && id.startsWith(ROOT)) note(id.slice(ROOT.length + 1));
      }
    },
  };
}

/** Another process may have made the same meanwhile: then its is as good. */
function place(made: string, folder: string): void {
  try {
    renameSync(made, folder);
  } catch (error) {
    if (!existsSync(join(folder, FILE_LIST))) throw error;
  }
}

function removeOld(newest: string): void {
  for (const name of readdirSync(BUILDS)) {
    const folder = join(BUILDS, name);
    if (folder === newest) continue;
    const stat = statSync(folder, { throwIfNoEntry: false });
    if (stat !== undefined && Date.now() - stat.mtimeMs > KEEP_MS)
      rmSync(folder, { recursive: true, force: true });
  }
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
  '.txt': 'text/plain; charset=utf-8',
};

/** Beside each file what the API has to know to serve it, so that it reads none before it is asked for. */
function describe(folder: string): void {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    // For tests of sizes, and for what is said of the parts.
    .filter((path) => path !== BUNDLER.build.manifest && path !== SOURCE_LIST)
    .sort();
  const build = hashOf(paths.map((path) => hashOf(readFileSync(join(folder, path)))).join());
  const html = join(folder, 'index.html');
  writeFileSync(html, readFileSync(html, 'utf8').replace('%BUILD%', build));
  const files = Object.fromEntries(
    paths.map((path) => [`/${path.replaceAll('\\', '/')}`, describeFile(folder, path)]),
  );
  const list: FileList = { build, files };
  writeFileSync(join(folder, FILE_LIST), JSON.stringify(list));
}

function describeFile(folder: string, path: string): FileEntry {
  const file = join(folder, path);
  const type = MEDIA_TYPES[extname(path)];
  if (type === undefined) throw new Error(`${path}: no media type is known for its name`);
  const bytes = readFileSync(file);
  const isPacked = !type.startsWith('image/png');
  if (isPacked) {
    writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
    writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params }));
  }
  return { type, hash: hashOf(bytes), isPacked };
}

function hashOf(bytes: string | Buffer): string {
  return createHash('sha256').update(bytes).digest('base64url').slice(0, 16);
}
