import { setTimeout as sleep } from 'node:timers/promises';
import { err, ok, type Result } from '../../core/result.ts';
import { messageOf } from '../log.ts';
import { type CommandOutput, runCommand } from '../run-command.ts';

/** The agent as the system's service manager runs it. */
export interface ServiceControl {
  /** Does it run, or would it if it could? Not where an administrator stopped it, or nobody manages it. */
  readonly isWanted: () => Promise<boolean>;
  /** Returns when the one before has ended and the next has begun; it may still fail. */
  readonly restart: () => Promise<Result<void, string>>;
  /** How often it has ended by itself, and was started again, since `restart`. 0 where nobody counts. */
  readonly countCrashes: () => Promise<number>;
  /** The end of its log, for people; '' where there is none to be had. */
  readonly lastLines: () => Promise<string>;
}

const SERVICE = 'hypervigil-agent';

/** systemd itself gives a service 90 s to end. */
const CONTROL_LIMITS = { timeoutMs: 120_000, maxBytes: 64 << 10 };
const LOG_LINES = 15;

/** systemd. Source: systemctl(1), journalctl(1). */
export function systemdService(systemctl = 'systemctl', journalctl = 'journalctl'): ServiceControl {
  const unit = `${SERVICE}.service`;
  const control = (...args: readonly string[]) => runCommand(systemctl, args, CONTROL_LIMITS);
  return {
    isWanted: async () => {
      const { stdout } = await control('is-active', unit).catch(nothing);
      return /^(active|activating|reloading|failed)$/m.test(stdout);
    },
    restart: async () => {
      // One that was started too often is not started again before that is forgotten.
      await control('reset-failed', unit).catch(nothing);
      return outcomeOf('systemctl restart', () => control('restart', unit));
    },
    countCrashes: async () => {
      const { stdout } = await control('show', '-p', 'NRestarts', unit).catch(nothing);
      return Number(/^NRestarts=(\d+)$/m.exec(stdout)?.[1] ?? 0);
    },
    lastLines: async () => {
      const args = ['-u', unit, '-n', String(LOG_LINES), '--no-pager', '-o', 'cat'];
      const { stdout } = await runCommand(journalctl, args, CONTROL_LIMITS).catch(nothing);
      // They may hold what a server said, and go to root's terminal.
      return stdout.replaceAll(/[^\P{Cc}\n\t]/gu, '').trimEnd();
    },
  };
}

/** Windows' service control manager. Source: Microsoft's reference of sc.exe. */
export function windowsService(): ServiceControl {
  const control = (...args: readonly string[]) => runCommand('sc.exe', args, CONTROL_LIMITS);
  // A number and a word that is the same in every language.
  const isInState = async (state: RegExp) => state.test((await control('query', SERVICE)).stdout);
  return {
    isWanted: () => isInState(/\b(2|4)\s+(START_PENDING|RUNNING)\b/).catch(() => false),
    restart: () =>
      outcomeOf('sc.exe', async () => {
        await control('stop', SERVICE);
        // It returns before the service has ended.
        for (let waitedMs = 0; !(await isInState(/\b1\s+STOPPED\b/)); waitedMs += 500) {
          if (waitedMs > CONTROL_LIMITS.timeoutMs) throw new Error(`${SERVICE} does not stop`);
          await sleep(500);
        }
        return control('start', SERVICE);
      }),
    countCrashes: async () => 0,
    lastLines: async () => '',
  };
}

async function outcomeOf(
  what: string,
  run: () => Promise<CommandOutput>,
): Promise<Result<void, string>> {
  try {
    const { exitCode, stderr, stdout } = await run();
    if (exitCode === 0) return ok(undefined);
    return err(`${what} ended with ${exitCode ?? 'a signal'}: ${messageOf(stderr || stdout)}`);
  } catch (error) {
    return err(messageOf(error));
  }
}

function nothing(): CommandOutput {
  return { exitCode: undefined, stdout: '', stderr: '' };
}
