import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { RUNTIME_FLAGS } from '../../agent/runtime-flags.ts';
import { BUNDLE_NAME, bundleAgent, ROOT } from '../../infra/agent-build/agent-bundle.ts';

/** How the agent is started. */
export interface AgentCommand {
  readonly command: string;
  readonly args: readonly string[];
}

/**
 * The agent as one bundled file and a Node, both in that folder. A Node of its own: pages that the bench
 * maps too would be counted by half.
 */
export async function installBundle(folder: string, bundle: string): Promise<AgentCommand> {
  const node = join(folder, 'node');
  const file = join(folder, BUNDLE_NAME);
  copyFileSync(process.execPath, node);
  chmodSync(node, 0o755);
  writeFileSync(file, bundle);
  forgetPages([node, file]);
  return { command: node, args: [...RUNTIME_FLAGS, file] };
}

/** The text of the bundle, as a release has it. */
export async function buildBundle(): Promise<string> {
  return (await bundleAgent({ version: '0.0.0-bench', releaseKey: '' })).text;
}

/** What `npm run agent:build` put there for this platform; `undefined` where it did not run. */
export function findExecutable(dist: string): string | undefined {
  const folder = resolve(ROOT, dist);
  const ending = `-${process.platform}-${process.arch}.gz`;
  if (!existsSync(folder)) return undefined;
  const name = readdirSync(folder)
    .filter((one) => one.startsWith('hypervigil-agent-') && one.endsWith(ending))
    .sort()
    .at(-1);
  return name === undefined ? undefined : join(folder, name);
}

/** The single executable in that folder. */
export function installExecutable(folder: string, packed: string): AgentCommand {
  const command = join(folder, 'hypervigil-agent');
  writeFileSync(command, gunzipSync(readFileSync(packed)));
  chmodSync(command, 0o755);
  forgetPages([command]);
  return { command, args: [] };
}

/**
 * Drops files from the page cache, as they are on a host that just started: a page counts for the cgroup
 * that reads it first, and these were just written by us.
 */
function forgetPages(files: readonly string[]): void {
  for (const file of files) {
    const args = [
      `of=${file}`,
      'oflag=nocache',
      'conv=notrunc,fdatasync',
      'count=0',
      'status=none',
    ];
    execFileSync('dd', args);
  }
}
