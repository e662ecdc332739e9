import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { PowerShell } from '../../../agent/windows/powershell.ts';
import { startPowerShell, windowsPowerShell } from '../../../agent/windows/start-powershell.ts';

const PROGRAM = new URL('powershell-program.ts', import.meta.url).pathname;

/** A PowerShell of its own process, which does with a script what `rules` say. */
function startedFor(rules: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'hypervigil-powershell-'));
  const rulesFile = join(folder, 'rules.json');
  const logFile = join(folder, 'log');
  writeFileSync(logFile, '');
  const setRules = (next: Record<string, string>) => writeFileSync(rulesFile, JSON.stringify(next));
  setRules(rules);
  let skippedMs = 0;
  const command = { file: process.execPath, args: [PROGRAM, rulesFile, logFile] };
  const powerShell = new PowerShell(
    () => startPowerShell(command),
    () => performance.now() + skippedMs,
  );
  onTestFinished(() => {
    powerShell.close();
    rmSync(folder, { recursive: true });
  });
  const log = () => readFileSync(logFile, 'utf8').trim().split('\n');
  return {
    powerShell,
    setRules,
    /** Time passes, without waiting for it. */
    skip: (ms: number) => {
      skippedMs += ms;
    },
    requests: () => log().filter((line) => !line.startsWith('start ')),
    pids: () => log().flatMap((line) => (line.startsWith('start ') ? [Number(line.slice(6))] : [])),
  };
}

