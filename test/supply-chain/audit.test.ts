import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { err, ok } from '../../core/result.ts';
import type { Advisory } from '../../infra/supply-chain/advisories.ts';
import { verdictOn } from '../../infra/supply-chain/verdict.ts';
import { type Known, startRegistry } from './fake-registry.ts';

vi.setConfig({ testTimeout: 120_000 });

/** What a registry that knows advisories has in any case. */
const USUAL: Known = { minimist: 'critical' };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hypervigil-audit-'));
  const integrity = `sha512-${'A'.repeat(86)}==`;
  const root = {
    name: 'x',
    version: '1.0.0',
    dependencies: { served: '1.0.0' },
    devDependencies: { tool: '1.0.0' },
  };
  const packages = {
    '': root,
    'node_modules/served': { version: '1.0.0', integrity, license: 'MIT' },
    'node_modules/tool': { version: '1.0.0', integrity, license: 'AGPL-3.0', dev: true },
  };
  const lock = { ...root, lockfileVersion: 3, requires: true, packages };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(root));
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lock));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Ended {
  readonly status: number | string;
  readonly said: string;
}

async function audit(known: Parameters<typeof startRegistry>[0], ...flags: string[]) {
  const registry = await startRegistry(known);
  // npm remembers what it was told of a package.
  const cache = mkdtempSync(join(folder, 'cache-'));
  const environment = {
    ...process.env,
    npm_config_registry: registry.url,
    npm_config_cache: cache,
  };
  const command = ['infra/supply-chain/audit.ts', '--folder', folder, ...flags];
  try {
    return await new Promise<Ended>((resolve) => {
      execFile(process.execPath, command, { env: environment }, (error, stdout, stderr) =>
        resolve({ status: error?.code ?? 0, said: stdout + stderr }),
      );
    });
  } finally {
    registry.close();
  }
}

describe('an audit', () => {
  test('of packages that nothing is known against is well', async () => {
    const { status, said } = await audit(USUAL);
    expect(said).toContain('advisories: none that fail the audit');
    expect(status).toBe(0);
  });

  test('fails for a high one in what is served, and names it', async () => {
    const { status, said } = await audit({ ...USUAL, served: 'high' });
    expect(said).toMatch(/FAILS: high in served .*Trouble in served https:.*GHSA-served/);
    expect(status).toBe(1);
  });

  test('in what is for development only fails for a critical one, and notes a high one', async () => {
    const high = await audit({ ...USUAL, tool: 'high' });
    expect(high).toMatchObject({ status: 0, said: expect.stringContaining('noted: high in tool') });
    expect(await audit({ ...USUAL, tool: 'critical' })).toMatchObject({ status: 1 });
  });

  test.each(['refuses', 'breaks off'] as const)(
    'whose question the registry %s is not checked, which is neither well nor unwell, and fails a release',
    async (how) => {
      const { status, said } = await audit(how);
      expect(said).toContain('NOT CHECKED: nobody could be asked for advisories');
      expect(status).toBe(3);
      if (how === 'refuses') expect(await audit(how, '--required')).toMatchObject({ status: 1 });
    },
  );

  test('by a registry that knows nothing against anything is not checked', async () => {
    const { status, said } = await audit({});
    expect(said).toMatch(/NOT CHECKED: .*knows nothing against minimist/);
    expect(status).toBe(3);
  });
});

describe('an advisory', () => {
  const advisory: Advisory = {
    packageName: 'served',
    severity: 'high',
    title: 'Trouble',
    url: 'https://github.com/advisories/GHSA-1',
    range: '*',
  };
  const NOON = Date.UTC(2026, 4, 1, 12);
  const kindAt = (nowMs: number) =>
    verdictOn(
      [ok([advisory]), ok([advisory]), ok(undefined)],
      [{ id: 'GHSA-1', reason: 'not called', until: '2026-05-01' }],
      nowMs,
    ).kind;

  test('that was accepted is lived with until its day is over', () => {
    expect(kindAt(NOON)).toBe('none');
    expect(kindAt(NOON + 86_400_000)).toBe('found');
  });

  test('that was found counts though something else could not be asked', () => {
    const { kind, lines } = verdictOn([ok([advisory]), err('no answer'), ok(undefined)], [], NOON);
    expect(kind).toBe('found');
    expect(lines.join('\n')).toContain('NOT CHECKED');
  });
});
