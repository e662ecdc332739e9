import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { npmPurl, type Part } from './cyclonedx.ts';

const Lock = v.looseObject({
  packages: v.record(
    v.string(),
    v.looseObject({
      version: v.optional(v.string()),
      license: v.optional(v.string()),
      integrity: v.optional(v.string()),
    }),
  ),
});

/**
 * The packages that files belong to, each once, with what package-lock.json says of them. Throws for one that is
 * not in it: then what is installed is not what is pinned.
 *
 * @param files from the root of the repository, of packages and of our own
 */
export function packagesOf(files: readonly string[], root: string): readonly Part[] {
  const lock: unknown = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const { packages } = v.parse(Lock, lock);
  const folders = files.flatMap(
    (file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? [],
  );
  const parts = [...new Set(folders)].map((folder): Part => {
    const { version, license, integrity } = packages[folder] ?? {};
    if (version === undefined) throw new Error(`${folder} is not in package-lock.json`);
    const name = folder.replace(/^.*node_modules\//, '');
    const purl = npmPurl(name, version);
    return { kind: 'library', name, version, purl, licence: license, integrity };
  });
  // Of one version in two folders one is enough.
  return [...new Map(parts.map((part) => [part.purl, part])).values()];
}
