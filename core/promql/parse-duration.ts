import type { DurationExpr, DurationOp, DurationOperand, NumberLiteral, Position } from './ast.ts';
import { parseDurationMs, parseNumber } from './literals.ts';
import { DURATION_MAX_S } from './resolve-durations.ts';
import { quote } from './string-literal.ts';
import type { TokenReader } from './token-reader.ts';
import type { Token } from './tokens.ts';

/** Says what is wrong when the next token cannot be part of the duration. */
type Unexpected = () => void;

/** A number or duration that has been taken from the text. */
export function numberLiteral(token: Token, reader: TokenReader): NumberLiteral {
  const { start, end, text } = token;
  const position = { start, end };
  const isDuration = token.type === 'duration';
  if (isDuration) {
    const ms = parseDurationMs(text);
    if (ms !== undefined) return { kind: 'number', value: ms / 1000, isDuration, position };
    reader.note(position, durationProblem(text));
    return { kind: 'number', value: 0, isDuration, position };
  }
  const value = parseNumber(text);
  const infinite = value !== undefined && !Number.isFinite(value) && /^[\d.]/.test(text);
  if (value === undefined || infinite) {
    const problem = infinite ? 'value out of range' : 'invalid syntax';
    const message = `error parsing number: strconv.ParseFloat: parsing ${quote(text)}: ${problem}`;
    reader.note(position, message);
  }
  return { kind: 'number', value: value ?? 0, isDuration, position };
}

const UNITS = ['y', 'w', 'd', 'h', 'm', 's', 'ms'];

/** Why a text is no duration, as Prometheus says it. Source: prometheus/common, `ParseDuration`. */
function durationProblem(text: string): string {
  let lastUnit = -1;
  for (const [, unit = ''] of text.matchAll(/\d+(\D*)/g)) {
    const place = UNITS.indexOf(unit);
    if (unit !== '' && place < 0) return `unknown unit ${quote(unit)} in duration ${quote(text)}`;
    if (place <= lastUnit) return `not a valid duration string: ${quote(text)}`;
    lastUnit = place;
  }
  return 'duration out of range';
}

/** The literal with its sign, which makes it begin earlier. */
export function signed(literal: NumberLiteral, sign: Token): NumberLiteral {
  const value = sign.type === '-' ? -literal.value : literal.value;
  return { ...literal, value, position: { start: sign.start, end: literal.position.end } };
}

/** What stands in brackets: a literal that is above 0, or a computed duration. */
export function parsePositiveDuration(
  reader: TokenReader,
  unexpected: Unexpected,
): DurationOperand {
  const duration = parseOperators(reader, unexpected, 0);
  if (duration.kind === 'number' && duration.value <= 0 && reader.problem === undefined)
    reader.note(duration.position, 'duration must be greater than 0');
  return duration;
}

/**
 * What follows `offset`: a literal or a call with a sign at most, after which an operator is one of
 * the query's again (`a offset 5m * 2`); or anything else that is a duration, such as `(1m * 2)`.
 */
export function parseOffset(reader: TokenReader, unexpected: Unexpected): DurationOperand {
  const sign = reader.takeIf('+', '-');
  const { type } = reader.peek();
  if (type === 'number' || type === 'duration') {
    const literal = literalOperand(reader);
    return sign === undefined ? literal : checked(signed(literal, sign), sign, reader);
  }
  if (/^(?:step|range|m(?:in|ax)_of)$/.test(type)) {
    const call = parseCall(reader, unexpected);
    if (sign === undefined) return call;
    return {
      kind: 'durationUnary',
      op: sign.type === '-' ? '-' : '+',
      expr: call,
      wrapped: false,
      position: { start: sign.start, end: call.position.end },
    };
  }
  if (sign === undefined) return parseOperators(reader, unexpected, 0);
  if (type === '(') return applySign(sign, parenthesized(reader, unexpected), reader);
  const operand = applySign(sign, parseOperators(reader, unexpected, UNARY), reader);
  return parseOperators(reader, unexpected, 0, operand);
}

const TIGHTNESS: Readonly<Record<string, number>> = {
  '+': 1,
  '-': 1,
  '*': 2,
  '/': 2,
  '%': 2,
  '^': 3,
};
const UNARY = 3;

