import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { isOtherUpdaterThere } from '../../agent/update/others.ts';

const AGENT = '/opt/hypervigil-agent/current/hypervigil-agent';

interface Process {
  readonly args: readonly string[];
  readonly user?: number;
  readonly parent?: number;
}

const INIT: Process = { args: ['/sbin/init'] };

/** A process list with us as 100, below `sudo` as 90 below a shell, all of root. */
function procOf(others: Readonly<Record<number, Process>>): string {
  const proc = mkdtempSync(join(tmpdir(), 'hypervigil-proc-'));
  onTestFinished(() => rmSync(proc, { recursive: true }));
  const ours = {
    80: { args: ['-bash'], parent: 1 },
    90: { args: ['sudo', 'hypervigil-agent', 'update'], parent: 80 },
    100: { args: ['hypervigil-agent', 'update'], parent: 90 },
  };
  for (const [pid, one] of Object.entries<Process>({ ...ours, ...others })) {
    const { args, user = 0, parent = 1 } = one;
    mkdirSync(join(proc, pid));
    writeFileSync(join(proc, pid, 'cmdline'), args.map((arg) => `${arg}\0`).join(''));
    const status = `Name:\tx\nPPid:\t${pid === '1' ? 0 : parent}\nUid:\t${user}\t0\t0\t0\n`;
    writeFileSync(join(proc, pid, 'status'), status);
  }
  mkdirSync(join(proc, 'net'));
  return proc;
}

it.each([
  ['the timer', [AGENT, 'update', '--if-allowed']],
  ['a person, with a configuration', ['hypervigil-agent', '--config', '/etc/a.yaml', 'update']],
  ['a person with sudo', ['sudo', 'hypervigil-agent', 'update']],
])('an update of %s is another one', (_, args) => {
  expect(isOtherUpdaterThere(100, procOf({ 1: INIT, 120: { args } }))).toBe(true);
});

it('neither we, nor the agent, nor anything of another user is', () => {
  const others = {
    1: INIT,
    120: { args: [AGENT, 'run'] },
    // One that took our name, with rights that it has by a program that anybody may start.
    121: { args: [AGENT, 'update'], user: 1000 },
    122: { args: ['apt', 'update'] },
    123: { args: [] },
  };
  expect(isOtherUpdaterThere(100, procOf(others))).toBe(false);
});

it('where processes are hidden there may be one', () => {
  expect(isOtherUpdaterThere(100, procOf({}))).toBe(true);
});
