import { DynamoDBClient, DynamoDBServiceException } from '@aws-sdk/client-dynamodb';
import { isStoreBusy, TableCallFailed } from './errors.ts';
import { patienceLeftMs } from './patience.ts';
import { createRetryStrategy, EMBEDDED, type RetryLimits, THOROUGH } from './retries.ts';

/** Where the table is. */
export interface TableAddress {
  readonly tableName: string;
  /** Only for an embedded or test store; absent on AWS, where the SDK knows. */
  readonly endpoint?: string | undefined;
  /** How long a call without an answer is waited for; absent: as the limits say. */
  readonly answerMs?: number | undefined;
}

/** The table and a client for it. */
export interface Table {
  readonly name: string;
  readonly client: DynamoDBClient;
}

/**
 * Opens the table; makes no call. A call ends within `attemptsMax` x `answerMs` and the waits between
 * (`waitsMaxMs`), and within the patience of whoever makes it: then it throws what `isStoreBusy` knows.
 */
export function openTable(
  { tableName, endpoint, answerMs }: TableAddress,
  limits: RetryLimits = THOROUGH,
): Table {
  const { attemptsMax, answerMs: usualMs } =
    endpoint === undefined ? limits : { ...limits, answerMs: EMBEDDED.answerMs };
  const silenceMs = answerMs ?? usualMs;
  const local =
    endpoint === undefined
      ? {}
      : {
          endpoint,
          region: 'local',
          credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
        };
  const client = new DynamoDBClient({
    maxAttempts: attemptsMax,
    retryStrategy: createRetryStrategy({ attemptsMax }),
    requestHandler: {
      // Until an answer begins, connecting and waiting for a free connection included.
      requestTimeout: silenceMs,
      throwOnRequestTimeout: true,
      // Until the rest of it comes.
      socketTimeout: silenceMs,
    },
    ...local,
  });
  leaveOut(client);
  boundCalls(client);
  return { name: tableName, client };
}

/**
 * What each call does for nobody: a log line for a logger that is not there, names of the SDK's features for AWS'
 * statistics, a trace for services that call functions. Together they are a tenth of what a call costs.
 */
function leaveOut({ middlewareStack }: DynamoDBClient): void {
  middlewareStack.remove('loggerMiddleware');
  middlewareStack.remove('getUserAgentMiddleware');
  middlewareStack.remove('recursionDetectionMiddleware');
}

function boundCalls({ middlewareStack }: DynamoDBClient): void {
  middlewareStack.add((next) => (args) => withinPatience(() => next(args)), {
    name: 'hypervigilPatience',
    step: 'initialize',
    priority: 'high',
  });
  middlewareStack.add(
    (next) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        // Half an answer, or a page of something in between: whatever it was, it may pass.
        if (!(error instanceof SyntaxError)) throw error;
        const failed = new TableCallFailed('UnreadableAnswer', error.message, error);
        throw Object.assign(failed, { $retryable: {} });
      }
    },
    { name: 'hypervigilUnreadable', step: 'deserialize', priority: 'high' },
  );
}

/** The attempt that is under way when patience ends goes on, for `answerMs` at most, and none comes after it. */
async function withinPatience<T>(call: () => Promise<T>): Promise<T> {
  const leftMs = patienceLeftMs();
  if (leftMs <= 0) throw tooSlow();
  if (leftMs === Number.POSITIVE_INFINITY) return call().catch(rethrow);
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(tooSlow()), leftMs);
  });
  try {
    return await Promise.race([call().catch(rethrow), end]);
  } finally {
    clearTimeout(timer);
  }
}

function tooSlow(): TableCallFailed {
  return new TableCallFailed('TimeoutError', 'the table did not answer in time');
}

/** What is neither the table's word nor a mistake in a call of ours: a connection, or credentials. */
function rethrow(error: unknown): never {
  if (error instanceof DynamoDBServiceException || isStoreBusy(error)) throw error;
  if (!(error instanceof Error) || error instanceof TypeError || error instanceof RangeError)
    throw error;
  throw new TableCallFailed(
    error.name === 'Error' ? 'CallFailed' : error.name,
    error.message,
    error,
  );
}
