import { LogFormatter, LogItem } from '@aws-lambda-powertools/logger';
import type { LogAttributes, UnformattedAttributes } from '@aws-lambda-powertools/logger/types';
import { hideIn } from './secrets.ts';

/** Room for a rule's whole error; CloudWatch takes 256 KB a line, and is paid by the byte. */
const TEXT_MAX_CHARS = 4000;
/** What follows is not searched for secrets, as that takes the square of some texts. */
const SEARCHED_MAX_CHARS = 4 * TEXT_MAX_CHARS;
/** Of a list, such as a tick's errors, the rest is counted. */
const LIST_MAX = 50;
const CAUSES_MAX = 3;

/** What each line begins with; `undefined` fields are left out. */
export interface LineHead {
  /** The Lambda, by its folder in `functions/`. */
  readonly function: string;
  readonly deployment: string | undefined;
  /** As Lambda's own lines have it. */
  readonly requestId: string | undefined;
}

/** An error as a line has it. */
interface LoggedError {
  readonly name: string;
  readonly message: string;
  /** Where a library or Node gives one. */
  readonly code?: string | number;
  readonly stack?: string;
  readonly cause?: LoggedError;
}

/**
 * A line: when, how bad, what happened, where, and whatever fields it has. `timestamp` and `level` are named
 * as Lambda wants them, which keeps lines below the function's level from being stored.
 */
export class LineFormatter extends LogFormatter {
  readonly #head: () => LineHead;

  constructor(head: () => LineHead) {
    super();
    this.#head = head;
  }

  override formatAttributes(attributes: UnformattedAttributes, fields: LogAttributes): LogItem {
    const line = {
      timestamp: this.formatTimestamp(attributes.timestamp),
      level: attributes.logLevel,
      message: attributes.message,
      ...this.#head(),
      traceId: attributes.xRayTraceId,
    };
    return new LogItem({ attributes: { ...line, ...fields, ...line } });
  }

  override formatError(error: Error): LogAttributes {
    return { ...loggedError(error, CAUSES_MAX) };
  }
}

/** Of an error of the SDK only what it says: it carries requests and answers too. */
function loggedError(error: Error, causes: number): LoggedError {
  const { name, message, stack, cause } = error;
  const code = 'code' in error ? error.code : undefined;
  return {
    name,
    message,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(stack === undefined ? {} : { stack }),
    ...(cause instanceof Error && causes > 0 ? { cause: loggedError(cause, causes - 1) } : {}),
  };
}

/** For `JSON.stringify`: no secrets, and everything bounded. */
export function shown(name: string, value: unknown): unknown {
  if (Array.isArray(value) && value.length > LIST_MAX)
    return [...value.slice(0, LIST_MAX), `... and ${value.length - LIST_MAX} more`];
  if (typeof value !== 'string' || value.length <= SEARCHED_MAX_CHARS)
    return cut(hideIn(name, value));
  return cut(hideIn(name, value.slice(0, SEARCHED_MAX_CHARS)), value.length);
}

function cut(value: unknown, chars?: number): unknown {
  if (typeof value !== 'string' || (chars === undefined && value.length <= TEXT_MAX_CHARS))
    return value;
  return `${value.slice(0, TEXT_MAX_CHARS)}... (${chars ?? value.length} characters)`;
}
