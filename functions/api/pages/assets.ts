import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { linkScript, readBrowserFile } from './script.ts';

/** Below it are the pages' scripts and style: the only ones that pages run. */
export const ASSETS_PATH = '/assets/';

/** A file that pages load. Its name has a hash of what is in it: the same name, the same file, for ever. */
export interface Asset {
  readonly path: string;
  readonly mediaType: string;
  readonly text: string;
  /** The same, packed, in base64. */
  readonly gzip: string;
}

/** Enough that two versions never share a name. */
const HASH_CHARS = 16;

const made = new Map<string, Asset>();

/** A module of `browser/` with all it imports, as one script. Throws when there is none: it was not deployed. */
export function scriptAsset(name: string): Asset {
  return asset(name, 'text/javascript; charset=utf-8', linkScript);
}

/** A style sheet of `browser/`. */
export function styleAsset(name: string): Asset {
  return asset(name, 'text/css; charset=utf-8', readBrowserFile);
}

function asset(name: string, mediaType: string, read: (name: string) => string): Asset {
  const known = made.get(name);
  if (known !== undefined) return known;
  const text = read(name);
  const hash = createHash('sha256').update(text).digest('base64url').slice(0, HASH_CHARS);
  const [, stem = '', extension = ''] = /^(.+)\.(\w+)$/.exec(name) ?? [];
  const path = `${ASSETS_PATH}${stem}-${hash}.${extension}`;
  const done = { path, mediaType, text, gzip: gzipSync(text).toString('base64') };
  made.set(name, done);
  return done;
}
