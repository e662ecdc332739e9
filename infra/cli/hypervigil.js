#!/usr/bin/env node
/**
 * Starts the command line with a Node that runs TypeScript: this one if it is new enough, else the
 * one this project installs. (Plain JavaScript, as an old Node must be able to read it.)
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const LEAST_MAJOR = 24;
const main = new URL('main.ts', import.meta.url);

if (Number.parseInt(process.versions.node, 10) >= LEAST_MAJOR) {
  await import(main.href);
} else {
  const own = fileURLToPath(new URL('../../node_modules/node/bin/node', import.meta.url));
  if (existsSync(own)) {
    const args = [fileURLToPath(main), ...process.argv.slice(2)];
    const { status, signal } = spawnSync(own, args, { stdio: 'inherit' });
    if (signal !== null) process.kill(process.pid, signal);
    process.exitCode = status ?? 1;
  } else {
    process.stderr.write(
      `hypervigil: Node ${LEAST_MAJOR} or newer is needed, this is ${process.version}: run "npm ci" first, it brings one\n`,
    );
    process.exitCode = 1;
  }
}
