import type { At, DurationOperand, Expr, MatrixSelector, Subquery, TimeModifiers } from './ast.ts';
import {
  literalMs,
  numberLiteral,
  parseOffset,
  parsePositiveDuration,
  roundAway,
  signed,
} from './parse-duration.ts';
import { durationMs } from './resolve-durations.ts';
import type { TokenReader } from './token-reader.ts';

const DURATION = 'number, duration, step(), or range()';

/** `[5m]` or `[1h:5m]` after an expression. */
export function parseBrackets(expr: Expr, reader: TokenReader): Expr {
  const open = reader.take();
  const range = parsePositiveDuration(reader, () =>
    reader.unexpected('subquery or range selector', DURATION),
  );
  if (reader.takeIf(':') !== undefined) return parseSubquery(expr, range, reader);
  if (reader.takeIf(']') === undefined) reader.unexpected('subquery or range', '":" or "]"');
  const { end } = reader.last;
  const at = { start: open.start, end };
  if (expr.kind !== 'vectorSelector') {
    reader.note(at, 'ranges only allowed for vector selectors');
    return expr;
  }
  if (expr.offsetMs !== 0 || expr.offsetExpr !== undefined)
    reader.note(at, 'no offset modifiers allowed before range');
  if (expr.at !== undefined) reader.note(at, 'no @ modifiers allowed before range');
  const matrix: MatrixSelector = {
    kind: 'matrixSelector',
    selector: expr,
    rangeMs: msOf(range),
    ...(range.kind === 'number' ? {} : { rangeExpr: range }),
    position: { start: expr.position.start, end },
  };
  return reader.made(matrix);
}

function parseSubquery(expr: Expr, range: DurationOperand, reader: TokenReader): Expr {
  const step =
    reader.peek().type === ']'
      ? undefined
      : parsePositiveDuration(reader, () =>
          reader.unexpected('subquery selector', `${DURATION.replace('or ', '')}, or "]"`),
        );
  if (reader.takeIf(']') === undefined) reader.unexpected('subquery selector', '"]"');
  const subquery: Subquery = {
    kind: 'subquery',
    expr,
    rangeMs: msOf(range),
    ...(range.kind === 'number' ? {} : { rangeExpr: range }),
    ...(step === undefined ? {} : { stepMs: msOf(step) }),
    ...(step === undefined || step.kind === 'number' ? {} : { stepExpr: step }),
    offsetMs: 0,
    position: { start: expr.position.start, end: reader.last.end },
  };
  return reader.made(subquery, expr);
}

/** Milliseconds; of a computed duration what can be told without the query's grid. */
function msOf(duration: DurationOperand): number {
  if (duration.kind === 'number') return literalMs(duration);
  const ms = durationMs(duration, { startMs: 0, endMs: 0, stepMs: 0 }, 'any');
  return ms.ok ? ms.value : 0;
}

/** `offset 5m` after an expression. */
export function parseOffsetModifier(expr: Expr, reader: TokenReader): Expr {
  reader.take();
  const duration = parseOffset(reader, () => reader.unexpected('offset', DURATION));
  const offset =
    duration.kind === 'number'
      ? { offsetMs: literalMs(duration) }
      : { offsetMs: msOf(duration), offsetExpr: duration };
  return modify(expr, reader, 'offset modifier', (target) => {
    if (target.offsetMs !== 0 || target.offsetExpr !== undefined)
      reader.note(expr.position, 'offset may not be set multiple times');
    return offset;
  });
}

/** `@ 100` or `@ start()` after an expression. */
export function parseAt(expr: Expr, reader: TokenReader): Expr {
  reader.take();
  const at = parseInstant(expr, reader);
  return modify(expr, reader, '@ modifier', (target) => {
    if (target.at !== undefined)
      reader.note(expr.position, '@ <timestamp> may not be set multiple times');
    return { at };
  });
}

function parseInstant(expr: Expr, reader: TokenReader): At {
  const unexpected = () => reader.unexpected('@', 'timestamp');
  const word = reader.takeIf('start', 'end');
  if (word !== undefined) {
    if (reader.takeIf('(') === undefined || reader.takeIf(')') === undefined) unexpected();
    return { kind: word.type === 'start' ? 'start' : 'end' };
  }
  const sign = reader.takeIf('+', '-');
  const token = reader.takeIf('number', 'duration');
  if (token === undefined) {
    unexpected();
    return { kind: 'start' };
  }
  const literal = numberLiteral(token, reader);
  const seconds = sign === undefined ? literal.value : signed(literal, sign).value;
  if (!(Math.abs(seconds) < 2 ** 63)) {
    const written = Number.isFinite(seconds) ? seconds.toFixed(6) : goInfinity(seconds);
    reader.note(expr.position, `timestamp out of bounds for @ modifier: ${written}`);
  }
  return { kind: 'time', ms: roundAway(seconds * 1000) };
}

function goInfinity(value: number): string {
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

function modify(
  expr: Expr,
  reader: TokenReader,
  what: string,
  change: (target: TimeModifiers) => Partial<TimeModifiers>,
): Expr {
  const position = { start: expr.position.start, end: reader.last.end };
  switch (expr.kind) {
    case 'vectorSelector':
      return { ...expr, ...change(expr), position };
    case 'subquery':
      return reader.made({ ...expr, ...change(expr), position }, expr.expr);
    case 'matrixSelector':
      return reader.made({
        ...expr,
        selector: { ...expr.selector, ...change(expr.selector) },
        position,
      });
    default:
      reader.note(
        expr.position,
        `${what} must be preceded by an instant vector selector or range vector selector or a subquery`,
      );
      return expr;
  }
}

/** `anchored` or `smoothed` after an expression. */
export function parseExtended(expr: Expr, reader: TokenReader): Expr {
  const { type } = reader.take();
  const word = type === 'anchored' ? 'anchored' : 'smoothed';
  const selector = expr.kind === 'matrixSelector' ? expr.selector : expr;
  if (selector.kind !== 'vectorSelector') {
    const problem =
      selector.kind === 'subquery' ? 'is not supported for subqueries' : 'not implemented';
    reader.note(expr.position, `${word} modifier ${problem}`);
    return expr;
  }
  if (selector.extended !== undefined && selector.extended !== word)
    reader.note(expr.position, 'anchored and smoothed modifiers cannot be used together');
  const extended = { ...selector, extended: word } as const;
  return expr.kind === 'matrixSelector' ? reader.made({ ...expr, selector: extended }) : extended;
}
