import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { AgentConfig } from '../../agent/config.ts';
import { lockFolder } from '../../agent/spool/lock.ts';
import { openSpool } from '../../agent/spool/open-spool.ts';
import { createSpoolCollector } from '../../agent/spool/spool-collector.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'hypervigil-lock-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function configOf(spoolDir: string | undefined): AgentConfig {
  return {
    url: undefined,
    keyFile: undefined,
    host: 'web1',
    sampleIntervalMs: 10_000,
    batchIntervalMs: 60_000,
    rootDir: '/',
    spoolDir,
  };
}

const context = { nowMs: 0, withinMs: 1000 };

describe('the folder of a spool', () => {
  it('is one agent’s, by whatever path it is named, until that lets it go', async () => {
    const path = folder();
    const other = join(folder(), 'link');
    symlinkSync(path, other);
    const lock = await lockFolder(path);
    expect(await lockFolder(other)).toBeUndefined();
    await lock?.release();
    expect(await lockFolder(other)).toBeDefined();
  });

  it('that another agent has is an error that says what to do', { timeout: 20_000 }, async () => {
    const path = folder();
    await lockFolder(path);
    const spool = await openSpool(configOf(path), new Map());
    expect(spool).toMatchObject({ ok: false, error: { isInUse: true } });
    if (!spool.ok)
      expect(spool.error.message).toMatch(/^another agent uses the spool in .*: stop it/);
  });

  it('is made, and then all is well', async () => {
    const path = join(folder(), 'hypervigil', 'spool');
    const spool = await openSpool(configOf(path), new Map());
    expect(spool.ok).toBe(true);
    expect(await createSpoolCollector(spool).collect(context)).not.toBe('absent');
  });

  it('that cannot be made leaves the agent without, and it says so', async () => {
    const path = join(folder(), 'file');
    writeFileSync(path, '');
    const spool = await openSpool(configOf(join(path, 'spool')), new Map());
    expect(spool).toMatchObject({ ok: false, error: { isInUse: false, isOff: false } });
    await expect(createSpoolCollector(spool).collect(context)).rejects.toThrow('in memory only');
  });

  it('may be switched off', async () => {
    const spool = await openSpool(configOf(undefined), new Map());
    expect(await createSpoolCollector(spool).collect(context)).toBe('absent');
  });
});
