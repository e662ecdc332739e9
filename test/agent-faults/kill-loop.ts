import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import { Spool } from '../../agent/spool/spool.ts';
import { spoolFilesIn } from '../../agent/spool/spool-files.ts';
import { type Fault, startFaultyServer } from './faulty-server.ts';
import { randomOf } from './random.ts';

const AGENT = fileURLToPath(new URL('./counting-agent.ts', import.meta.url));
const HOST = 'web1';
const METRIC = 'host_uptime_seconds';

/** Each run has numbers of its own. */
const NUMBERS_PER_RUN = 100_000;

export interface KillLoop {
  readonly kills: number;
  readonly seed: number;
  /** Where the spool is; a folder of its own by default. */
  readonly spoolDir?: string;
}

/**
 * Kills an agent again and again, at random instants, while its network fails it in every way. Then
 * lets it end in peace, and expects every number it noted to be stored exactly once, or counted.
 */
export async function expectNothingLost({ kills, seed, spoolDir }: KillLoop): Promise<void> {
  const random = randomOf(seed);
  const folder = mkdtempSync(join(tmpdir(), 'hypervigil-kills-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const spool = spoolDir ?? join(folder, 'spool');
  const notesPath = join(folder, 'notes');
  const server = await startFaultyServer(HOST, Date.now, random);
  onTestFinished(server.close);
  server.plan = (what) => someFault(what, random);
  const beganMs = Date.now();
  const start = (run: number) => {
    const settings = {
      ...{ url: server.url.href, key: server.key, host: HOST, spoolDir: spool, notesPath },
      ...{ firstNumber: run * NUMBERS_PER_RUN, intervalMs: 20 },
    };
    const child = spawn(process.execPath, [AGENT, JSON.stringify(settings)], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (part) => {
      said += part;
    });
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    return { child, closed: once(child, 'close'), said: () => said };
  };
  for (let run = 1; run <= kills; run += 1) {
    const { child, closed } = start(run);
    const notedBefore = noted(notesPath).length;
    // Most are killed at work, some while they recover.
    if (random() < 0.8) await until(() => noted(notesPath).length > notedBefore);
    await sleep(random() * 150);
    child.kill('SIGKILL');
    await closed;
  }
  server.plan = () => 'none';
  const last = start(kills + 1);
  const notedBefore = noted(notesPath).length;
  await until(() => noted(notesPath).length > notedBefore + 5);
  last.child.kill('SIGTERM');
  const [code] = await last.closed;
  expect(code, last.said()).toBe(0);

  const dropped = new Map<string, number>();
  const files = spoolFilesIn(spool);
  const left = await Spool.open(files, HOST, dropped);
  expect(left.recovered, last.said()).toEqual([]);
  await left.close(1000);
  const stored = await server.stored(METRIC, beganMs, Date.now());
  const times = new Map<number, number>();
  for (const { value } of stored) times.set(value, (times.get(value) ?? 0) + 1);
  const taken = noted(notesPath);
  const missing = taken.filter((number) => !times.has(number));
  const lost = [...dropped.values()].reduce((sum, count) => sum + count, 0);
  expect([...times.values()].every((count) => count === 1)).toBe(true);
  expect([...times.keys()].every((number) => taken.includes(number))).toBe(true);
  expect([...dropped.keys()].filter((reason) => reason !== 'agent_killed')).toEqual([]);
  expect(missing.length).toBeLessThanOrEqual(lost);
  // Only what was being taken or written is lost, the last of a run: more than one where the disk takes longer than
  // the time between two.
  for (const number of missing) expect([number, times.has(number + 1)]).toEqual([number, false]);
  expect(taken.length).toBeGreaterThan(kills);
  const faults = [...server.happened].filter(([fault]) => fault !== 'none');
  expect(faults.reduce((sum, [, count]) => sum + count, 0)).toBeGreaterThan(kills / 10);
}

function someFault(what: 'connection' | 'post', random: () => number): Fault {
  const dice = random();
  if (what === 'connection') return dice < 0.2 ? 'cut' : 'none';
  if (dice < 0.1) return 'error';
  if (dice < 0.2) return 'busy';
  if (dice < 0.27) return 'storesThenFails';
  return dice < 0.34 ? 'storesThenHangs' : 'none';
}

function noted(path: string): readonly number[] {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1).map(Number) : [];
}

async function until(holds: () => boolean): Promise<void> {
  const deadlineMs = Date.now() + 20_000;
  while (!holds()) {
    if (Date.now() > deadlineMs) throw new Error('nothing was measured within 20 s');
    await sleep(10);
  }
}
