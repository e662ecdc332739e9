import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { runCommand } from '../../agent/run-command.ts';
import { hasPosted, readPosted } from '../../agent/update/proof.ts';

function noteFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hypervigil-proof-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'posted.json');
}

it('a version has posted when the note is another one, and names it, whatever the clock says', () => {
  const path = noteFile();
  expect(hasPosted(path, '1.1.0', '')).toBe(false);
  writeFileSync(path, '{"version":"1.1.0","atMs":2000}\n');
  expect(hasPosted(path, '1.1.0', '')).toBe(true);
  expect(hasPosted(path, '1.0.0', '')).toBe(false);
  const before = readPosted(path);
  expect(hasPosted(path, '1.1.0', before)).toBe(false);
  writeFileSync(path, '{"version":"1.1.0","atMs":1000}\n');
  expect(hasPosted(path, '1.1.0', before)).toBe(true);
  writeFileSync(path, '{"version":"1.1.0"');
  expect(hasPosted(path, '1.1.0', before)).toBe(false);
});

it('a note that is no file of its own is not followed and not waited for', async () => {
  const path = noteFile();
  const elsewhere = `${path}.elsewhere`;
  writeFileSync(elsewhere, '{"version":"1.1.0","atMs":1}');
  symlinkSync(elsewhere, path);
  expect(readPosted(path)).toBe('');
  rmSync(path);
  const made = await runCommand('mkfifo', [path], { timeoutMs: 5000, maxBytes: 1000 });
  expect(made.exitCode).toBe(0);
  expect(readPosted(path)).toBe('');
});
