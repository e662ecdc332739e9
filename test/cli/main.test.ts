import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

// Each starts Node, some with nothing cached.
vi.setConfig({ testTimeout: 60_000 });

const LAUNCHER = fileURLToPath(new URL('../../infra/cli/hypervigil.js', import.meta.url));
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hypervigil-'));
  writeFileSync(join(folder, 'token'), `hvt_${'a'.repeat(32)}\n`);
  writeFileSync(join(folder, 'bad.yaml'), 'groups: [{ name: a, rules: [{ alert: B }] }]\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

function run(...args: string[]): { status: number | null; out: string; err: string } {
  const { HYPERVIGIL_URL: _, HYPERVIGIL_TOKEN_FILE: __, ...env } = process.env;
  const done = spawnSync(process.execPath, [LAUNCHER, ...args], {
    cwd: folder,
    env,
    encoding: 'utf8',
  });
  return { status: done.status, out: done.stdout, err: done.stderr };
}

describe('exit codes', () => {
  test('0 for help and for good files', () => {
    expect(run('--help')).toMatchObject({ status: 0, err: '' });
    const rules = fileURLToPath(new URL('../../rules/host.rules.yaml', import.meta.url));
    expect(run('rules', 'check', rules)).toMatchObject({ status: 0 });
  });

  test('1 for files that are wrong, which are named', () => {
    const { status, out } = run('rules', 'check', 'bad.yaml');
    expect(status).toBe(1);
    expect(out).toContain('bad.yaml:1: group "a", rule 1 "B": field \'expr\' must be set in rule');
  });

  test.each([
    ['an unknown command', ['rules', 'tset']],
    ['an argument left out', ['rules', 'check']],
    ['an option left out', ['maintenance', 'web1']],
    ['an address that is none', ['alerts', '--url', 'web', '--token-file', 'token']],
    ['no token', ['alerts']],
    [
      'a time that is none',
      ['silence', 'add', 'a=b', '--for', 'x', '--comment', 'c', '--token-file', 'token'],
    ],
  ])('2 for %s', (_, args) => {
    const { status, err } = run(...args);
    expect(status).toBe(2);
    expect(err.trim()).not.toBe('');
    expect(err).not.toContain('    at ');
  });
});

describe('what is wrong is one line', () => {
  test('where nothing listens', () => {
    const { status, out, err } = run(
      'alerts',
      '--url',
      'http://127.0.0.1:9',
      '--token-file',
      'token',
    );
    expect({ status, out }).toEqual({ status: 1, out: '' });
    expect(err).toMatch(/^hypervigil: http:\/\/127\.0\.0\.1:9: [^\n]+\n$/);
  });

  test('with a token file that can not be read', () => {
    expect(run('alerts', '--token-file', 'none').err).toBe(
      "hypervigil: can't read the token in none: no such file or folder\n",
    );
  });
});
