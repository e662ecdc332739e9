import { type SpawnOptions, spawn } from 'node:child_process';
import { createServer } from 'node:net';

/** What is measured: ours or another's. */
export interface Program {
  /** As the table and `--only` call it. */
  readonly name: string;
  /** What brings it where it is absent. */
  readonly remedy: string;
  /** Whether it can be run here. */
  isPresent(): boolean;
  /** Starts it with a configuration that it gets in this empty folder. */
  start(folder: string, intervalMs: number): Promise<RunningProgram>;
}

export interface RunningProgram {
  readonly child: StartedChild;
  /** All that went over the network for it so far. */
  traffic(): Promise<Traffic>;
  stop(): Promise<void>;
}

export interface Traffic {
  /** Both ways, without the headers of TCP, UDP and IP. */
  readonly bytes: number;
  /** Numbers that the newest sample has; 0 before the first one. */
  readonly numbers: number;
}

export interface StartedChild {
  readonly pid: number;
  /** Throws with the beginning of what it wrote if it has ended by itself. */
  assertRuns(): void;
  stop(): Promise<void>;
}

const OUTPUT_MAX_CHARS = 8192;
const STOP_WITHIN_MS = 10_000;

/** Starts a program; throws where it cannot be started. */
export async function startChild(
  command: string,
  args: readonly string[],
  options: Pick<SpawnOptions, 'env' | 'cwd'> = {},
): Promise<StartedChild> {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const note = (part: Buffer) => {
    if (output.length < OUTPUT_MAX_CHARS) output += part.toString();
  };
  child.stdout.on('data', note);
  child.stderr.on('data', note);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  if (child.pid === undefined) throw new Error(`${command} has no process`);
  return {
    pid: child.pid,
    assertRuns() {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`${command} ${args.join(' ')} has ended: ${output}`);
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
      await ended;
      clearTimeout(force);
    },
  };
}

/** Where no system takes ports for outgoing connections from, and which Zabbix accepts. */
const PORTS = { first: 20_000, count: 12_000 };
const PORT_TRIES = 50;

/** A TCP port of the loopback address that nothing listens on now. */
export async function freePort(): Promise<number> {
  for (let i = 0; i < PORT_TRIES; i += 1) {
    const port = PORTS.first + Math.floor(Math.random() * PORTS.count);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port after ${PORT_TRIES} tries`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
