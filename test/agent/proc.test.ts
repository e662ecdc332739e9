import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ByteCursor } from '../../agent/proc/byte-cursor.ts';
import { HostFiles } from '../../agent/proc/host-files.ts';
import { readPageBytes } from '../../agent/proc/page-size.ts';

function cursorOn(text: string): ByteCursor {
  const bytes = Buffer.from(text);
  const cursor = new ByteCursor();
  cursor.reset(bytes, bytes.length);
  return cursor;
}

function hostWith(content: string) {
  const rootDir = mkdtempSync(join(tmpdir(), 'hypervigil-files-'));
  const files = new HostFiles(rootDir);
  onTestFinished(() => {
    files.close();
    rmSync(rootDir, { recursive: true });
  });
  const write = (text: string) => writeFileSync(join(rootDir, 'stat'), text);
  write(content);
  return { files, write };
}

describe('a cursor', () => {
  it('reads any row of numbers that a kernel may write', () => {
    const number = fc.oneof(
      fc.nat({ max: Number.MAX_SAFE_INTEGER }),
      fc.nat({ max: 1e9 }).map((n) => n / 100),
    );
    const blank = fc.constantFrom(' ', '  ', '\t');
    fc.assert(
      fc.property(fc.array(fc.tuple(blank, number), { minLength: 1 }), (row) => {
        const cursor = cursorOn(`${row.map(([gap, n]) => `${gap}${n}`).join('')}\n`);
        for (const [, n] of row) expect(cursor.number()).toBeCloseTo(n, 6);
        expect(cursor.number()).toBeNaN();
      }),
    );
  });

  it('takes no number from a line that was cut, nor from the next line', () => {
    expect(cursorOn('12 34').number()).toBeNaN();
    const cursor = cursorOn('a 1\nb 2\nc 3');
    expect([cursor.word(), cursor.number(), cursor.number()]).toEqual(['a', 1, Number.NaN]);
    expect(cursor.nextLine()).toBe(true);
    expect(cursor.textBefore(0x3a)).toBe('');
    expect([cursor.word(), cursor.number()]).toEqual(['b', 2]);
    expect(cursor.nextLine()).toBe(false);
  });

  it('never leaves its bytes, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        const cursor = new ByteCursor();
        cursor.reset(Buffer.concat([noise, Buffer.from('\n777 beyond\n')]), noise.length);
        let lines = 0;
        do {
          const parts = [
            cursor.textBefore(0x3a),
            cursor.word(),
            cursor.seek('total='),
            cursor.take('x'),
          ];
          cursor.skipWords(2);
          expect(parts.join(' ')).not.toContain('beyond');
          expect(cursor.number()).not.toBe(777);
          lines += 1;
        } while (cursor.nextLine());
        expect(lines).toBeLessThanOrEqual(noise.length + 1);
      }),
    );
  });
});

describe('the files of a host', () => {
  it('are read anew each time, also when they grow or shrink', () => {
    const { files, write } = hostWith('1\n');
    expect(files.read('/stat').number()).toBe(1);
    write(`${'x'.repeat(300_000)}\n42\n`);
    const cursor = files.read('/stat');
    cursor.nextLine();
    expect(cursor.number()).toBe(42);
    write('7\n');
    expect(files.read('/stat').number()).toBe(7);
  });

  it('are refused when they are larger than any file of /proc', () => {
    const { files, write } = hostWith('1\n'.repeat(3 << 20));
    expect(() => files.read('/stat')).toThrow('/stat: larger than 4194304 bytes');
    write('7\n');
    expect(files.read('/stat').number()).toBe(7);
  });

  it('may be missing', () => {
    const { files } = hostWith('');
    expect(files.readIfThere('/nothing')).toBeUndefined();
    expect(files.list('/nothing')).toEqual([]);
    expect(() => files.read('/nothing')).toThrow('/nothing');
    expect(files.read('/stat').number()).toBeNaN();
  });
});

describe('the page size', () => {
  it('is one that kernels have', () => {
    expect([4096, 8192, 16_384, 65_536]).toContain(readPageBytes());
  });
});
