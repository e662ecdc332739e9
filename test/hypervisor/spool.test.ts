import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MinuteBuffer } from '../../agent/minute-buffer.ts';
import { Spool } from '../../agent/spool/spool.ts';
import { spoolFilesIn } from '../../agent/spool/spool-files.ts';
import { decodeChunk } from '../../core/chunk/decode.ts';
import { minuteStartMs } from '../../core/host-minute.ts';
import { labelsFrom } from '../../core/series/labels.ts';
import { expectNothingLost } from '../agent-faults/kill-loop.ts';

const HOST = 'web1';
const START_MS = minuteStartMs(HOST, 28_000_000);
const LABELS = labelsFrom({ __name__: 'up', host: HOST });

function run(program: string, ...args: readonly string[]): void {
  execFileSync(program, args);
}

/** A file system in memory of so many KiB. */
function tinyDisk(kib: number): string {
  const path = mkdtempSync(join(tmpdir(), 'hypervigil-disk-'));
  run('mount', '-t', 'tmpfs', '-o', `size=${kib}k`, 'tmpfs', path);
  onTestFinished(() => {
    run('umount', '--lazy', path);
    rmSync(path, { recursive: true });
  });
  return path;
}

async function openOn(path: string) {
  const dropped = new Map<string, number>();
  const files = spoolFilesIn(join(path, 'spool'));
  await files.prepare();
  const spool = await Spool.open(files, HOST, dropped);
  const buffer = new MinuteBuffer(HOST, dropped, { minutes: 10_000, bytes: 64 << 20 }, spool);
  onTestFinished(() => files.close());
  let minute = 0;
  return {
    spool,
    buffer,
    dropped,
    async nextMinute() {
      const timestampMs = START_MS + minute * 60_000;
      minute += 1;
      buffer.begin(timestampMs);
      buffer.add({ timestampMs, points: [{ key: 'up', labels: LABELS, value: minute }] });
      buffer.close();
      await spool.idle(5000);
    },
  };
}

/** Takes all that waits; the numbers of its minutes. */
async function drain({ buffer, spool }: Awaited<ReturnType<typeof openOn>>) {
  const minutes: number[] = [];
  for (let batch = buffer.oldest(); batch !== undefined; batch = buffer.oldest()) {
    const chunk = await buffer.chunkOf(batch);
    const decoded = typeof chunk === 'string' ? undefined : decodeChunk(chunk);
    if (decoded?.ok !== true) throw new Error(`minute ${batch.minute} cannot be read`);
    minutes.push(...decoded.value.series.flatMap(({ values }) => [...values]));
    buffer.acknowledge(batch);
  }
  await spool.idle(5000);
  return minutes;
}

describe('the spool on a real file system', () => {
  it('that is full keeps samples in memory, and catches up when there is room', async () => {
    const path = tinyDisk(128);
    writeFileSync(join(path, 'other'), new Uint8Array(96 << 10));
    const agent = await openOn(path);
    let minutes = 0;
    while (agent.spool.trouble === undefined) {
      await agent.nextMinute();
      minutes += 1;
      expect(minutes).toBeLessThan(2000);
    }
    expect(agent.spool.trouble).toContain('ENOSPC');
    for (let more = 0; more < 20; more += 1) await agent.nextMinute();
    expect(agent.spool.trouble).toContain('ENOSPC');
    rmSync(join(path, 'other'));
    await agent.nextMinute();
    expect(agent.spool.trouble).toBeUndefined();
    expect(agent.buffer.unsavedSamples).toBe(0);
    const restarted = await openOn(path);
    const taken = Array.from({ length: minutes + 21 }, (_, i) => i + 1);
    expect((await drain(restarted)).sort((a, b) => a - b)).toEqual(taken);
    expect([...restarted.dropped]).toEqual([]);
  });

  it('that turns read-only keeps samples in memory, and catches up when it is writable', async () => {
    const path = tinyDisk(1024);
    const agent = await openOn(path);
    await agent.nextMinute();
    // A file that is open for writing forbids it.
    await agent.spool.close(5000);
    run('mount', '-o', 'remount,ro', path);
    await agent.nextMinute();
    expect(agent.spool.trouble).toContain('EROFS');
    const readOnly = await openOn(path);
    expect(readOnly.buffer.waitingMinutes, 'what is there can be read').toBe(1);
    run('mount', '-o', 'remount,rw', path);
    await agent.nextMinute();
    expect(agent.spool.trouble).toBeUndefined();
    expect(await drain(await openOn(path))).toEqual([1, 2, 3]);
  });
});

it(
  'an agent that is killed 100 times, on a bad network, loses nothing that is not counted',
  {
    timeout: 900_000,
  },
  () => expectNothingLost({ kills: 100, seed: 7 }),
);
