import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Batch } from '../../agent/batch.ts';
import { MinuteBuffer } from '../../agent/minute-buffer.ts';
import { Spool } from '../../agent/spool/spool.ts';
import { type SpoolFiles, spoolFilesIn } from '../../agent/spool/spool-files.ts';
import { decodeChunk } from '../../core/chunk/decode.ts';
import { minuteStartMs } from '../../core/host-minute.ts';
import { labelsFrom, labelValue } from '../../core/series/labels.ts';
import { isStaleAt } from '../../core/series/series.ts';

const HOST = 'web1';
const START_MS = minuteStartMs(HOST, 28_000_000);
const LIMITS = { bytes: 1 << 20, segmentBytes: 1 << 16 };

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'hypervigil-spool-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A run of an agent on a folder. It ends as if it was killed: nothing is closed. */
async function runOn(
  path: string,
  { files = spoolFilesIn(path), limits = LIMITS, host = HOST } = {},
) {
  const dropped = new Map<string, number>();
  const spool = await Spool.open(files, host, dropped, limits);
  const buffer = new MinuteBuffer(host, dropped, undefined, spool);
  onTestFinished(() => files.close());
  return {
    spool,
    buffer,
    dropped,
    written: () => spool.idle(10_000),
    /** Values of a series at seconds from the start. */
    add(seconds: number, values: Readonly<Record<string, number | 'ended'>> = { up: seconds }) {
      const points = Object.entries(values).map(([name, value]) => {
        return { key: name, labels: labelsFrom({ __name__: name, host }), value };
      });
      buffer.add({ timestampMs: START_MS + seconds * 1000, points });
    },
  };
}

type Run = Awaited<ReturnType<typeof runOn>>;

async function chunkOf(buffer: MinuteBuffer, batch: Batch): Promise<Uint8Array> {
  const chunk = await buffer.chunkOf(batch);
  if (typeof chunk === 'string') throw new Error(`batch ${batch.id} is ${chunk}`);
  return chunk;
}

/** What waits, oldest first and taken away: `series second=value ...` of each minute. */
async function drain({ buffer, written }: Run): Promise<readonly string[]> {
  await written();
  const minutes: string[] = [];
  for (let batch = buffer.oldest(); batch !== undefined; batch = buffer.oldest()) {
    const decoded = decodeChunk(await chunkOf(buffer, batch));
    if (!decoded.ok) throw new Error(decoded.error.message);
    const lines = decoded.value.series.map(({ labels, timestamps, values }) => {
      const points = [...timestamps].map(
        (ms, i) => `${(ms - START_MS) / 1000}=${isStaleAt(values, i) ? '_' : values[i]}`,
      );
      return `${labelValue(labels, '__name__')} ${points.join(' ')}`;
    });
    minutes.push(lines.sort().join('; '));
    buffer.acknowledge(batch);
  }
  await written();
  return minutes;
}

function lossesOf(run: Run): Record<string, number> {
  return Object.fromEntries(run.dropped);
}

function segmentsIn(path: string): readonly string[] {
  return readdirSync(path).filter((name) => name.startsWith('segment-'));
}

/** Flips a bit of the last segment. */
function damage(path: string, offset: number): void {
  const name = join(path, segmentsIn(path).at(-1) ?? '');
  const bytes = readFileSync(name);
  bytes.writeUInt8(bytes.readUInt8(offset) ^ 1, offset);
  writeFileSync(name, bytes);
}

