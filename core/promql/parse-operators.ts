import {
  ARITHMETIC_OPS,
  type BinaryExpr,
  type BinaryOp,
  COMPARISON_OPS,
  type Expr,
  isComparison,
  isSetOp,
  isTrimOp,
  SET_OPS,
  TRIM_OPS,
  type VectorMatching,
} from './ast.ts';
import { numberLiteral, signed } from './parse-duration.ts';
import { parseGrouping } from './parse-grouping.ts';
import type { TokenReader } from './token-reader.ts';
import { canBeginOperand } from './tokens.ts';

const BINARY_OPS: ReadonlyMap<string, BinaryOp> = new Map(
  [...ARITHMETIC_OPS, ...COMPARISON_OPS, ...SET_OPS, ...TRIM_OPS].map((op) => [op, op]),
);

/** Source: prometheus/promql/parser/generated_parser.y, the order of %left and %right. */
function tightnessOf(op: BinaryOp): number {
  if (op === 'or') return 1;
  if (isSetOp(op)) return 2;
  if (isComparison(op) || isTrimOp(op)) return 3;
  if (op === '+' || op === '-') return 4;
  return op === '^' ? POWER : 5;
}

const POWER = 6;

/**
 * A chain of operators that bind at least as tightly as `tightness`, over operands that `primary`
 * reads. A sign binds less tightly than `^`: `-2 ^ 2` is -4.
 */
export function parseOperators(reader: TokenReader, primary: () => Expr, tightness = 0): Expr {
  let left = parseSigned(reader, primary);
  for (;;) {
    const token = reader.peek();
    const op = BINARY_OPS.get(token.type);
    if (op === undefined || tightnessOf(op) < tightness) return left;
    reader.take();
    const modifiers = parseModifiers(reader, op);
    // Only ^ groups from the right.
    const right =
      op === '^'
        ? reader.inside(
            () => parseOperators(reader, primary, POWER),
            () => nothing(reader),
          )
        : parseOperators(reader, primary, tightnessOf(op) + 1);
    const expr: BinaryExpr = {
      kind: 'binary',
      op,
      opPosition: { start: token.start, end: token.end },
      left,
      right,
      ...modifiers,
      position: { start: left.position.start, end: right.position.end },
    };
    left = reader.made(expr, left, right);
  }
}

function parseSigned(reader: TokenReader, primary: () => Expr): Expr {
  const sign = reader.takeIf('+', '-');
  if (sign === undefined) return primary();
  const expr = reader.inside(
    () => parseOperators(reader, primary, POWER),
    () => nothing(reader),
  );
  if (expr.kind === 'number') return signed(expr, sign);
  const position = { start: sign.start, end: expr.position.end };
  return reader.made({ kind: 'unary', op: sign.type === '-' ? '-' : '+', expr, position }, expr);
}

/** Stands where something nests too deeply, which is told. */
function nothing(reader: TokenReader): Expr {
  const { start, end } = reader.peek();
  return { kind: 'string', value: '', position: { start, end } };
}

/** `bool`, `on (...)`, `group_left (...)`, `fill (...)`: what may stand after an operator. */
function parseModifiers(
  reader: TokenReader,
  op: BinaryOp,
): { returnBool: boolean; matching: VectorMatching } {
  const returnBool = reader.takeIf('bool') !== undefined;
  const which = reader.takeIf('on', 'ignoring');
  const ungrouped = isSetOp(op) ? 'many-to-many' : 'one-to-one';
  let card: VectorMatching['card'] = ungrouped;
  let labels: readonly string[] = [];
  let include: readonly string[] = [];
  if (which !== undefined) {
    labels = parseGrouping(reader);
    const group = reader.takeIf('group_left', 'group_right');
    if (group !== undefined) {
      card = group.type === 'group_left' ? 'many-to-one' : 'one-to-many';
      const following = reader.peek();
      const isFill = /^fill(?:_left|_right)?$/.test(following.type);
      if (following.type === '(' || !(isFill || canBeginOperand(following)))
        include = parseGrouping(reader);
    }
  }
  const on = which?.type === 'on';
  return { returnBool, matching: { card, on, labels, include, ...parseFills(reader) } };
}

function parseFills(reader: TokenReader): Pick<VectorMatching, 'fillLeft' | 'fillRight'> {
  const fill = reader.takeIf('fill', 'fill_left', 'fill_right');
  if (fill === undefined) return {};
  const value = parseFill(reader);
  if (fill.type === 'fill') return { fillLeft: value, fillRight: value };
  const isLeft = fill.type === 'fill_left';
  const first = isLeft ? { fillLeft: value } : { fillRight: value };
  if (reader.takeIf(isLeft ? 'fill_right' : 'fill_left') === undefined) return first;
  const second = parseFill(reader);
  return { ...first, ...(isLeft ? { fillRight: second } : { fillLeft: second }) };
}

function parseFill(reader: TokenReader): number {
  if (reader.takeIf('(') === undefined) reader.unexpected();
  const sign = reader.takeIf('+', '-');
  const token = reader.takeIf('number', 'duration');
  if (token === undefined) {
    reader.unexpected();
    return 0;
  }
  const literal = numberLiteral(token, reader);
  if (reader.takeIf(')') === undefined) reader.unexpected();
  return sign === undefined ? literal.value : signed(literal, sign).value;
}
