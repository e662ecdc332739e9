import {
  AGGREGATE_OPS,
  type AggregateExpr,
  type AggregateOp,
  type At,
  type DurationOperand,
  type Expr,
  type MatrixSelector,
  type Position,
  type Subquery,
} from './ast.ts';
import { FUNCTIONS } from './function-signatures.ts';
import {
  literalMs,
  numberLiteral,
  parseOffset,
  parsePositiveDuration,
  roundAway,
  signed,
} from './parse-duration.ts';
import { parseGrouping } from './parse-grouping.ts';
import { parseOperators } from './parse-operators.ts';
import { parseSelector, unquoted } from './parse-selector.ts';
import { durationMs } from './resolve-durations.ts';
import { quote } from './string-literal.ts';
import type { TokenReader } from './token-reader.ts';
import { canBeginOperand, isAggregate, isMetricName, type Token } from './tokens.ts';

/** An expression, as far as it goes. Source: prometheus/promql/parser/generated_parser.y. */
export function parseExpr(reader: TokenReader): Expr {
  return parseOperators(reader, () => parsePostfix(reader));
}

/** An operand with all that modifies it: a range, `offset`, `@`, `anchored`, `smoothed`. */
function parsePostfix(reader: TokenReader): Expr {
  let expr = parsePrimary(reader);
  for (;;) {
    switch (reader.peek().type) {
      case '[':
        expr = parseBrackets(expr, reader);
        break;
      case 'offset':
        expr = parseOffsetModifier(expr, reader);
        break;
      case '@':
        expr = parseAt(expr, reader);
        break;
      case 'anchored':
      case 'smoothed':
        expr = parseExtended(expr, reader);
        break;
      default:
        return expr;
    }
  }
}

function parsePrimary(reader: TokenReader): Expr {
  const token = reader.peek();
  const position = positionOf(token);
  switch (token.type) {
    case 'number':
    case 'duration':
      return numberLiteral(reader.take(), reader);
    case 'string':
      return { kind: 'string', value: unquoted(reader.take(), reader), position };
    case '(':
      return parseParens(reader);
    case '{':
      return parseSelector(reader);
  }
  if (isAggregate(token)) return parseAggregate(reader);
  if (token.type === 'identifier' || /^(?:start|end|step|range|m(?:in|ax)_of)$/.test(token.type))
    return parseCallOrSelector(reader);
  if (isMetricName(token)) return parseSelector(reader);
  reader.unexpected();
  return standIn(position);
}

function standIn(position: Position): Expr {
  return { kind: 'string', value: '', position };
}

function positionOf({ start, end }: Token): Position {
  return { start, end };
}

function inside(reader: TokenReader): Expr {
  const { start, end } = reader.peek();
  return reader.inside(
    () => parseExpr(reader),
    () => standIn({ start, end }),
  );
}

function parseParens(reader: TokenReader): Expr {
  const { start } = reader.take();
  const expr = inside(reader);
  const { end } = reader.peek();
  if (reader.takeIf(')') === undefined) reader.unexpected();
  return reader.made({ kind: 'paren', expr, position: { start, end } }, expr);
}

/** A word that is a function before a parenthesis and a metric's name elsewhere. */
function parseCallOrSelector(reader: TokenReader): Expr {
  const name = reader.take();
  if (reader.peek().type !== '(') return parseSelector(reader, name);
  const args = parseArgs(reader);
  const position = { start: name.start, end: reader.last.end };
  if (!FUNCTIONS.has(name.text))
    reader.note(name, `unknown function with name ${quote(name.text)}`);
  return reader.made({ kind: 'call', name: name.text, args, position }, ...args);
}

/** `(a, b)`; the parenthesis has not been read yet. */
function parseArgs(reader: TokenReader): Expr[] {
  reader.take();
  const args: Expr[] = [];
  if (reader.takeIf(')') !== undefined) return args;
  args.push(inside(reader));
  for (;;) {
    if (reader.takeIf(')') !== undefined) return args;
    const comma = reader.takeIf(',');
    if (comma === undefined) {
      reader.unexpected();
      return args;
    }
    if (!canBeginOperand(reader.peek()))
      reader.note(comma, 'trailing commas not allowed in function call args');
    else args.push(inside(reader));
  }
}

const WITH_PARAMETER: ReadonlySet<AggregateOp> = new Set<AggregateOp>([
  ...(['topk', 'bottomk', 'count_values', 'quantile', 'limitk', 'limit_ratio'] as const),
]);

function parseAggregate(reader: TokenReader): Expr {
  const name = reader.take();
  const { type } = reader.peek();
  // Alone such a word is a metric.
  if (type !== '(' && type !== 'by' && type !== 'without') return parseSelector(reader, name);
  reader.aggregations++;
  let modifier = parseModifier(reader);
  if (reader.peek().type !== '(') reader.unexpected();
  const args = parseArgs(reader);
  reader.aggregations--;
  const { end } = reader.last;
  modifier ??= parseModifier(reader);
  const position = { start: name.start, end: Math.max(end, reader.last.end) };
  const op = AGGREGATE_OPS.find((candidate) => candidate === name.type);
  if (op === undefined) throw new Error(`unknown aggregation ${name.type}`);
  return aggregate(op, args, modifier ?? { grouping: [], without: false }, position, reader);
}

function parseModifier(
  reader: TokenReader,
): Pick<AggregateExpr, 'grouping' | 'without'> | undefined {
  const word = reader.takeIf('by', 'without');
  if (word === undefined) return undefined;
  return { grouping: parseGrouping(reader), without: word.type === 'without' };
}

function aggregate(
  op: AggregateOp,
  args: readonly Expr[],
  modifier: Pick<AggregateExpr, 'grouping' | 'without'>,
  position: Position,
  reader: TokenReader,
): Expr {
  const wanted = WITH_PARAMETER.has(op) ? 2 : 1;
  const [first, second] = args;
  if (first === undefined) reader.note(position, 'no arguments for aggregate expression provided');
  else if (args.length !== wanted)
    reader.note(
      position,
      `wrong number of arguments for aggregate expression provided, expected ${wanted}, got ${args.length}`,
    );
  const nothing = standIn(position);
  const expr: AggregateExpr =
    wanted === 1
      ? { kind: 'aggregate', op, expr: first ?? nothing, ...modifier, position }
      : {
          kind: 'aggregate',
          op,
          expr: second ?? nothing,
          param: first ?? nothing,
          ...modifier,
          position,
        };
  return reader.made(expr, ...args);
}

const DURATION = 'number, duration, step(), or range()';

/** `[5m]` or `[1h:5m]` after an expression. */
function parseBrackets(expr: Expr, reader: TokenReader): Expr {
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

function parseOffsetModifier(expr: Expr, reader: TokenReader): Expr {
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

function parseAt(expr: Expr, reader: TokenReader): Expr {
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

type TimeTarget = Pick<Subquery, 'offsetMs' | 'offsetExpr' | 'at'>;

function modify(
  expr: Expr,
  reader: TokenReader,
  what: string,
  change: (target: TimeTarget) => Partial<TimeTarget>,
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

function parseExtended(expr: Expr, reader: TokenReader): Expr {
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
