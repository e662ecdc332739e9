import { err, type Result } from '../../core/result.ts';

/** Why a command could not do its work, in one line for the person who gave it. */
export interface CliFailure {
  /** `usage`: it was asked wrongly (exit code 2). `trouble`: all else (exit code 1). */
  readonly code: 'usage' | 'trouble';
  readonly message: string;
}

export type Outcome<T> = Result<T, CliFailure>;

export function usage(message: string): Result<never, CliFailure> {
  return err({ code: 'usage', message });
}

export function trouble(message: string): Result<never, CliFailure> {
  return err({ code: 'trouble', message });
}
