import { spawn } from 'node:child_process';
import { ANSWER_DESCRIPTOR, askingEnvironment } from './answer.ts';
import { givenOptions, isSingleExecutable } from './lean-process.ts';

/** A configuration with 20 targets has some 10 KB, all certificates of Node 250 KB. */
const ANSWER_MAX_BYTES = 4 << 20;

export interface SelfAnswer {
  /** `undefined` where it gave none, as for `--help`. */
  readonly text: string | undefined;
  readonly exitCode: number;
}

export interface AskOptions {
  /** Without it, as long as it takes: a person may be asked for something. */
  readonly timeoutMs?: number;
  /** Does it talk to whoever runs this process? Else only what goes wrong is shown. */
  readonly isInTerminal?: boolean;
  /** Ends it early. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs this program once more, for a short time, with other arguments: it does what takes much memory,
 * and gives an answer. Rejects where it can't be started or takes too long.
 */
export function askSelf(
  args: readonly string[],
  { timeoutMs, isInTerminal = false, signal }: AskOptions = {},
): Promise<SelfAnswer> {
  return new Promise((resolve, reject) => {
    const { file, first } = ownProgram();
    const stdio = isInTerminal ? 'inherit' : 'ignore';
    const child = spawn(file, [...first, ...args], {
      stdio: [stdio, stdio, 'inherit', 'pipe'],
      env: askingEnvironment(process.env),
      windowsHide: true,
    });
    let trouble: string | undefined;
    const giveUp = (reason: string) => {
      trouble ??= reason;
      child.kill('SIGKILL');
    };
    const timer =
      timeoutMs === undefined
        ? undefined
        : setTimeout(() => giveUp(`took longer than ${timeoutMs} ms`), timeoutMs);
    const abort = () => giveUp('given up');
    signal?.addEventListener('abort', abort, { once: true });
    const finish = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
    const parts: Buffer[] = [];
    let length = 0;
    child.stdio[ANSWER_DESCRIPTOR]?.on('data', (part: Buffer) => {
      length += part.length;
      if (length > ANSWER_MAX_BYTES) giveUp(`answered more than ${ANSWER_MAX_BYTES} bytes`);
      else parts.push(part);
    });
    child.once('error', (error) => {
      finish();
      reject(error);
    });
    child.once('close', (code) => {
      finish();
      const text = length === 0 ? undefined : Buffer.concat(parts).toString();
      if (trouble !== undefined) reject(new Error(`${args.join(' ')}: ${trouble}`));
      else resolve({ text, exitCode: code ?? 1 });
    });
  });
}

interface OwnProgram {
  readonly file: string;
  /** What stands before the arguments. */
  readonly first: readonly string[];
}

/** The arguments that this process was given. */
export function ownArguments(): readonly string[] {
  return process.argv.slice(2);
}

function ownProgram(): OwnProgram {
  // By its path it may be another version by now, or none: an update has replaced it.
  const file = process.platform === 'linux' ? '/proc/self/exe' : process.execPath;
  const [, script = ''] = process.argv;
  return { file, first: isSingleExecutable() ? [] : [...givenOptions(), script] };
}
