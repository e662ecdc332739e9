import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findStopReason, systemStopReasonPorts } from '../../agent/stop-reason.ts';

const NOW_MS = 1_800_000_000_000;

interface System {
  /** Content by path. */
  readonly files?: Readonly<Record<string, string>>;
  /** What each program prints; the others are not installed. */
  readonly programs?: Readonly<Record<string, string>>;
}

function reasonOn({ files = {}, programs = {} }: System): Promise<string> {
  const readText = async (path: string) => files[path];
  const run = async (program: string, args: readonly string[]) =>
    programs[[program, ...args].join(' ')];
  return findStopReason({ readText, run }, NOW_MS);
}

const SYSTEMD = { '/proc/1/comm': 'systemd\n' };
const SCHEDULED = '/run/systemd/shutdown/scheduled';
const usec = (ms: number) => `USEC=${ms * 1000}`;

describe('the reason of a stop', () => {
  it.each<[string, System, string]>([
    [
      'systemd runs: somebody stopped the agent',
      { files: SYSTEMD, programs: { 'systemctl is-system-running': 'running\n' } },
      'stopped',
    ],
    [
      'some other unit has failed',
      { files: SYSTEMD, programs: { 'systemctl is-system-running': 'degraded\n' } },
      'stopped',
    ],
    [
      'systemd goes down',
      { files: SYSTEMD, programs: { 'systemctl is-system-running': 'stopping\n' } },
      'shutdown',
    ],
    [
      'a shutdown is due, and the bus is gone',
      { files: { ...SYSTEMD, [SCHEDULED]: `${usec(NOW_MS - 1000)}\nMODE=reboot\n` } },
      'shutdown',
    ],
    [
      'a shutdown is set for later, and the agent is stopped before',
      {
        files: { ...SYSTEMD, [SCHEDULED]: `${usec(NOW_MS + 60_000)}\nMODE=poweroff\n` },
        programs: { 'systemctl is-system-running': 'running\n' },
      },
      'stopped',
    ],
    [
      'a shutdown is only rehearsed',
      { files: { ...SYSTEMD, [SCHEDULED]: `${usec(NOW_MS - 1000)}\nMODE=dry-poweroff\n` } },
      'stopped',
    ],
    ['OpenRC runs', { files: { '/run/openrc/softlevel': 'default\n' } }, 'stopped'],
    ['OpenRC goes down', { files: { '/run/openrc/softlevel': 'shutdown\n' } }, 'shutdown'],
    ['sysvinit runs', { programs: { runlevel: 'N 2\n' } }, 'stopped'],
    ['sysvinit halts', { programs: { runlevel: '2 0\n' } }, 'shutdown'],
    ['sysvinit reboots', { programs: { runlevel: '5 6\n' } }, 'shutdown'],
    ['a container tells nothing', {}, 'stopped'],
  ])('%s', async (_, system, reason) => {
    expect(await reasonOn(system)).toBe(reason);
  });
});

describe('the ports to the system', () => {
  function folder(): string {
    const path = mkdtempSync(join(tmpdir(), 'hypervigil-root-'));
    onTestFinished(() => rmSync(path, { recursive: true }));
    return path;
  }

  function program(lines: string): string {
    const path = join(folder(), 'program');
    writeFileSync(path, `#!/bin/sh\n${lines}\n`);
    chmodSync(path, 0o755);
    return path;
  }

  it('read files below the root', async () => {
    const root = folder();
    mkdirSync(dirname(join(root, SCHEDULED)), { recursive: true });
    writeFileSync(join(root, SCHEDULED), 'USEC=1\n');
    const { readText } = systemStopReasonPorts(root);
    expect(await readText(SCHEDULED)).toBe('USEC=1\n');
    expect(await readText('/run/openrc/softlevel')).toBeUndefined();
  });

  it('take what a program prints though it exits with an error, as systemctl does', async () => {
    const { run } = systemStopReasonPorts('/');
    expect(await run(program('echo stopping; exit 1'), [])).toBe('stopping\n');
    expect(await run('/nowhere/systemctl', ['is-system-running'])).toBeUndefined();
  });

  it('wait for no program that hangs', async () => {
    const { run } = systemStopReasonPorts('/');
    const beganMs = performance.now();
    expect(await run(program('echo stopping; exec sleep 60'), [])).toBeUndefined();
    expect(performance.now() - beganMs).toBeLessThan(4000);
  });
});