const WITHIN_MS = 20_000;
const answerOf = (name: string) => ({ ok: true, value: [{ Name: name }] });
const code = (expected: string) => ({ ok: false, error: { code: expected } });

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('a PowerShell', () => {
  test('is started once, and answers all that is asked, each its own', async () => {
    const { powerShell, pids } = startedFor();
    const answers = await Promise.all(
      ['a', 'b', 'c', 'd'].map((name) => powerShell.ask(name, WITHIN_MS)),
    );
    expect(answers).toEqual(['a', 'b', 'c', 'd'].map(answerOf));
    expect(await powerShell.ask('e', WITHIN_MS)).toEqual(answerOf('e'));
    expect(pids()).toHaveLength(1);
  });

  test('may print what it likes beside its answers, and give them in parts', async () => {
    const { powerShell } = startedFor({ a: 'noise', b: 'parts' });
    expect(await powerShell.ask('a', WITHIN_MS)).toEqual(answerOf('a'));
    expect(await powerShell.ask('b', WITHIN_MS)).toEqual(answerOf('b'));
  });

  test('says why a script failed, and goes on', async () => {
    const { powerShell, pids } = startedFor({ a: 'refuse' });
    const refused = { code: 'refused', kind: 'AccessDenied', message: 'Zugriff verweigert ' };
    expect(await powerShell.ask('a', WITHIN_MS)).toEqual({ ok: false, error: refused });
    expect(await powerShell.ask('a', WITHIN_MS)).toEqual({ ok: false, error: refused });
    expect(await powerShell.ask('b', WITHIN_MS)).toEqual(answerOf('b'));
    expect(pids()).toHaveLength(1);
  });

  test.each([
    ['ends', 'crash', 'ended'],
    ['gives half an answer', 'cut', 'garbage'],
    ['writes without end', 'flood', 'garbage'],
  ])('that %s is replaced, and only what it was asked has no answer', async (_, rule, expected) => {
    const { powerShell, pids } = startedFor({ a: rule });
    const [first, second] = await Promise.all([
      powerShell.ask('a', WITHIN_MS),
      powerShell.ask('b', WITHIN_MS),
    ]);
    expect(first).toMatchObject(code(expected));
    expect(second).toEqual(answerOf('b'));
    expect(pids()).toHaveLength(2);
  });

  test('that hangs is ended and replaced; what made it hang is let be for a while', async () => {
    const { powerShell, pids, requests, setRules, skip } = startedFor({ a: 'hang' });
    await powerShell.ask('b', WITHIN_MS);
    expect(await powerShell.ask('a', 100)).toMatchObject(code('timeout'));
    expect(await powerShell.ask('b', WITHIN_MS)).toEqual(answerOf('b'));
    const [hung = 0] = pids();
    await vi.waitFor(() => expect(isRunning(hung)).toBe(false));
    expect(await powerShell.ask('a', WITHIN_MS)).toMatchObject({
      error: { code: 'resting', message: expect.stringMatching(/\(once\); asked again in \d+ s$/) },
    });
    expect(requests().filter((script) => script === 'a')).toHaveLength(1);
    setRules({});
    skip(61_000);
    expect(await powerShell.ask('a', WITHIN_MS)).toEqual(answerOf('a'));
  });

  test('is asked ever more seldom for what makes it hang each time', async () => {
    const { powerShell, skip } = startedFor({ a: 'crash' });
    expect(await powerShell.ask('a', WITHIN_MS)).toMatchObject(code('ended'));
    skip(60_000);
    expect(await powerShell.ask('a', WITHIN_MS)).toMatchObject(code('ended'));
    skip(60_000);
    expect(await powerShell.ask('a', WITHIN_MS)).toMatchObject({
      error: { code: 'resting', message: expect.stringContaining('2 times in a row') },
    });
    skip(60_000);
    expect(await powerShell.ask('a', WITHIN_MS)).toMatchObject(code('ended'));
  });

  test('that ends at once is not started for every request', async () => {
    const { powerShell, pids, setRules, skip } = startedFor({ hello: 'crash' });
    for (const name of ['a', 'b', 'c']) {
      expect(await powerShell.ask(name, WITHIN_MS)).toMatchObject({
        error: {
          code: 'ended',
          message: 'PowerShell ended with 3: Windows PowerShell has stopped working',
        },
      });
    }
    expect(pids()).toHaveLength(1);
    setRules({});
    skip(1000);
    expect(await powerShell.ask('a', WITHIN_MS)).toEqual(answerOf('a'));
  });

  test('that was killed while nothing was asked is started again', async () => {
    const { powerShell, pids } = startedFor();
    await powerShell.ask('a', WITHIN_MS);
    const [pid = 0] = pids();
    process.kill(pid, 'SIGKILL');
    let count = 0;
    // What is asked before its end is heard has no answer, and is let be.
    await vi.waitFor(async () => {
      const name = `b${count++}`;
      expect(await powerShell.ask(name, WITHIN_MS)).toEqual(answerOf(name));
    });
    expect(pids()).toHaveLength(2);
  });

  test('ends with the agent, and nobody waits for an answer then', async () => {
    const { powerShell, pids } = startedFor({ b: 'hang' });
    await powerShell.ask('a', WITHIN_MS);
    const waiting = [powerShell.ask('b', WITHIN_MS), powerShell.ask('c', WITHIN_MS)];
    powerShell.close();
    expect(await Promise.all(waiting)).toMatchObject([code('ended'), code('ended')]);
    const [pid = 0] = pids();
    await vi.waitFor(() => expect(isRunning(pid)).toBe(false));
    expect(await powerShell.ask('d', WITHIN_MS)).toMatchObject(code('ended'));
  });

  test('that there is none of is said', async () => {
    const powerShell = new PowerShell(
      () => startPowerShell({ file: '/no/such/powershell.exe', args: [] }),
      () => 0,
    );
    expect(await powerShell.ask('a', WITHIN_MS)).toMatchObject({
      error: { code: 'absent', message: 'there is no /no/such/powershell.exe' },
    });
  });
});

test('Windows PowerShell is started by its whole path, and reads commands as they come', () => {
  const { file, args } = windowsPowerShell({ SystemRoot: 'D:\\Windows' });
  expect(file).toBe('D:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe');
  expect(args).toContain('-NonInteractive');
  expect(args.slice(-2)).toEqual(['-Command', '-']);
});
