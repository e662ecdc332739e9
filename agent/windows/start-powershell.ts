import { spawn } from 'node:child_process';
import { win32 } from 'node:path';
import type { PowerShellProcess } from './powershell.ts';

/** A program and its arguments. */
export interface PowerShellCommand {
  readonly file: string;
  readonly args: readonly string[];
}

/** What it complained about, as far as anyone reads. */
const COMPLAINT_MAX_CHARS = 500;

/**
 * Windows PowerShell 5.1, which every Windows since 10 and Server 2016 has, by its whole path: what
 * is in PATH first may be somebody else's. It ends with its standard input, and so with the agent,
 * however that ends. Source: about_PowerShell_exe, `-Command -`.
 */
export function windowsPowerShell(
  environment: Readonly<Record<string, string | undefined>>,
): PowerShellCommand {
  const root = environment['SystemRoot'] || environment['SYSTEMROOT'] || 'C:\\Windows';
  return {
    file: win32.join(root, 'System32', 'WindowsPowerShell', 'v1.0', 'powershell.exe'),
    args: [
      ...['-NoLogo', '-NoProfile', '-NonInteractive'],
      ...['-InputFormat', 'Text', '-OutputFormat', 'Text', '-Command', '-'],
    ],
  };
}

/** Starts it, without a window and without the agent's own settings in its environment. */
export function startPowerShell({ file, args }: PowerShellCommand): PowerShellProcess {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^hypervigil_/i.test(name)),
  );
  const child = spawn(file, args, { stdio: 'pipe', windowsHide: true, env });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(0, COMPLAINT_MAX_CHARS);
  });
  // Its end is told by `exit`; what was on its way to it then is lost in any case.
  child.stdin.on('error', () => undefined);
  return {
    write: (text) => {
      child.stdin.write(text);
    },
    onOutput: (listener) => {
      child.stdout.setEncoding('utf8').on('data', listener);
    },
    onEnd: (listener) => {
      child.once('error', (error: NodeJS.ErrnoException) => {
        const isAbsent = error.code === 'ENOENT';
        listener(isAbsent ? `there is no ${file}` : `${file}: ${error.message}`, isAbsent);
      });
      child.once('close', (code, signal) => {
        const why = complaint.trim().replaceAll(/\s+/g, ' ');
        listener(`PowerShell ended with ${signal ?? code}${why === '' ? '' : `: ${why}`}`, false);
      });
    },
    kill: () => {
      child.stdin.destroy();
      child.kill('SIGKILL');
    },
  };
}
