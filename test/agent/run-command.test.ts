import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runCommand } from '../../agent/run-command.ts';

const LIMITS = { timeoutMs: 10_000, maxBytes: 1000 };

function shell(script: string, limits: Partial<Parameters<typeof runCommand>[2]> = {}) {
  return runCommand('/bin/sh', ['-c', script], { ...LIMITS, ...limits });
}

/** A path that no file has yet. */
function freshPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hypervigil-run-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'pid');
}

async function endOf(pidFile: string): Promise<void> {
  const pid = readFileSync(pidFile, 'utf8').trim();
  // A killed process stays as a zombie until whoever adopted it looks.
  const isAlive = () =>
    existsSync(`/proc/${pid}`) && !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  for (let i = 0; i < 200 && isAlive(); i += 1) await sleep(10);
  expect(isAlive()).toBe(false);
}

describe('a program', () => {
  it('gives what it wrote, what it complained about, and its exit code', async () => {
    expect(await shell('echo out; echo err >&2; exit 3')).toEqual({
      exitCode: 3,
      stdout: 'out\n',
      stderr: 'err\n',
    });
    expect((await shell('kill -9 $$')).exitCode).toBeUndefined();
  });

  it('is killed with all it started when its time is over', async () => {
    const pidFile = freshPath();
    const script = `sleep 1000 & echo $! > ${pidFile}; wait`;
    await expect(shell(script, { timeoutMs: 300 })).rejects.toThrow('took longer than 300 ms');
    await endOf(pidFile);
  });

  it('leaves nothing behind when it ends before what it started', async () => {
    const pidFile = freshPath();
    const output = await shell(`sleep 1000 & echo $! > ${pidFile}; echo done`);
    expect(output.stdout).toBe('done\n');
    await endOf(pidFile);
  });

  it('is killed when it writes without end', async () => {
    await expect(shell('while :; do echo more; done')).rejects.toThrow('more than 1000 bytes');
  });

  it('is killed when the agent ends', async () => {
    const stop = new AbortController();
    const running = shell('sleep 1000', { signal: stop.signal });
    stop.abort();
    await expect(running).rejects.toThrow('ended with the agent');
  });

  it('that is not there is told by its code', async () => {
    await expect(runCommand('/nowhere/program', [], LIMITS)).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });

  it('sees none of the environment of the agent', async () => {
    process.env['HYPERVIGIL_KEY_FILE'] = '/secret';
    onTestFinished(() => {
      delete process.env['HYPERVIGIL_KEY_FILE'];
    });
    expect((await shell('env')).stdout).not.toContain('HYPERVIGIL');
  });
});
