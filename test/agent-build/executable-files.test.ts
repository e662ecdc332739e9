import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { withoutDeadlockCheck } from '../../infra/agent-build/deadlock-check.ts';
import { stripElf } from '../../infra/agent-build/elf.ts';
import { removeAuthenticode } from '../../infra/agent-build/pe.ts';
import { temporaryFolder } from './temporary-folder.ts';

const IS_ELF = process.platform === 'linux';

it.runIf(IS_ELF)('a stripped Node is smaller, and runs', () => {
  const node = readFileSync(process.execPath);
  const stripped = stripElf(node);
  expect(stripped.length).toBeLessThan(node.length);
  const file = join(temporaryFolder(), 'node');
  writeFileSync(file, stripped, { mode: 0o755 });
  expect(execFileSync(file, ['-p', '6 * 7'], { encoding: 'utf8' })).toBe('42\n');
});

it.runIf(IS_ELF)('what is stripped already stays as it is', () => {
  const stripped = stripElf(readFileSync(process.execPath));
  expect(Buffer.compare(stripElf(stripped), stripped)).toBe(0);
});

it.runIf(IS_ELF)(
  'a Node without the check for deadlocks differs in one byte, takes 1 MB less, and runs',
  () => {
    const node = readFileSync(process.execPath);
    const changed = Buffer.from(withoutDeadlockCheck(node));
    const at = node.findIndex((byte, index) => byte !== changed[index]);
    expect([node[at], changed[at]]).toEqual([2, 0]);
    expect(changed.subarray(at + 1).equals(node.subarray(at + 1))).toBe(true);
    expect(withoutDeadlockCheck(changed)).toBe(changed);
    const file = join(temporaryFolder(), 'node');
    writeFileSync(file, changed, { mode: 0o755 });
    const privateKb = (program: string) =>
      Number(
        execFileSync(
          program,
          [
            '-p',
            "/^Anonymous: *(\\d+)/m.exec(fs.readFileSync('/proc/self/smaps_rollup', 'utf8'))?.[1]",
          ],
          { encoding: 'utf8' },
        ),
      );
    expect(privateKb(file)).toBeLessThan(privateKb(process.execPath) - 800);
  },
  // It reads and writes 100 MB several times.
  60_000,
);

it.runIf(IS_ELF)('where there is no check for deadlocks, nothing is changed', () => {
  const stripped = stripElf(readFileSync(process.execPath));
  expect(withoutDeadlockCheck(stripped)).toBe(stripped);
});

it('what is no executable is said to be none', () => {
  const text = Buffer.from('#!/bin/sh\n'.repeat(100));
  expect(() => stripElf(text)).toThrow('not a 64-bit little-endian ELF file');
  expect(() => removeAuthenticode(Buffer.alloc(1000))).toThrow('not a 64-bit Windows executable');
});

/** The parts of a Windows executable that tell of its signature. */
function signedProgram(signature: Buffer): Buffer {
  const program = Buffer.alloc(0x400, 0x90);
  program.writeUInt32LE(0x80, 0x3c);
  program.writeUInt16LE(0x20b, 0x80 + 24);
  const entry = 0x80 + 24 + 112 + 4 * 8;
  program.writeUInt32LE(signature.length === 0 ? 0 : program.length, entry);
  program.writeUInt32LE(signature.length, entry + 4);
  return Buffer.concat([program, signature]);
}

it('the signature of a Windows executable is removed, and the rest left', () => {
  const signed = signedProgram(Buffer.from('signature of somebody'));
  expect(removeAuthenticode(signed)).toEqual(signedProgram(Buffer.alloc(0)));
});

it('an unsigned one stays as it is', () => {
  const unsigned = signedProgram(Buffer.alloc(0));
  expect(removeAuthenticode(unsigned)).toEqual(unsigned);
});

it('what follows a signature is not thrown away unseen', () => {
  const odd = Buffer.concat([signedProgram(Buffer.from('signature')), Buffer.from('more')]);
  expect(() => removeAuthenticode(odd)).toThrow('a signature of 9 bytes at 1024 is not at the end');
});
