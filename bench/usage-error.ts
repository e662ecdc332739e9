/** A bench was asked wrongly: its words are for whoever asked, where it was thrown is not. */
export class UsageError extends Error {}

/** Ours, or that of `parseArgs`. */
export function isUsageError(error: unknown): error is Error {
  if (error instanceof UsageError) return true;
  return (
    error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
  );
}
