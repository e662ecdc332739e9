import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The repository's root. */
export const ROOT = join(import.meta.dirname, '..', '..');

/** What the dashboard is built from, and by. */
const SOURCES = ['dashboard', 'core', 'infra/dashboard-build', 'package-lock.json'];
/** Enough that two versions never share a name. */
const HASH_CHARS = 16;

/** A hash of all that the dashboard is made of: the same hash, the same dashboard. */
export function sourceHash(): string {
  const hash = createHash('sha256');
  for (const path of SOURCES.flatMap(filesAt)) {
    hash.update(`${path}\n`);
    hash.update(readFileSync(join(ROOT, path)));
  }
  return hash.digest('base64url').slice(0, HASH_CHARS).replace(/^-/, '_');
}

function filesAt(path: string): string[] {
  if (/\.\w+$/.test(path)) return [path];
  const entries = readdirSync(join(ROOT, path), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(ROOT.length + 1))
    .sort();
}
