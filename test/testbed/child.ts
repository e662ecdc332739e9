import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

const END_WITH_PARENT = new URL('../../infra/local/end-with-parent.ts', import.meta.url).href;
const STOP_WITHIN_MS = 20_000;

/** A program of ours as a process of its own. It ends with us, whatever becomes of us. */
export class Child {
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;
  /** What it has printed. */
  output = '';

  /** `within` is a command that becomes the one it is given, such as `unshare --net`. */
  constructor(
    program: string,
    args: readonly string[],
    environment: Readonly<Record<string, string>>,
    within: readonly string[] = [],
  ) {
    const [command = process.execPath, ...rest] = [
      ...within,
      process.execPath,
      ...['--import', END_WITH_PARENT, program],
      ...args,
    ];
    this.#process = spawn(command, rest, {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.on('data', (data: Buffer) => {
        this.output += data.toString();
      });
    }
    this.#ended = once(this.#process, 'close');
  }

  get hasEnded(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  /** Ends it at once, as a power cut would. */
  async kill(): Promise<void> {
    if (this.hasEnded) return;
    this.#process.kill('SIGKILL');
    await this.#ended;
  }

  /** What happens meanwhile it does not see: it stands still, and goes on after it. */
  async blindTo<T>(happening: () => Promise<T>): Promise<T> {
    this.#process.kill('SIGSTOP');
    try {
      return await happening();
    } finally {
      this.#process.kill('SIGCONT');
    }
  }

  /** Waits until it has ended by itself; throws with what it said if that takes longer. */
  async ended(withinMs: number): Promise<void> {
    const over = AbortSignal.timeout(withinMs);
    const late = new Promise<never>((_, reject) => {
      over.addEventListener('abort', () =>
        reject(new Error(`has not ended within ${withinMs} ms: ${this.output}`)),
      );
    });
    await Promise.race([this.#ended, late]);
  }

  /** Asks it to stop, and ends it if it does not. */
  async stop(): Promise<void> {
    if (this.hasEnded) return;
    this.#process.kill('SIGTERM');
    const force = setTimeout(() => this.#process.kill('SIGKILL'), STOP_WITHIN_MS);
    await this.#ended;
    clearTimeout(force);
  }
}
