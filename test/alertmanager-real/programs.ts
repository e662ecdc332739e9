import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const AMTOOL = process.env['AMTOOL'] ?? 'amtool';
const ALERTMANAGER = process.env['ALERTMANAGER'] ?? 'prometheus-alertmanager';

export interface ProgramResult {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `amtool`; that it fails is a result, that there is none is an error. */
export function amtool(...args: string[]): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    execFile(AMTOOL, args, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number') reject(error);
      else resolve({ ok: error === null, stdout, stderr });
    });
  });
}

/** Calls `use` with the path of a file of this text, which is gone afterwards. */
export async function withFile<T>(text: string, use: (path: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'alertmanager-'));
  try {
    const path = join(folder, 'alertmanager.yaml');
    writeFileSync(path, text);
    return await use(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Calls `use` with the URL of an Alertmanager of that configuration, alone on a port of its own. */
export function withAlertmanager<T>(config: string, use: (url: string) => Promise<T>): Promise<T> {
  return withFile(config, async (path) => {
    const port = await freePort();
    const child = spawn(
      ALERTMANAGER,
      [
        `--config.file=${path}`,
        `--storage.path=${path}.data`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--cluster.listen-address=',
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let log = '';
    child.stderr.on('data', (text: Buffer) => {
      log += text.toString();
    });
    const ended = new Promise<never>((_, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`Alertmanager ended with ${code}: ${log}`)));
    });
    ended.catch(() => undefined); // waited for below, unless it ends because it was told to
    try {
      const url = `http://127.0.0.1:${port}`;
      await Promise.race([until(() => isReady(url)), ended]);
      return await Promise.race([use(url), ended]);
    } finally {
      const gone = new Promise((resolve) => child.once('close', resolve));
      if (child.exitCode === null && child.kill()) await gone;
    }
  });
}

/** Waits until it is so; gives up after half a minute. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  const endMs = Date.now() + 30_000;
  while (!(await isSo())) {
    if (Date.now() > endMs) throw new Error('waited for half a minute');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/-/ready`)).ok;
  } catch {
    return false; // not listening yet
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' ? address?.port : undefined;
      server.close(() => (port === undefined ? reject(new Error('no port')) : resolve(port)));
    });
  });
}
