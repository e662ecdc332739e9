import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { extractMember, pinnedPackage } from '../../infra/agent-build/pinned-package.ts';
import { PLATFORM_SOURCES, SERVICE_WRAPPER } from '../../infra/agent-build/platforms.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A package as npm packs it, in a cache folder. */
function cachedPackage() {
  const cacheDir = temporaryFolder();
  mkdirSync(join(cacheDir, 'package', 'bin'), { recursive: true });
  writeFileSync(join(cacheDir, 'package', 'bin', 'tool'), 'a tool');
  const file = join(cacheDir, 'tool-1.0.0.tgz');
  execFileSync('tar', ['-czf', file, '-C', cacheDir, 'package']);
  const integrity = `sha512-${createHash('sha512').update(readFileSync(file)).digest('base64')}`;
  return { cacheDir, file, pinned: { name: 'tool', version: '1.0.0', integrity } };
}

it('what was fetched before is used without a network, once it is seen to be as pinned', async () => {
  const { cacheDir, file, pinned } = cachedPackage();
  expect(await pinnedPackage(pinned, cacheDir)).toBe(file);
  const tool = await extractMember(file, 'package/bin/tool', join(cacheDir, 'out'));
  expect(readFileSync(tool, 'utf8')).toBe('a tool');
});

it('what is not as pinned is named and removed', async () => {
  const { cacheDir, file, pinned } = cachedPackage();
  writeFileSync(file, 'something else');
  await expect(pinnedPackage(pinned, cacheDir)).rejects.toThrow('tool@1.0.0: its hash is sha512-');
  expect(existsSync(file)).toBe(false);
});

it('every package is pinned by a hash', () => {
  const sources = Object.values(PLATFORM_SOURCES).map(({ node }) => node);
  for (const { name, integrity } of [...sources, SERVICE_WRAPPER.package])
    expect(integrity, name).toMatch(/^sha512-[A-Za-z0-9+/]{86}==$/);
});
