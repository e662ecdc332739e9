import { AGGREGATE_OPS } from './ast.ts';
import { quote } from './string-literal.ts';

const KEYWORDS = [
  ...['offset', 'smoothed', 'anchored', 'by', 'without', 'on', 'ignoring'],
  ...['group_left', 'group_right', 'fill', 'fill_left', 'fill_right', 'bool'],
] as const;
/** Words that stand for a time, alone in durations and after `@`. */
const PREPROCESSORS = ['start', 'end', 'step', 'range', 'max_of', 'min_of'] as const;
const WORD_OPERATORS = ['and', 'or', 'unless', 'atan2'] as const;

/**
 * A kind of token: what a name, number or string is called in messages; for a keyword or a mark the
 * thing itself, in lower case.
 */
export type TokenType = string;

export interface Token {
  readonly type: TokenType;
  /** As written; of an `error`: what is wrong. */
  readonly text: string;
  /** UTF-16 offsets, `end` exclusive. */
  readonly start: number;
  readonly end: number;
}

/** The words that are not names where an operator or operand is expected. */
export const RESERVED: ReadonlySet<string> = new Set<string>([
  ...KEYWORDS,
  ...PREPROCESSORS,
  ...WORD_OPERATORS,
  ...AGGREGATE_OPS,
]);

const AGGREGATES: ReadonlySet<string> = new Set(AGGREGATE_OPS);
const KEYWORD_SET: ReadonlySet<string> = new Set(KEYWORDS);
const OPERATORS: ReadonlySet<string> = new Set([
  ...['+', '-', '*', '/', '%', '^', '==', '!=', '<', '<=', '>', '>=', '</', '>/', '=~', '!~', '@'],
  ...WORD_OPERATORS,
]);

const NAMED_TYPES: ReadonlySet<string> = new Set([
  ...['identifier', 'metric identifier', 'string', 'number', 'duration'],
]);

export function isAggregate(token: Token): boolean {
  return AGGREGATES.has(token.type);
}

/** Words that cannot be metric names where an operand is expected. */
const NO_METRIC: ReadonlySet<string> = new Set([
  ...['bool', 'on', 'ignoring', 'group_left', 'group_right', 'atan2'],
]);

/** May the token stand for a metric's name? */
export function isMetricName({ type }: Token): boolean {
  if (type === 'identifier' || type === 'metric identifier') return true;
  return RESERVED.has(type) && !NO_METRIC.has(type);
}

/** May an expression begin with the token? */
export function canBeginOperand(token: Token): boolean {
  return OPERAND_BEGINNINGS.has(token.type) || isMetricName(token);
}

const OPERAND_BEGINNINGS = new Set(['number', 'duration', 'string', '(', '{', '+', '-']);

/** May the token stand for a label's name in `by (...)` and its like? */
export function isGroupingLabel({ type }: Token): boolean {
  if (type === 'identifier' || type === 'metric identifier') return true;
  return RESERVED.has(type) && type !== 'without';
}

/** A token as Prometheus' messages name it: `identifier "foo"`, `<op:+>`, `"("`, `end of input`. */
export function describeToken({ type, text }: Token): string {
  if (type === 'eof') return 'end of input';
  if (NAMED_TYPES.has(type)) return `${type} ${shown(type, text)}`;
  if (KEYWORD_SET.has(type)) return `<${text}>`;
  if (OPERATORS.has(type)) return `<op:${text}>`;
  if (AGGREGATES.has(type)) return `<aggr:${text}>`;
  return quote(text);
}

const SHOWN_MAX = 10;

function shown(type: TokenType, text: string): string {
  if (type.endsWith('identifier') || new TextEncoder().encode(text).length <= SHOWN_MAX)
    return quote(text);
  return `${quote([...text].slice(0, SHOWN_MAX).join(''))}...`;
}
