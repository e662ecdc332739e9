import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
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
  readonly pid: number;
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

/** A child that ends with us. `output` is what it wrote, its beginning at most. */
export interface StartedChild {
  readonly pid: number;
  readonly child: ChildProcess;
  output(): string;
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
    child,
    output: () => output,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
      await ended;
      clearTimeout(force);
    },
  };
}

/** A TCP port of the loopback address that nothing listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') throw new Error('no port');
      server.close(() => resolve(address.port));
    });
  });
}