describe('the spool', () => {
  it('gives a later run the closed minutes and what there is of the open one', async () => {
    const path = folder();
    const first = await runOn(path);
    first.add(0, { up: 1, vm: 2 });
    first.add(10, { up: 3, vm: 'ended' });
    first.add(60);
    first.add(70, { up: 70, late: 1 });
    await first.written();
    const second = await runOn(path);
    expect(second.spool.lastMs).toBe(START_MS + 70_000);
    expect(await drain(second)).toEqual(['up 0=1 10=3; vm 0=2 10=_', 'late 70=1; up 60=60 70=70']);
    expect(lossesOf(second)).toEqual({});
    const third = await runOn(path);
    expect(await drain(third)).toEqual([]);
    expect(readdirSync(path).filter((name) => name.startsWith('open-'))).toEqual([]);
  });

  it('remembers what the server has, and what it has of the open minute', async () => {
    const path = folder();
    const first = await runOn(path);
    for (const seconds of [0, 60, 120]) first.add(seconds);
    const newest = first.buffer.newest();
    if (newest !== undefined) first.buffer.acknowledge(newest);
    const part = first.buffer.soFar();
    if (part !== undefined) first.buffer.acknowledge(part);
    first.add(130);
    await first.written();
    const second = await runOn(path);
    expect(second.buffer.newest()).toMatchObject({ sampleCount: 2, freshCount: 1 });
    expect(await drain(second)).toEqual(['up 0=0', 'up 120=120 130=130']);
  });

  it('counts a sample that was being taken when the agent was killed, once', async () => {
    const path = folder();
    const first = await runOn(path);
    first.add(0, { up: 1, load: 1 });
    first.buffer.begin(START_MS + 10_000);
    await first.written();
    for (let run = 0; run < 3; run += 1) {
      const later = await runOn(path);
      await later.written();
      expect(lossesOf(later)).toEqual({ agent_killed: 2 });
      expect(later.buffer.waitingSamples).toBe(2);
    }
  });

  it('keeps its counts over restarts, also when segments are removed', async () => {
    const path = folder();
    for (let run = 0; run < 20; run += 1) {
      const each = await runOn(path, { limits: { bytes: 1 << 20, segmentBytes: 1000 } });
      expect(each.dropped.get('refused') ?? 0).toBe(run);
      each.add(run * 60);
      each.buffer.close();
      const [batch] = [each.buffer.oldest()];
      if (batch !== undefined) each.buffer.discard(batch, 'refused');
      await each.written();
    }
    expect(segmentsIn(path).length).toBeLessThan(3);
  });

  it('drops the oldest when it is full, counts it, and stays within its bytes', async () => {
    const path = folder();
    const limits = { bytes: 4000, segmentBytes: 1000 };
    const first = await runOn(path, { limits });
    for (let minute = 0; minute < 100; minute += 1) {
      first.add(minute * 60);
      await first.written();
      expect(first.spool.bytes).toBeLessThanOrEqual(limits.bytes + limits.segmentBytes);
    }
    const waiting = first.buffer.waitingSamples;
    expect(lossesOf(first)).toEqual({ spool_full: 100 - waiting });
    const second = await runOn(path, { limits });
    expect(lossesOf(second)).toEqual({ spool_full: 100 - waiting });
    expect((await drain(second)).at(-1)).toBe('up 5940=5940');
  });

  it('counts a damaged minute once, and gives all others', async () => {
    const path = folder();
    const first = await runOn(path);
    for (const seconds of [0, 60, 120, 180]) first.add(seconds, { up: 1, load: 2 });
    first.buffer.close();
    await first.written();
    const places = first.spool.bytes / 4;
    damage(path, Math.trunc(places + 20));
    for (let run = 0; run < 3; run += 1) {
      const later = await runOn(path);
      await later.written();
      expect(lossesOf(later)).toEqual({ spool_damaged: 2 });
      expect(later.buffer.waitingMinutes).toBe(3);
    }
  });

  it('tells at reading what was damaged since', async () => {
    const path = folder();
    const first = await runOn(path);
    for (const seconds of [0, 60, 120]) {
      first.add(seconds);
      await first.written();
    }
    const oldest = first.buffer.oldest();
    damage(path, 80);
    if (oldest === undefined) throw new Error('nothing waits');
    expect(await first.buffer.chunkOf(oldest)).toBe('damaged');
  });

  it('counts what is lost with a whole segment, and does without a head', async () => {
    const path = folder();
    const limits = { bytes: 1 << 20, segmentBytes: 500 };
    const first = await runOn(path, { limits });
    for (let minute = 0; minute <= 9; minute += 1) first.add(minute * 60);
    await first.written();
    const [, second = ''] = segmentsIn(path);
    rmSync(join(path, second));
    const later = await runOn(path, { limits });
    await later.written();
    const lost = later.dropped.get('spool_damaged') ?? 0;
    expect(lost).toBeGreaterThan(0);
    expect(lost + later.buffer.waitingSamples).toBe(10);
    writeFileSync(join(path, 'head'), 'nonsense');
    const last = await runOn(path, { limits });
    expect((await drain(last)).at(-1)).toBe('up 540=540');
  });

  it('does not send one host the minutes of another name', async () => {
    const path = folder();
    const first = await runOn(path);
    for (const seconds of [0, 60, 120]) first.add(seconds);
    await first.written();
    const renamed = await runOn(path, { host: 'web2' });
    await renamed.written();
    expect(renamed.buffer.waitingMinutes).toBe(0);
    expect(lossesOf(renamed)).toEqual({ host_renamed: 3 });
    const again = await runOn(path, { host: 'web2' });
    expect(lossesOf(again)).toEqual({ host_renamed: 3 });
  });

  it('keeps samples in memory while the disk takes none, says why, and catches up', async () => {
    const path = folder();
    const real = spoolFilesIn(path);
    let code: string | undefined;
    const check = async () => {
      if (code !== undefined) throw Object.assign(new Error(`${code}: no`), { code });
    };
    const files: SpoolFiles = {
      ...real,
      append: async (name, bytes) => {
        if (code === 'ENOSPC') await real.append(name, bytes.subarray(0, bytes.byteLength >> 1));
        await check();
        await real.append(name, bytes);
      },
      sync: async (name) => {
        await check();
        await real.sync(name);
      },
    };
    const run = await runOn(path, { files });
    let seconds = 0;
    const next = () => {
      seconds += 60;
      run.add(seconds);
    };
    for (const trouble of ['ENOSPC', 'EIO', 'EROFS']) {
      next();
      await run.written();
      expect(run.spool.trouble).toBeUndefined();
      code = trouble;
      next();
      next();
      await run.written();
      expect(run.spool.trouble).toContain(trouble);
      code = undefined;
      next();
      await run.written();
      expect(run.spool.trouble).toBeUndefined();
    }
    run.buffer.close();
    await run.written();
    const later = await runOn(path);
    const expected = Array.from(
      { length: seconds / 60 },
      (_, i) => `up ${i * 60 + 60}=${i * 60 + 60}`,
    );
    expect((await drain(later)).toSorted()).toEqual(expected.toSorted());
    expect(lossesOf(later)).toEqual({});
  });

  it('goes on in memory when the disk hangs', async () => {
    const path = folder();
    const real = spoolFilesIn(path);
    const files: SpoolFiles = { ...real, append: () => new Promise(() => {}) };
    const run = await runOn(path, { files });
    run.add(0);
    await run.spool.idle(1);
    const beganMs = performance.now();
    for (let minute = 1; minute < 200; minute += 1) {
      run.add(minute * 60);
      await run.spool.idle(1000);
    }
    expect(performance.now() - beganMs, 'nobody waits for it again').toBeLessThan(1000);
    expect(run.spool.trouble).toBe('the disk does not answer');
    expect(run.buffer.waitingMinutes).toBe(60);
    expect(lossesOf(run)).toEqual({ buffer_full: 139 });
  });

  it('loses nothing uncounted, whatever is cut or flipped in its files', async () => {
    const path = folder();
    const limits = { bytes: 1 << 20, segmentBytes: 700 };
    const first = await runOn(path, { limits });
    for (let minute = 0; minute < 12; minute += 1) first.add(minute * 60, { up: minute, load: 1 });
    const stored = first.buffer.oldest();
    if (stored !== undefined) first.buffer.acknowledge(stored);
    await first.written();
    const total = first.buffer.waitingSamples;
    const contents = new Map(
      readdirSync(path).map((name) => [name, readFileSync(join(path, name))]),
    );
    const names = segmentsIn(path);
    const fault = fc.record({ file: fc.nat(), at: fc.nat(), isCut: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fault, async ({ file, at, isCut }) => {
        const copy = folder();
        for (const [name, bytes] of contents) writeFileSync(join(copy, name), bytes);
        const name = names[file % names.length] ?? '';
        const bytes = Buffer.from(contents.get(name) ?? []);
        const offset = at % bytes.byteLength;
        bytes.writeUInt8(bytes.readUInt8(offset) ^ (1 << (at % 8)), offset);
        writeFileSync(join(copy, name), isCut ? bytes.subarray(0, offset) : bytes);
        const later = await runOn(copy, { limits });
        await later.written();
        const again = await runOn(copy, { limits });
        const lost = again.dropped.get('spool_damaged') ?? 0;
        expect(lost).toBe(later.dropped.get('spool_damaged') ?? 0);
        // A damaged note that the server has a minute lets that wait once more.
        const counted = lost + again.buffer.waitingSamples - total;
        expect([0, 2]).toContain(counted);
        for (const minute of await drain(again))
          expect(minute).toMatch(/^load (\d+)=1; up \1=\d+$/);
      }),
      { numRuns: 60 },
    );
  });
});
