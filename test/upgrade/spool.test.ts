import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { crc32 } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { MinuteBuffer } from '../../agent/minute-buffer.ts';
import { scanRecords } from '../../agent/spool/record.ts';
import { Spool } from '../../agent/spool/spool.ts';
import { spoolFilesIn } from '../../agent/spool/spool-files.ts';
import { decodeChunk } from '../../core/chunk/decode.ts';
import { labelValue } from '../../core/series/labels.ts';
import { chunkForm } from './chunk-form.ts';
import {
  dumpSpool,
  fillSpool,
  makeSpool,
  readSpoolFixture,
  SPOOL_HOST,
  SPOOL_LIMITS,
  spoolFixtureNames,
} from './spool-fixture.ts';

const ROOT = resolve(import.meta.dirname, '../..');

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'hypervigil-upgrade-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  fillSpool(folder, { commit: '', files });
  return folder;
}

function open(folder: string, dropped = new Map<string, number>()): Promise<Spool> {
  const files = spoolFilesIn(folder);
  onTestFinished(() => files.close());
  return Spool.open(files, SPOOL_HOST, dropped, SPOOL_LIMITS);
}

describe.each(spoolFixtureNames())('a spool that %s left', (name) => {
  const { files } = readSpoolFixture(name);

  test('gives what waits in it, and no more', async () => {
    const dropped = new Map<string, number>();
    const spool = await open(folderWith(files), dropped);
    const buffer = new MinuteBuffer(SPOOL_HOST, dropped, undefined, spool);
    const loads: number[][] = [];
    for (let batch = buffer.oldest(); batch !== undefined; batch = buffer.oldest()) {
      const chunk = await buffer.chunkOf(batch);
      const decoded = typeof chunk === 'string' ? undefined : decodeChunk(chunk);
      if (!decoded?.ok) throw new Error(`batch ${batch.id} can't be read`);
      const load = decoded.value.series.find(
        ({ labels }) => labelValue(labels, '__name__') === 'host_load1',
      );
      loads.push([...(load?.values ?? [])]);
      buffer.acknowledge(batch);
    }
    expect(loads).toEqual([[120, 150], [180]]);
    expect(Object.fromEntries(dropped)).toEqual({ refused: 4 });
    await spool.idle(10_000);
  });

  test.each([
    ['a record', 'segment-0000000001', newerRecord, 'a record of the spool is of version 2'],
    ['a record of the open minute', 'open-4', newerRecord, 'a record of the spool is of version 2'],
    ['a head', 'head', newerHead, "the spool's head is of version 2"],
  ])('with %s of a newer agent is left alone', async (_, file, newer, message) => {
    const written = Buffer.from(files[file] ?? '', 'base64');
    const left = { ...files, [file]: newer(written).toString('base64') };
    const folder = folderWith(left);
    // The agent says so, and goes on without a spool.
    await expect(open(folder)).rejects.toThrow(message);
    expect(dumpSpool(folder)).toEqual(left);
  });
});

test('what an agent of today leaves is, byte by byte, what the newest fixture holds', async () => {
  const newest = readSpoolFixture(spoolFixtureNames().at(-1) ?? '');
  expect(
    formsOf(await makeSpool(ROOT)),
    "the spool's form has changed: give it another version, keep the reader of this one, and make a fixture of the new one (docs/upgrades.md)",
  ).toEqual(formsOf(newest.files));
});

/** Each byte of the files, inflated, but for lengths and checksums of what is deflated. */
function formsOf(files: Readonly<Record<string, string>>): Record<string, string[]> {
  const forms = Object.entries(files).map(([name, base64]) => {
    const bytes = Buffer.from(base64, 'base64');
    const records = scanRecords(bytes).found.map(({ record, offset }) => {
      const chunk = chunkForm(record.payload);
      const header = bytes.subarray(offset, offset + 56);
      if (chunk === undefined) return bytes.subarray(offset, offset + 56 + record.payload.length);
      return Buffer.from(`${header.subarray(0, 4)}${header.subarray(8, 48)}${chunk}`);
    });
    return [name, records.length === 0 ? [base64] : records.map((one) => one.toString('hex'))];
  });
  return Object.fromEntries(forms);
}

/** The first record as one of version 2: the checksum of its header is at byte 52. */
function newerRecord(bytes: Buffer): Buffer {
  bytes.writeUInt8(2, 2);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 52)), 52);
  return bytes;
}

function newerHead(bytes: Buffer): Buffer {
  const [json = ''] = bytes.toString('utf8').split('\n');
  const newer = json.replace('{', '{"version":2,');
  return Buffer.from(`${newer}\n${crc32(newer).toString(16)}\n`);
}
