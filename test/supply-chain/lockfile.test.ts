import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { checkLock } from '../../infra/supply-chain/lockfile.ts';

const HASH = `sha512-${'A'.repeat(86)}==`;
const GOOD = { version: '1.0.0', integrity: HASH, license: 'MIT' };

function problems(locked: object, path = 'node_modules/a', manifest: object = {}) {
  return checkLock(manifest, { lockfileVersion: 3, packages: { '': {}, [path]: locked } });
}

describe('a pinned package', () => {
  test('with a version, a hash and a licence that serves is well', () => {
    expect(problems(GOOD)).toEqual([]);
    expect(problems({ ...GOOD, license: '(MIT OR Apache-2.0)' })).toEqual([]);
  });

  test.each([
    ['without a hash', { ...GOOD, integrity: undefined }, /hash is missing/],
    ['with a weak hash', { ...GOOD, integrity: 'sha1-abc=' }, /hash is sha1-abc=/],
    ['of git', { ...GOOD, version: 'git+ssh://git@github.com/a/a.git#1' }, /not a version/],
    ['of another place', { ...GOOD, resolved: 'http://a.example/a.tgz' }, /comes from http:/],
    ['that is a link', { link: true, integrity: HASH, license: 'MIT' }, /a link/],
    ['with a script', { ...GOOD, hasInstallScript: true }, /runs a script/],
    ['of an unwanted licence', { ...GOOD, license: 'AGPL-3.0' }, /licence is AGPL-3.0/],
    [
      'of two licences, one unwanted',
      { ...GOOD, license: 'MIT AND GPL-3.0' },
      /licence is MIT AND/,
    ],
    ['without a licence', { ...GOOD, license: undefined }, /licence is not said/],
  ])('%s is told of, by its path', (_, locked, why) => {
    expect(problems(locked)).toEqual([expect.stringMatching(why)]);
    expect(problems(locked)[0]).toMatch(/^node_modules\/a: /);
  });

  test('may run a script that package.json allows, wherever it lies', () => {
    const manifest = { allowScripts: { '@x/a': true } };
    const path = 'node_modules/b/node_modules/@x/a';
    expect(problems({ ...GOOD, hasInstallScript: true }, path, manifest)).toEqual([]);
  });

  test('may have any licence if it is for development only, and the hash of what it is within', () => {
    expect(problems({ ...GOOD, license: 'AGPL-3.0', dev: true })).toEqual([]);
    expect(problems({ version: '1.0.0', license: 'MIT', inBundle: true })).toEqual([]);
  });

  test('may lack a hash only where it is a tool for a system that nothing is built on', () => {
    const tool = { version: '1.0.0', dev: true, optional: true };
    expect(problems({ ...tool, os: ['darwin'], cpu: ['arm64'] })).toEqual([]);
    expect(problems({ ...tool, os: ['linux'], cpu: ['x64'], libc: ['musl'] })).toEqual([]);
    for (const needed of [
      { ...tool, os: ['linux'], cpu: ['x64'], libc: ['glibc'] },
      { ...tool, os: ['linux'], cpu: ['arm64'] },
      { ...tool, os: ['darwin'], dev: false, license: 'MIT' },
      { ...tool, os: ['darwin'], optional: false },
      tool,
    ])
      expect(problems(needed)).toEqual([expect.stringMatching(/hash is missing/)]);
  });

  test('is wanted in one version only', () => {
    const manifest = { dependencies: { a: '^1.0.0' }, devDependencies: { b: 'github:b/b' } };
    expect(problems(GOOD, undefined, manifest)).toHaveLength(2);
  });
});

test('all that this project pins is well', () => {
  const read = (name: string): unknown =>
    JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8'));
  expect(checkLock(read('package.json'), read('package-lock.json'))).toEqual([]);
});
