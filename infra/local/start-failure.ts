import { err, type Result } from '../../core/result.ts';

/** Why the stack could not start, as one line for the person who started it. */
export interface StartFailure {
  readonly code:
    | 'bad_setting'
    | 'data_folder'
    | 'data_folder_in_use'
    | 'port'
    | 'bad_rules'
    | 'host_key';
  readonly message: string;
}

export function startFailure(
  code: StartFailure['code'],
  message: string,
): Result<never, StartFailure> {
  return err({ code, message });
}

/** The system's reason for an error, as people write it: `permission denied`. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return SYSTEM_REASONS[errorCode(error) ?? ''] ?? firstLine(error.message);
}

/** `ENOENT` and the like; `undefined` for an error without a code. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

const SYSTEM_REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the filesystem is read-only',
  ENOSPC: 'the disk is full',
  ENOENT: 'no such file or folder',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is not a folder',
};

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
