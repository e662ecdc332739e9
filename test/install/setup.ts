import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { debianArchive } from './debian-root.ts';
import { buildReleases } from './releases.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The folder of releases, by version. */
    readonly releases: string;
  }
}

/** What all files of tests need: a Debian, and releases to install on it. */
export async function setup(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'hypervigil-releases-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const began = performance.now();
  const tell = (what: string) => () =>
    console.info(`${what} after ${Math.round((performance.now() - began) / 1000)} s`);
  try {
    await Promise.all([
      debianArchive().then(tell('a Debian')),
      buildReleases(folder).then(tell('releases')),
    ]);
  } catch (error) {
    remove();
    throw error;
  }
  project.provide('releases', folder);
  return remove;
}
