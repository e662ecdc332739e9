import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { join, win32 } from 'node:path';

/** What a program left. */
export interface CommandOutput {
  /** `undefined` where a signal ended it. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  /** The beginning of what it complained about. */
  readonly stderr: string;
}

export interface CommandLimits {
  readonly timeoutMs: number;
  readonly maxBytes: number;
  /** Ends it early. */
  readonly signal?: AbortSignal;
}

/** It took too long, wrote too much, or was ended with the agent. */
export class CommandCutShort extends Error {
  /** What it had written by then. */
  readonly stdout: string;

  constructor(message: string, stdout: string) {
    super(message);
    this.stdout = stdout;
  }
}

const isWindows = process.platform === 'win32';

const STDERR_MAX_BYTES = 4096;

/** Where programs for administrators are, which a service's PATH may lack. */
const ADMIN_PATH = '/usr/local/sbin:/usr/sbin:/sbin';

/**
 * Runs a program (no shell) in a process group of its own, which is killed as a whole when the time
 * is over, when it writes more than the bound, and after it has ended: nothing it started stays.
 * It gets a small environment of its own, so that none of the agent's settings leak. Rejects where it
 * cannot be started (with the system's code, such as ENOENT), takes too long or writes too much (with
 * `CommandCutShort`).
 */
export function runCommand(
  file: string,
  args: readonly string[],
  { timeoutMs, maxBytes, signal }: CommandLimits,
): Promise<CommandOutput> {
  if (isMissing(file)) {
    const error = new Error(`${file}: no such program`);
    return Promise.reject(Object.assign(error, { code: 'ENOENT' }));
  }
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      // On Windows that would be a console of its own, on the screen.
      detached: !isWindows,
      windowsHide: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: isWindows ? windowsEnvironment() : unixEnvironment(),
    });
    let trouble: string | undefined;
    const giveUp = (reason: string) => {
      trouble ??= `${file}: ${reason}`;
      killGroup(child.pid);
    };
    const timer = setTimeout(() => giveUp(`took longer than ${timeoutMs} ms`), timeoutMs);
    const abort = () => giveUp('ended with the agent');
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted) abort();
    const finish = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
    const stdout: Buffer[] = [];
    let stdoutBytes = 0;
    child.stdout.on('data', (part: Buffer) => {
      stdoutBytes += part.length;
      if (stdoutBytes > maxBytes) giveUp(`wrote more than ${maxBytes} bytes`);
      else stdout.push(part);
    });
    let stderr = '';
    child.stderr.on('data', (part: Buffer) => {
      if (stderr.length < STDERR_MAX_BYTES) stderr += part.toString();
    });
    // Its output ends only when everything it started has let go of it.
    child.once('exit', () => {
      // On Windows nobody can say any more what it has started.
      if (!isWindows) killGroup(child.pid);
    });
    child.once('error', (error: NodeJS.ErrnoException) => {
      finish();
      // A folder of the path that this user may not look into says nothing of a program elsewhere.
      if (error.code === 'EACCES' && !file.includes('/')) error.code = 'ENOENT';
      reject(error);
    });
    child.once('close', (code) => {
      finish();
      const text = Buffer.concat(stdout).toString();
      if (trouble !== undefined) reject(new CommandCutShort(trouble, text));
      else {
        const complaint = stderr.slice(0, STDERR_MAX_BYTES);
        resolve({ exitCode: code ?? undefined, stdout: text, stderr: complaint });
      }
    });
  });
}

function unixEnvironment(): NodeJS.ProcessEnv {
  return { PATH: unixPath(), LC_ALL: 'C' };
}

function unixPath(): string {
  return `${process.env['PATH'] ?? '/usr/bin:/bin'}:${ADMIN_PATH}`;
}

/** To find out by a fork costs 2 ms, and most hosts have no smartctl, GPU or virsh. */
function isMissing(file: string): boolean {
  // Windows looks in more places, and adds an ending.
  if (isWindows || file.includes('/')) return false;
  return unixPath()
    .split(':')
    .every((folder) => {
      try {
        return statSync(join(folder, file), { throwIfNoEntry: false }) === undefined;
      } catch {
        return false;
      }
    });
}

/** Programs of Windows do not run without some of its variables, such as SystemRoot. */
function windowsEnvironment(): NodeJS.ProcessEnv {
  const all = Object.entries(process.env);
  return Object.fromEntries(all.filter(([name]) => !/^hypervigil_/i.test(name)));
}

/** With all it has started. */
function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  if (isWindows) {
    const taskkill = win32.join(
      process.env['SystemRoot'] ?? 'C:\\Windows',
      'System32',
      'taskkill.exe',
    );
    const args = ['/PID', String(pid), '/T', '/F'];
    spawn(taskkill, args, { stdio: 'ignore', windowsHide: true }).once('error', () => undefined);
    return;
  }
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // All of it has ended already.
  }
}
