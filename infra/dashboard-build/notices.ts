import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './sources.ts';

/** Where the licences of what others wrote are served. */
export const NOTICES = 'third-party-notices.txt';

const TEXTS = /^(licen[cs]e|notice|copying)([.-].*)?$/i;
const RULE = `${'-'.repeat(80)}\n`;

/**
 * The licences of the packages that something of is in the bundle, by name. The same packages make the same text.
 *
 * @param sources from the root: `node_modules/preact/dist/preact.module.js`
 */
export function noticesOf(sources: readonly string[]): string {
  const folders = new Set(sources.flatMap((source) => PACKAGE.exec(source)?.[1] ?? []));
  const parts = [...folders].sort().map(noticeOf);
  return ['The dashboard contains parts of these packages.\n', ...parts].join(`\n${RULE}\n`);
}

/** The last package of a path: one may lie in another. */
const PACKAGE = /^((?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+)\//;

/** What of a package's own description is told. */
interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly repository?: string | { readonly url?: string };
}

function noticeOf(folder: string): string {
  const path = join(ROOT, folder);
  const { name, version, license, repository } = JSON.parse(
    readFileSync(join(path, 'package.json'), 'utf8'),
  ) as Manifest;
  const texts = readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isFile() && TEXTS.test(entry.name))
    .map((entry) => entry.name)
    .sort()
    .map((file) => readFileSync(join(path, file), 'utf8').trim());
  // Mozilla's licence asks where the source is.
  const source = typeof repository === 'string' ? repository : (repository?.url ?? '');
  return [`${name} ${version} (${license ?? 'see below'})\n${source}`, ...texts]
    .join('\n\n')
    .concat('\n');
}
