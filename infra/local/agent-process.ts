import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

export interface AgentOptions {
  readonly url: string;
  readonly keyFile: string;
  readonly host: string;
  /** As the agent reads it: `5s`. Every sample is posted at once. */
  readonly sampleInterval: string;
  /** Its folder for samples that are not posted yet. */
  readonly spoolDir: string;
  /** A line the agent printed. */
  readonly onLine: (line: string) => void;
  /** The agent ended by itself, and why; it is started again after `retryMs`. */
  readonly onExit: (reason: string, retryMs: number) => void;
}

/** The agent of this machine, as a child. */
export interface AgentProcess {
  /** Lets it post what it has, then ends it. */
  readonly stop: () => Promise<void>;
}

const AGENT = fileURLToPath(new URL('../../agent/main.ts', import.meta.url));
const END_WITH_PARENT = new URL('./end-with-parent.ts', import.meta.url).href;

/** The agent gives itself 5 s for the last post. */
const STOP_WITHIN_MS = 7_000;
const RETRY_MIN_MS = 1_000;
const RETRY_MAX_MS = 60_000;
/** One that ran so long did not fail at its start: the waiting begins anew. */
const HEALTHY_MS = 60_000;

/** Starts the agent, and again whenever it ends. */
export function startAgent(options: AgentOptions): AgentProcess {
  let child: ChildProcess | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let retryMs = RETRY_MIN_MS;
  let ended: Promise<void> = Promise.resolve();

  const start = () => {
    const startedMs = performance.now();
    const own = launch(options);
    child = own;
    ended = new Promise((resolve) => {
      const finish = (reason: string) => {
        resolve();
        if (child !== own) return;
        child = undefined;
        if (stopped) return;
        if (performance.now() - startedMs > HEALTHY_MS) retryMs = RETRY_MIN_MS;
        options.onExit(reason, retryMs);
        timer = setTimeout(start, retryMs);
        retryMs = Math.min(retryMs * 2, RETRY_MAX_MS);
      };
      own.once('error', (error) => finish(error.message));
      own.once('exit', (code, signal) => {
        finish(signal === null ? `exit code ${code}` : `ended by ${signal}`);
      });
    });
  };
  start();
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      if (child === undefined) return;
      const last = child;
      last.kill('SIGTERM');
      const force = setTimeout(() => last.kill('SIGKILL'), STOP_WITHIN_MS);
      await ended;
      clearTimeout(force);
    },
  };
}

function launch(options: AgentOptions): ChildProcess {
  const { url, keyFile, host, sampleInterval, spoolDir, onLine } = options;
  const child = spawn(process.execPath, ['--import', END_WITH_PARENT, AGENT, 'run'], {
    env: {
      ...process.env,
      HYPERVIGIL_URL: url,
      HYPERVIGIL_KEY_FILE: keyFile,
      HYPERVIGIL_HOST: host,
      HYPERVIGIL_SAMPLE_INTERVAL: sampleInterval,
      HYPERVIGIL_BATCH_INTERVAL: sampleInterval,
      HYPERVIGIL_SPOOL_DIR: spoolDir,
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // Not in the terminal's process group: Ctrl-C is for us, who end the agent before its servers.
    detached: true,
  });
  readLines(child.stdout, onLine);
  readLines(child.stderr, onLine);
  return child;
}

function readLines(stream: Readable | null, onLine: (line: string) => void): void {
  if (stream !== null) createInterface({ input: stream }).on('line', onLine);
}
