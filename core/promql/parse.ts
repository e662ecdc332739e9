import { err, ok, type Result } from '../result.ts';
import type { Expr, PromqlError } from './ast.ts';
import { parseExpr } from './parse-expr.ts';
import { parseSelector } from './parse-selector.ts';
import { lineAndColumn } from './place.ts';
import type { Matcher } from './source.ts';
import { type Problem, TokenReader } from './token-reader.ts';
import { isMetricName } from './tokens.ts';
import { checkTypes } from './type-check.ts';

const QUERY_MAX_CHARS = 100_000; // a thousand times a long rule

/**
 * Reads a PromQL query into a typed tree whose types have been checked. Any text gives a value:
 * the error's message is `line:column: parse error: ...`, word for word what Prometheus says.
 */
export function parsePromql(text: string): Result<Expr, PromqlError> {
  const long = tooLong(text);
  if (long !== undefined) return failure(text, long);
  const reader = new TokenReader(text);
  if (reader.peek().type === 'eof' && reader.problem === undefined) {
    const position = { start: 0, end: 0 };
    return failure(text, { position, message: 'no expression found in input' });
  }
  const expr = parseExpr(reader);
  if (reader.peek().type !== 'eof') reader.unexpected();
  if (reader.problem === undefined)
    checkTypes(expr, (position, message) => reader.note(position, message));
  return reader.problem === undefined ? ok(expr) : failure(text, reader.problem);
}

/** Reads a series selector alone, such as the `match[]` of Prometheus' API. */
export function parseMetricSelector(text: string): Result<readonly Matcher[], PromqlError> {
  const long = tooLong(text);
  if (long !== undefined) return failure(text, long);
  const reader = new TokenReader(text);
  const first = reader.peek();
  if (first.type !== '{' && !isMetricName(first)) reader.unexpected();
  const { matchers } = parseSelector(reader);
  if (reader.peek().type !== 'eof') reader.unexpected();
  return reader.problem === undefined ? ok(matchers) : failure(text, reader.problem);
}

function tooLong(text: string): Problem | undefined {
  if (text.length <= QUERY_MAX_CHARS) return undefined;
  return {
    position: { start: 0, end: 0 },
    message: `query is ${text.length} characters long, the limit is ${QUERY_MAX_CHARS}`,
  };
}

function failure(text: string, { position, message }: Problem): Result<never, PromqlError> {
  const place = `${lineAndColumn(text, position.start)}: parse error: ${message}`;
  return err({ code: 'bad_data', message: place, position });
}
