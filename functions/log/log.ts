import { Logger } from '@aws-lambda-powertools/logger';
import { LineFormatter, shown } from './line-formatter.ts';
import { hideSecrets } from './secrets.ts';

/** What is told beside the message; `error` gets its stack and causes. Secrets are hidden wherever they stand. */
export type Fields = Readonly<Record<string, unknown>>;

type Write = (message: string, fields?: Fields) => void;

/** The log of one function. Its volume is paid for: nothing for each batch or quiet tick at `info`. */
export interface Log {
  readonly debug: Write;
  readonly info: Write;
  /** Somebody was refused, or something passed that should not happen often. */
  readonly warn: Write;
  /** Somebody has to look. */
  readonly error: Write;
}

type Level = keyof Log;

/** What is said where no Lambda is: text for a person. */
export interface PlainLine {
  readonly function: string;
  readonly text: string;
}

/** Who calls just now: a Lambda has one call at a time. */
let requestId: string | undefined;

let writePlain: (line: PlainLine) => void = ({ function: name, text }) =>
  console.error(`hypervigil ${name}: ${text}`);

/** From now on the lines are this call's. */
export function beginCall(id: string | undefined): void {
  requestId = id;
}

/** What a line that is not written by a `Log` says of its call. */
export function callFields(): { requestId?: string } {
  return requestId === undefined ? {} : { requestId };
}

/** On one machine, where a person is told at a terminal. */
export function sendPlainLinesTo(write: (line: PlainLine) => void): void {
  writePlain = write;
}

/**
 * The log of a function, by its folder's name. In a Lambda a line is JSON on standard output, at the level that
 * the function's logging configuration says; elsewhere errors are text, and the rest is not told: whoever is refused
 * something is told so, and what a tick does is on the screen.
 */
export function createLog(name: string): Log {
  const environment = process.env;
  if (environment['AWS_LAMBDA_FUNCTION_NAME'] === undefined) return plainLog(name);
  // Made for the first line: most cold starts write none.
  let made: Logger | undefined;
  const logger = () => {
    made ??= new Logger({
      serviceName: name,
      logFormatter: new LineFormatter(() => ({
        function: name,
        deployment: environment['DEPLOYMENT'],
        requestId,
      })),
      jsonReplacerFn: shown,
    });
    return made;
  };
  const at =
    (level: Level): Write =>
    (message, fields = {}) =>
      logger()[level](message, fields);
  // So that a call costs nothing where nobody asked for its line.
  const isDebug = environment['AWS_LAMBDA_LOG_LEVEL'] === 'DEBUG';
  return {
    debug: isDebug ? at('debug') : () => {},
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
  };
}

function plainLog(name: string): Log {
  const nothing = () => {};
  return {
    debug: nothing,
    info: nothing,
    warn: nothing,
    error: (message, { error } = {}) => {
      const why = error instanceof Error ? `: ${error.name}: ${error.message}` : '';
      writePlain({ function: name, text: hideSecrets(message + why) });
    },
  };
}
