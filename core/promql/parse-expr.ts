import {
  AGGREGATE_OPS,
  type AggregateExpr,
  type AggregateOp,
  type Expr,
  type Position,
} from './ast.ts';
import { FUNCTIONS } from './function-signatures.ts';
import { numberLiteral } from './parse-duration.ts';
import { parseGrouping } from './parse-grouping.ts';
import { parseAt, parseBrackets, parseExtended, parseOffsetModifier } from './parse-modifiers.ts';
import { parseOperators } from './parse-operators.ts';
import { parseSelector, unquoted } from './parse-selector.ts';
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
