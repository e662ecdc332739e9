/** Names DynamoDB gives to "come again later": throttling, and faults of its own. */
const LATER: ReadonlySet<string> = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'InternalServerError',
  'ServiceUnavailable',
  'TimeoutError',
]);

/** Node's names for a connection that failed. */
const UNREACHABLE = /^(ECONN|ETIMEDOUT|EPIPE|EHOSTUNREACH|ENOTFOUND|EAI_AGAIN)/;

/** Is this the store's word, after the SDK's own retries, that it can't just now? */
export function isStoreBusy(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return LATER.has(error.name) || UNREACHABLE.test(code);
}