function parseOperators(
  reader: TokenReader,
  unexpected: Unexpected,
  tightness: number,
  known?: DurationOperand,
): DurationOperand {
  let left = known ?? parseOperand(reader, unexpected);
  for (;;) {
    const operator = reader.peek();
    const binds = TIGHTNESS[operator.type];
    if (binds === undefined || binds < tightness) return left;
    reader.take();
    const right =
      operator.type === '^'
        ? inside(reader, () => parseOperators(reader, unexpected, binds))
        : parseOperators(reader, unexpected, binds + 1);
    if ((operator.type === '/' || operator.type === '%') && isZero(right))
      reader.note(operator, operator.type === '/' ? 'division by zero' : 'modulo by zero');
    const position = { start: left.position.start, end: right.position.end };
    left = reader.made(binary(toOp(operator.type), left, right, position), left, right);
  }
}

function toOp(type: string): DurationOp {
  switch (type) {
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
    case '^':
    case 'min_of':
    case 'max_of':
      return type;
    default:
      throw new Error(`no operator of durations: ${type}`);
  }
}

function binary(
  op: DurationOp,
  left: DurationOperand,
  right: DurationOperand,
  position: Position,
): DurationExpr {
  return { kind: 'durationBinary', op, left, right, wrapped: false, position };
}

function isZero(operand: DurationOperand): boolean {
  return operand.kind === 'number' && operand.value === 0;
}

function parseOperand(reader: TokenReader, unexpected: Unexpected): DurationOperand {
  const { type } = reader.peek();
  switch (type) {
    case 'number':
    case 'duration':
      return literalOperand(reader);
    case '+':
    case '-': {
      const sign = reader.take();
      const operand = inside(reader, () => parseOperators(reader, unexpected, UNARY));
      return applySign(sign, operand, reader);
    }
    case '(':
      return parenthesized(reader, unexpected);
    case 'step':
    case 'range':
    case 'min_of':
    case 'max_of':
      return parseCall(reader, unexpected);
    default:
      unexpected();
      return standIn(reader);
  }
}

function inside(reader: TokenReader, read: () => DurationOperand): DurationOperand {
  return reader.inside(read, () => standIn(reader));
}

function standIn(reader: TokenReader): NumberLiteral {
  const { start, end } = reader.peek();
  return { kind: 'number', value: 1, isDuration: false, position: { start, end } };
}

function literalOperand(reader: TokenReader): NumberLiteral {
  const literal = numberLiteral(reader.take(), reader);
  return checked(literal, literal.position, reader);
}

function checked(literal: NumberLiteral, position: Position, reader: TokenReader): NumberLiteral {
  if (Math.abs(literal.value) <= DURATION_MAX_S || Number.isNaN(literal.value)) return literal;
  reader.note(position, 'duration out of range');
  return { ...literal, value: 0 };
}

function applySign(sign: Token, operand: DurationOperand, reader: TokenReader): DurationOperand {
  if (operand.kind === 'number') return checked(signed(operand, sign), sign, reader);
  if (sign.type === '+') return operand;
  const position = { start: sign.start, end: operand.position.end };
  return { kind: 'durationUnary', op: '-', expr: operand, wrapped: false, position };
}

function parenthesized(reader: TokenReader, unexpected: Unexpected): DurationExpr {
  const { start } = reader.take();
  const operand = inside(reader, () => parseOperators(reader, unexpected, 0));
  const { end } = reader.peek();
  if (reader.takeIf(')') === undefined) unexpected();
  if (operand.kind !== 'number') return { ...operand, wrapped: true };
  const position = { start, end };
  return { kind: 'durationUnary', op: '+', expr: operand, wrapped: true, position };
}

/** `step()`, `range()`, `min_of(a, b)`, `max_of(a, b)`. */
function parseCall(reader: TokenReader, unexpected: Unexpected): DurationExpr {
  const name = reader.take();
  const opened = reader.takeIf('(') !== undefined;
  if (!opened) unexpected();
  if (name.type === 'step' || name.type === 'range') {
    const { end } = reader.peek();
    if (reader.takeIf(')') === undefined) unexpected();
    const position = { start: name.start, end };
    return { kind: 'durationCall', name: name.type, wrapped: false, position };
  }
  const left = inside(reader, () => parseOperators(reader, unexpected, 0));
  if (reader.takeIf(',') === undefined) unexpected();
  const right = inside(reader, () => parseOperators(reader, unexpected, 0));
  const { end } = reader.peek();
  if (reader.takeIf(')') === undefined) unexpected();
  return binary(toOp(name.type), left, right, { start: name.start, end });
}

/** Milliseconds of a literal, by way of whole nanoseconds as in Go. */
export function literalMs({ value }: NumberLiteral): number {
  return Math.trunc(roundAway(value * 1e9) / 1e6);
}

/** Go's `math.Round`: halves away from zero. */
export function roundAway(value: number): number {
  return Math.sign(value) * Math.round(Math.abs(value));
}
