import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');
/** All that a deployment is made of. */
const DEPLOYED = [
  ...['agent', 'core', 'dashboard', 'functions', 'infra', 'rules', 'docs/agent.schema.json'],
  ...['package.json', 'package-lock.json', 'cdk.json', 'tsconfig.json'],
];

/** Sources that may be changed: a copy of these in a new folder, to be deployed from there. */
export function copySources(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const path of DEPLOYED) cpSync(join(ROOT, path), join(folder, path), { recursive: true });
  linkDependencies(folder);
}

/** Replaces a text that must be in a file. */
export function editSource(folder: string, path: string, from: string, to: string): void {
  const file = join(folder, path);
  const content = readFileSync(file, 'utf8');
  if (!content.includes(from)) throw new Error(`${path}: no "${from}" in it`);
  writeFileSync(file, content.replace(from, to));
}

/** Is a commit's content here? It is not in a shallow clone, and without git. */
export function hasCommit(commit: string): boolean {
  return hasObject(`${commit}^{tree}`);
}

function hasObject(name: string): boolean {
  try {
    git('cat-file', '-e', name);
    return true;
  } catch {
    return false;
  }
}

/** The sources as of a commit, in a new folder. */
export function checkOutSources(commit: string, folder: string): void {
  mkdirSync(folder, { recursive: true });
  // An older one has no more than there was.
  const paths = DEPLOYED.filter((path) => hasObject(`${commit}:${path}`));
  execFileSync('tar', ['-x', '-C', folder], { input: git('archive', commit, ...paths) });
  linkDependencies(folder);
}

/** Of any size that sources have. */
const ARCHIVE_MAX_BYTES = 256 << 20;

function git(...args: string[]): Buffer {
  const stdio = ['ignore', 'pipe', 'ignore'] as const;
  return execFileSync('git', args, { cwd: ROOT, stdio: [...stdio], maxBuffer: ARCHIVE_MAX_BYTES });
}

function linkDependencies(folder: string): void {
  const link = join(folder, 'node_modules');
  if (!existsSync(link)) symlinkSync(join(ROOT, 'node_modules'), link);
}
