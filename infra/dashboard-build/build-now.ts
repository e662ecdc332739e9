import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { builtDashboard } from './build.ts';

/** The folder of the dashboard, built if it isn't, for who can't wait as CDK. Throws with what the bundler complains of. */
export function dashboardNow(): string {
  const built = builtDashboard();
  if (built !== undefined) return built;
  const main = join(import.meta.dirname, 'main.ts');
  const { status, stderr } = spawnSync(process.execPath, [main], { encoding: 'utf8' });
  const made = builtDashboard();
  if (made === undefined) throw new Error(`the dashboard can't be built (${status}):\n${stderr}`);
  return made;
}
