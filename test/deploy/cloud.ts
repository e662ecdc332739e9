import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '..', '..');
const BIN = join(ROOT, 'node_modules', '.bin');
const START_LIMIT_MS = 30_000;

/** Where `.ci/run` puts it; or set MINISTACK. */
const MINISTACK =
  process.env['MINISTACK'] ??
  join(
    process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'),
    'hypervigil/python/bin/ministack',
  );

/** An emulated AWS on this machine, empty at first, with the CDK CLI and our own commands set upon it. */
export interface Cloud {
  readonly endpoint: string;
  /** The environment in which AWS clients talk to it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Calls an operation of a service that speaks AWS' JSON protocol: `Logs_20140328.FilterLogEvents`. */
  readonly call: (operation: string, parameters: object) => Promise<unknown>;
  /** Runs a command of node_modules/.bin; gives what it printed, throws if it failed. */
  readonly run: (
    command: string,
    args: readonly string[],
    where?: {
      /** Absent: the repository's root. */
      readonly folder?: string;
      /** Beside that in which AWS clients talk to the emulator. */
      readonly environment?: Readonly<Record<string, string>>;
    },
  ) => Promise<string>;
  readonly stop: () => Promise<void>;
}

/** Starts the emulator (MiniStack) on a free port of the loopback interface. */
export async function startCloud(): Promise<Cloud> {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  // The emulator starts Lambdas as `node`: the pinned one has to be first.
  const PATH = [BIN, process.env['PATH'] ?? ''].join(delimiter);
  const child = spawn(MINISTACK, [], {
    env: {
      ...process.env,
      PATH,
      BIND_HOST: '127.0.0.1',
      MINISTACK_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      LAMBDA_EXECUTOR: 'local',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const failed = new Promise<never>((_, reject) => {
    child.once('error', (cause) => reject(new Error(`can't start ${MINISTACK}`, { cause })));
    child.once('exit', (code) => reject(new Error(`${MINISTACK} ended with status ${code}`)));
  });
  await Promise.race([failed, answers(`${endpoint}/_ministack/health`)]);
  failed.catch(() => {}); // Later it ends because we stop it.
  const environment = {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: 'us-east-1',
    AWS_EC2_METADATA_DISABLED: 'true',
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    HOME: homedir(),
    PATH,
  };
  const run: Cloud['run'] = async (command, args, { folder = ROOT, environment: more } = {}) => {
    const options = { cwd: folder, env: { ...environment, ...more }, maxBuffer: 16 << 20 };
    const { stdout } = await promisify(execFile)(join(BIN, command), args, options);
    return stdout.trim();
  };
  const call: Cloud['call'] = async (operation, parameters) => {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': operation },
      body: JSON.stringify(parameters),
    });
    if (!response.ok) throw new Error(`${operation}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  return { endpoint, environment, call, run, stop: () => stop(child) };
}

async function answers(url: string): Promise<void> {
  const deadline = Date.now() + START_LIMIT_MS;
  while (Date.now() < deadline) {
    const ok = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (ok) return;
    await sleep(100);
  }
  throw new Error(`nothing answers at ${url} after ${START_LIMIT_MS} ms`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill();
  await ended;
}

/** A port nobody uses now. Somebody could take it before the emulator does; then the start fails loudly. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
