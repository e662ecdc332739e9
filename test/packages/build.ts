import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A folder for a whole file of tests. */
export function folderOfTests(): { readonly folder: string; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'hypervigil-packages-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** `npm run agent:build`, with a signing key of its own in `folder`; what it said. */
export async function buildInto(folder: string, ...flags: readonly string[]): Promise<string> {
  const { stderr } = await run(
    process.execPath,
    ['infra/agent-build/main.ts', '--out', join(folder, 'agent'), '--new-key', ...flags],
    { env: { ...process.env, HYPERVIGIL_SIGNING_KEY: join(folder, 'key.pem') } },
  );
  return stderr;
}
