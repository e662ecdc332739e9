import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FILE_LIST, type FileEntry, type FileList } from './file-list.ts';

/** What a browser can unpack, the smaller first. */
export type Packing = 'br' | 'gzip' | 'none';

/** The dashboard's files as they were built. */
export interface DashboardFiles {
  /** Which dashboard it is; `undefined`: there is none, since it is not built or not deployed. */
  readonly build: () => string | undefined;
  /** What is known of the file at a path; `undefined`: there is none. */
  readonly find: (path: string) => FileEntry | undefined;
  /** What is in it, packed so, in base64. */
  readonly read: (path: string, packing: Packing) => string;
}

const SUFFIXES: Readonly<Record<Packing, string>> = { br: '.br', gzip: '.gz', none: '' };

/**
 * The dashboard's files in a folder; `undefined`: there are none. Reads nothing before it is asked, then each file once:
 * what answers only programs never reads one.
 */
export function openDashboardFiles(folder: string | undefined): DashboardFiles {
  let list: FileList | undefined;
  const known = () => {
    list ??= readList(folder);
    return list;
  };
  const contents = new Map<string, string>();
  return {
    build: () => known().build || undefined,
    find: (path) => (Object.hasOwn(known().files, path) ? known().files[path] : undefined),
    read: (path, packing) => {
      const name = `${path}${SUFFIXES[packing]}`;
      const kept = contents.get(name);
      if (kept !== undefined) return kept;
      const content = readFileSync(join(folder ?? '', name)).toString('base64');
      contents.set(name, content);
      return content;
    },
  };
}

const NONE: FileList = { build: '', files: {} };

function readList(folder: string | undefined): FileList {
  if (folder === undefined) return NONE;
  try {
    // Written by our own build, beside the files that it lists.
    return JSON.parse(readFileSync(join(folder, FILE_LIST), 'utf8')) as FileList;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return NONE;
    throw error;
  }
}
