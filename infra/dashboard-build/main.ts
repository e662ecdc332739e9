import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { buildDashboard } from './build.ts';

/** `npm run dashboard:build`: builds the dashboard unless it is built, and says where it is. */
try {
  const startedMs = performance.now();
  const folder = await buildDashboard();
  const tookMs = Math.round(performance.now() - startedMs);
  console.log(`dashboard: ${folder} (${tookMs} ms)`);
  if (process.argv.includes('--sizes')) printSizes(folder);
} catch (error) {
  console.error(`dashboard: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

function printSizes(folder: string): void {
  const assets = join(folder, 'assets');
  const sizes = readdirSync(assets)
    .filter((name) => name.endsWith('.gz'))
    .map((name) => ({ name: name.slice(0, -3), bytes: statSync(join(assets, name)).size }))
    .sort((a, b) => b.bytes - a.bytes);
  for (const { name, bytes } of sizes)
    console.log(`${(bytes / 1024).toFixed(1).padStart(8)} KB gzip  ${name}`);
}
