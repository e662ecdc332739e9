import { readFileSync } from 'node:fs';

/** Beside this file, and beside the code that a Lambda is bundled to. */
const FOLDER = new URL('./browser/', import.meta.url);

const IMPORT = /^import \{[^}]*\} from '\.\/([\w-]+\.js)';\n/gm;
const DOC_COMMENT = /^ *\/\*\*(?:[^*]|\*(?!\/))*\*\/\n/gm;

/** A file of `browser/`. Throws when there is none: it was not deployed. */
export function readBrowserFile(name: string): string {
  return readFileSync(new URL(name, FOLDER), 'utf8');
}

/**
 * A module of `browser/` with all it imports as one module that imports nothing, so that a page
 * loads a single file whose name has a hash. For that they keep to what is written in
 * one way only: `import { a, b } from './file.js'`, no default, no renaming, no cycle, `export` only
 * before a declaration, and no name of the outermost scope twice.
 */
export function linkScript(entry: string): string {
  const linked = new Map<string, string>();
  const add = (name: string) => {
    if (linked.has(name)) return;
    const source = readBrowserFile(name);
    for (const [, imported = ''] of source.matchAll(IMPORT)) add(imported);
    const script = source
      .replace(IMPORT, '')
      .replace(DOC_COMMENT, '')
      .replace(/^export /gm, '');
    linked.set(name, script.trim());
  };
  add(entry);
  return [...linked.values()].join('\n');
}
