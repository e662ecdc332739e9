import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MinuteBuffer } from '../../agent/minute-buffer.ts';
import { checkSpool } from '../../agent/spool/check.ts';
import { Spool } from '../../agent/spool/spool.ts';
import { spoolFilesIn } from '../../agent/spool/spool-files.ts';
import { minuteStartMs } from '../../core/host-minute.ts';
import { labelsFrom } from '../../core/series/labels.ts';

const HOST = 'web1';
const START_MS = minuteStartMs(HOST, 28_000_000);

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'hypervigil-spool-check-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A spool in use, with samples at these seconds: one minute closed, one open. */
async function spoolWith(spoolDir: string, seconds: readonly number[]): Promise<void> {
  const files = spoolFilesIn(spoolDir);
  const dropped = new Map<string, number>();
  const spool = await Spool.open(files, HOST, dropped);
  const buffer = new MinuteBuffer(HOST, dropped, undefined, spool);
  onTestFinished(() => files.close());
  const labels = labelsFrom({ __name__: 'up', host: HOST });
  for (const second of seconds) {
    const points = [{ key: 'up', labels, value: second }];
    buffer.add({ timestampMs: START_MS + second * 1000, points });
  }
  await spool.idle(10_000);
}

describe('what agent check says of the spool', () => {
  it('is how much waits and how much room there is, also while an agent uses it', async () => {
    const spoolDir = folder();
    await spoolWith(spoolDir, [0, 10, 70]);
    const files = readdirSync(spoolDir);
    const { status, sees } = await checkSpool({ spoolDir, host: HOST });
    expect(status).toBe('ok');
    expect(sees).toMatch(/: \d+ B of at most 64\.0 MiB, 3 samples wait; [\d.]+ [GT]iB free$/);
    expect(sees).toContain(spoolDir);
    expect(readdirSync(spoolDir)).toEqual(files);
  });

  it('is that there is none yet, if one can be made, and makes none', async () => {
    const root = folder();
    const spoolDir = join(root, 'hypervigil', 'spool');
    expect(await checkSpool({ spoolDir, host: HOST })).toEqual({
      status: 'ok',
      sees: expect.stringContaining(`${spoolDir}: not there yet, the agent makes it; `),
    });
    expect(readdirSync(root)).toEqual([]);
    const tooDeep = join(root, 'a', 'b', 'c');
    expect(await checkSpool({ spoolDir: tooDeep, host: HOST })).toMatchObject({
      status: 'trouble',
      sees: expect.stringContaining(join(root, 'a')),
    });
  });

  it('is trouble where it cannot be', async () => {
    const spoolDir = join(folder(), 'file');
    writeFileSync(spoolDir, '');
    expect(await checkSpool({ spoolDir, host: HOST })).toMatchObject({
      status: 'trouble',
      sees: expect.stringContaining(spoolDir),
      mend: expect.stringContaining('spoolDir'),
    });
  });

  it('is trouble where the disk has less room than it may need', async () => {
    const spoolDir = folder();
    const limits = { bytes: 2 ** 60, segmentBytes: 1 << 20 };
    expect(await checkSpool({ spoolDir, host: HOST }, limits)).toMatchObject({
      status: 'trouble',
      mend: expect.stringContaining('1024.0 PiB more'),
    });
  });

  it('is trouble when it holds the samples of another host', async () => {
    const spoolDir = join(folder(), 'spool');
    mkdirSync(spoolDir);
    await spoolWith(spoolDir, [0, 70]);
    expect(await checkSpool({ spoolDir, host: 'web2' })).toMatchObject({
      status: 'trouble',
      sees: expect.stringContaining('of host web1, and this is web2'),
    });
  });

  it('is that it is off, where that is wanted', async () => {
    expect(await checkSpool({ spoolDir: undefined, host: HOST })).toMatchObject({
      status: 'absent',
    });
  });
});
