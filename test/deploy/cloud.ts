import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../secrets/secret-register.ts';

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

/** What a command said. */
export interface Said {
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Absent: the repository's root. */
  readonly folder?: string;
  /** Beside that in which AWS clients talk to the emulator. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** An emulated AWS on this machine, empty at first, with the CDK CLI and our own commands set upon it. */
export interface Cloud {
  readonly endpoint: string;
  /** A folder that goes with it. */
  readonly folder: string;
  /** The environment in which AWS clients talk to it. */
  readonly environment: Readonly<Record<string, string>>;
  /** What AWS clients in this process are made with. */
  readonly client: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  /** Calls an operation of a service that speaks AWS' JSON protocol: `Logs_20140328.FilterLogEvents`. */
  readonly call: (operation: string, parameters: object) => Promise<unknown>;
  /** Runs a command of node_modules/.bin to its end; throws with what it said if it failed. */
  readonly run: (command: string, args: readonly string[], options?: RunOptions) => Promise<Said>;
  /** What the emulator itself has said so far. */
  readonly log: () => Log;
  readonly stop: () => Promise<void>;
}

const REGION = 'us-east-1';
/** The emulator takes any. */
const ANY_KEY = 'test';

/** Starts the emulator (MiniStack) on a free port of the loopback interface. */
export async function startCloud(): Promise<Cloud> {
  const folder = await mkdtemp(join(tmpdir(), 'hypervigil-cloud-'));
  // Its Lambdas run in there as CommonJS, whatever lies in the machine's own folder for such things.
  await writeFile(join(folder, 'package.json'), '{ "type": "commonjs" }');
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  // The emulator starts Lambdas as `node`: the pinned one has to be first.
  const PATH = [BIN, process.env['PATH'] ?? ''].join(delimiter);
  const child = spawn(MINISTACK, [], {
    env: {
      ...process.env,
      PATH,
      TMPDIR: folder,
      BIND_HOST: '127.0.0.1',
      MINISTACK_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      LAMBDA_EXECUTOR: 'local',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // However this process ends.
  process.once('exit', () => child.kill());
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data: Buffer) => {
      output += data.toString();
    });
  const failed = new Promise<never>((_, reject) => {
    child.once('error', (cause) => reject(new Error(`can't start ${MINISTACK}`, { cause })));
    child.once('exit', (code) =>
      reject(new Error(`${MINISTACK} ended with status ${code}: ${output}`)),
    );
  });
  await Promise.race([failed, answers(`${endpoint}/_ministack/health`)]);
  failed.catch(() => {}); // Later it ends because we stop it.
  const environment = {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: ANY_KEY,
    AWS_SECRET_ACCESS_KEY: ANY_KEY,
    AWS_REGION: REGION,
    AWS_EC2_METADATA_DISABLED: 'true',
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    HOME: homedir(),
    PATH,
  };
  const run: Cloud['run'] = (command, args, { folder: cwd = ROOT, environment: more } = {}) =>
    runToEnd(join(BIN, command), args, { cwd, env: { ...environment, ...more } });
  const call: Cloud['call'] = async (operation, parameters) => {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': operation },
      body: JSON.stringify(parameters),
    });
    if (!response.ok) throw new Error(`${operation}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  return {
    endpoint,
    folder,
    environment,
    client: {
      endpoint,
      region: REGION,
      credentials: { accessKeyId: ANY_KEY, secretAccessKey: ANY_KEY },
    },
    call,
    run,
    log: () => ({ name: 'the emulator', text: output }),
    stop: async () => {
      await stop(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function runToEnd(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<Said> {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data: Buffer) => {
    stdout += data.toString();
  });
  child.stderr.on('data', (data: Buffer) => {
    stderr += data.toString();
  });
  const [code, signal] = await once(child, 'close');
  if (code !== 0)
    throw new Error(`${[command, ...args].join(' ')}: ${code ?? signal}\n${stdout}${stderr}`);
  return { stdout: stdout.trim(), stderr: stderr.trim() };
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
