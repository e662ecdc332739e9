import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../bundle.ts';

/** Runs the CDK CLI of this project in this terminal. Throws if it fails; it has said why then. */
export function runCdk(...args: readonly string[]): Promise<void> {
  return run(`cdk ${args[0]}`, join(ROOT, 'node_modules', '.bin', 'cdk'), args);
}

/** Builds the agent that hosts install: `npm run agent:build`. Throws if it fails; it has said why then. */
export function buildAgent(): Promise<void> {
  return run('npm run agent:build', process.execPath, [
    join(ROOT, 'infra', 'agent-build', 'main.ts'),
  ]);
}

async function run(name: string, program: string, args: readonly string[]): Promise<void> {
  const child = spawn(program, args, {
    cwd: ROOT,
    stdio: 'inherit',
    // Windows has no scripts that begin with "#!".
    shell: process.platform === 'win32' && program !== process.execPath,
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  if (status !== 0) throw new Error(`"${name}" ended with status ${status}`);
}
