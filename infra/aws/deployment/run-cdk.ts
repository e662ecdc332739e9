import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../bundle.ts';

/** Runs the CDK CLI of this project in this terminal. Throws if it fails; it has said why then. */
export async function runCdk(...args: readonly string[]): Promise<void> {
  const child = spawn(join(ROOT, 'node_modules', '.bin', 'cdk'), args, {
    cwd: ROOT,
    stdio: 'inherit',
    // Windows has no scripts that begin with "#!".
    shell: process.platform === 'win32',
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  if (status !== 0) throw new Error(`"cdk ${args[0]}" ended with status ${status}`);
}
