import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as v from 'valibot';
import type { MinuteBuffer } from '../../agent/minute-buffer.ts';
import type { Spool } from '../../agent/spool/spool.ts';
import type { spoolFilesIn } from '../../agent/spool/spool-files.ts';
import { minuteStartMs } from '../../core/host-minute.ts';
import { labelsFrom } from '../../core/series/labels.ts';

/**
 * What an agent's spool holds, by file; made by `node test/upgrade/spool-fixture.ts NAME [FOLDER]`, with the code
 * in FOLDER or with today's.
 */

const ROOT = resolve(import.meta.dirname, '../..');
const FIXTURES = join(import.meta.dirname, 'fixtures/spool');

export const SPOOL_HOST = 'web-1';
const START_MS = minuteStartMs(SPOOL_HOST, 29_500_000);
export const SPOOL_LIMITS = { bytes: 1 << 20, segmentBytes: 1 << 16 };

const schema = v.object({
  /** Of the code that made it. */
  commit: v.string(),
  /** Base64. */
  files: v.record(v.string(), v.string()),
});
type SpoolFixture = v.InferOutput<typeof schema>;

export function spoolFixtureNames(): string[] {
  return readdirSync(FIXTURES)
    .map((name) => name.replace(/\.json$/, ''))
    .sort();
}

export function readSpoolFixture(name: string): SpoolFixture {
  return v.parse(schema, JSON.parse(readFileSync(join(FIXTURES, `${name}.json`), 'utf8')));
}

/** Puts the files into a folder. */
export function fillSpool(folder: string, { files }: SpoolFixture): void {
  for (const [name, base64] of Object.entries(files))
    writeFileSync(join(folder, name), Buffer.from(base64, 'base64'));
}

export function dumpSpool(folder: string): SpoolFixture['files'] {
  const names = readdirSync(folder).sort();
  return Object.fromEntries(
    names.map((name) => [name, readFileSync(join(folder, name)).toString('base64')]),
  );
}

interface AgentCode {
  readonly Spool: typeof Spool;
  readonly MinuteBuffer: typeof MinuteBuffer;
  readonly spoolFilesIn: typeof spoolFilesIn;
}

async function loadAgent(folder: string): Promise<AgentCode> {
  const load = (path: string) => import(pathToFileURL(join(folder, 'agent', path)).href);
  return {
    ...(await load('spool/spool.ts')),
    ...(await load('spool/spool-files.ts')),
    ...(await load('minute-buffer.ts')),
  };
}

/**
 * An agent that is killed in its fourth minute: the server has the first one and has refused the second, the others
 * wait.
 */
export async function makeSpool(code: string): Promise<SpoolFixture['files']> {
  const agent = await loadAgent(code);
  const folder = mkdtempSync(join(tmpdir(), 'hypervigil-spool-'));
  const files = agent.spoolFilesIn(folder);
  try {
    const dropped = new Map<string, number>();
    const spool = await agent.Spool.open(files, SPOOL_HOST, dropped, SPOOL_LIMITS);
    const buffer = new agent.MinuteBuffer(SPOOL_HOST, dropped, undefined, spool);
    for (let second = 0; second < 210; second += 30) {
      const points = ['host_load1', 'host_uptime_seconds'].map((name) => ({
        key: name,
        labels: labelsFrom({ __name__: name, host: SPOOL_HOST }),
        value: second,
      }));
      buffer.add({ timestampMs: START_MS + second * 1000, points });
    }
    const settle = (isStored: boolean) => {
      const batch = buffer.oldest();
      if (batch === undefined) throw new Error('no minute waits');
      if (isStored) buffer.acknowledge(batch);
      else buffer.discard(batch, 'refused');
    };
    settle(true);
    settle(false);
    await spool.idle(10_000);
    return dumpSpool(folder);
  } finally {
    await files.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function main([name, folder = ROOT]: readonly string[]): Promise<void> {
  if (name === undefined)
    throw new Error('spool-fixture.ts NAME [FOLDER]: how is it to be called?');
  const git = ['-C', folder, 'rev-parse', '--short', 'HEAD'];
  const commit = execFileSync('git', git, { encoding: 'utf8' }).trim();
  const files = await makeSpool(folder);
  writeFileSync(join(FIXTURES, `${name}.json`), `${JSON.stringify({ commit, files }, null, 1)}\n`);
}

if (import.meta.main) await main(process.argv.slice(2));
