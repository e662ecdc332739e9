import {
  ConditionalCheckFailedException,
  DynamoDBServiceException,
} from '@aws-sdk/client-dynamodb';

/** A call of the table that came to nothing, without a word of the table's own. */
export class TableCallFailed extends Error {
  override readonly name: string;

  constructor(name: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.name = name;
  }
}

/**
 * Faults that go on until somebody mends them: items of a newer release, rights, credentials, an encryption key, a
 * table that is not there. All others pass.
 */
const LASTING =
  /^(NewerItem|AccessDenied|AccessDeniedException|ResourceNotFoundException|UnrecognizedClientException|ExpiredToken.*|InvalidSignature.*|IncompleteSignature.*|MissingAuthenticationToken.*|InvalidClientTokenId|OptInRequired|NotAuthorized|Credentials.*|.*ProviderError|KMS(AccessDenied|Disabled|InvalidState|NotFound|OptInRequired).*)$/;

/** Names of faults where an error has nothing but a name. */
const FAULTS =
  /^(ProvisionedThroughputExceededException|RequestLimitExceeded|.*Throttl.*|InternalServerError|InternalFailure|ServiceUnavailable.*|TimeoutError)$/;

/** Node's names for a connection that failed. */
const UNREACHABLE = /^(ECONN|ETIMEDOUT|EPIPE|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)/;

/**
 * Is this the table's word, or its silence, after all tries, that it can't or won't do just now what it
 * should? It is nobody's fault who asked: he is to keep what he has and come again. Not so what a
 * condition refuses, and what the table calls invalid, which is a bug of ours.
 */
export function isStoreBusy(error: unknown): error is Error {
  if (error instanceof TableCallFailed) return true;
  if (error instanceof ConditionalCheckFailedException) return false;
  if (error instanceof DynamoDBServiceException) return error.name !== 'ValidationException';
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return FAULTS.test(error.name) || LASTING.test(error.name) || UNREACHABLE.test(code);
}

/** How to tell whoever asked of a fault of the table; with status 503. */
export interface StoreFault {
  /** What kind it is, in the table's word where it has one. */
  readonly name: string;
  /** When to come again. */
  readonly retryAfterMs: number;
  /** Nothing will change until somebody mends it. */
  readonly isLasting: boolean;
}

/** Agents and Prometheus add a random part of their own. */
const PASSING_RETRY_MS = 5000;
const LASTING_RETRY_MS = 60_000;

/** `undefined` for what is no fault of the table: a bug, which is to be thrown on. */
export function storeFaultOf(error: unknown): StoreFault | undefined {
  if (!isStoreBusy(error)) return undefined;
  const isLasting = LASTING.test(error.name);
  return {
    name: error.name,
    retryAfterMs: isLasting ? LASTING_RETRY_MS : PASSING_RETRY_MS,
    isLasting,
  };
}
