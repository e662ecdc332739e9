import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { HostFiles } from '../../agent/proc/host-files.ts';

/** A file tree of a host that a test writes itself, with a clock it can move. */
export interface HostTree {
  readonly rootDir: string;
  readonly files: HostFiles;
  readonly monotonicMs: () => number;
  advance(ms: number): void;
  /** Writes files, and the folders they are in. */
  write(contents: Readonly<Record<string, string>>): void;
  remove(path: string): void;
}

export function hostTree(contents: Readonly<Record<string, string>> = {}): HostTree {
  const rootDir = mkdtempSync(join(tmpdir(), 'hypervigil-tree-'));
  const files = new HostFiles(rootDir);
  onTestFinished(() => {
    files.close();
    rmSync(rootDir, { recursive: true });
  });
  let nowMs = 1_000_000;
  const tree = {
    rootDir,
    files,
    monotonicMs: () => nowMs,
    advance: (ms: number) => {
      nowMs += ms;
    },
    write: (some: Readonly<Record<string, string>>) => {
      for (const [path, content] of Object.entries(some)) {
        const full = join(rootDir, path);
        mkdirSync(dirname(full), { recursive: true });
        writeFileSync(full, content);
      }
    },
    remove: (path: string) => rmSync(join(rootDir, path), { recursive: true }),
  };
  tree.write(contents);
  return tree;
}
