import type { SyntaxNode } from '@lezer/common';
import {
  ARITHMETIC_OPS,
  type BinaryOp,
  COMPARISON_OPS,
  type Expr,
  isComparison,
  isSetOp,
  type Position,
  SET_OPS,
  type VectorMatching,
} from './ast.ts';
import { type BuildContext, children, labelNames } from './build-context.ts';
import { parseNumber } from './literals.ts';

/** Builds what is neither operator nor sign nor a modifier after an operand. */
type BuildOperand = (node: SyntaxNode) => Expr;
/** Adds the modifier of a node (a range, an offset, ...) to the operand before it. */
type Modify = (operand: Expr, node: SyntaxNode) => Expr;

type Item =
  | { readonly kind: 'operand'; readonly expr: Expr }
  | { readonly kind: 'sign'; readonly op: '+' | '-'; readonly start: number }
  | { readonly kind: 'operator'; readonly op: BinaryOp; readonly node: SyntaxNode };

const MODIFIERS = new Set(['OffsetExpr', 'StepInvariantExpr', 'MatrixSelector', 'SubqueryExpr']);

/**
 * A chain of operators as PromQL binds it. The grammar binds modifiers less tightly than operators
 * (`a + b offset 5m * c`) and a sign more tightly than `^`, so its own nesting is laid out flat and
 * bound anew by precedence.
 */
export function buildOperators(
  node: SyntaxNode,
  context: BuildContext,
  operand: BuildOperand,
  modify: Modify,
): Expr {
  const items: Item[] = [];
  flatten(node, items);
  const reader = { at: 0 };
  return bind(0);

  function flatten(part: SyntaxNode, list: Item[]): void {
    const parts = children(part);
    const [first, second] = parts;
    const last = parts.at(-1);
    const text = context.text.charAt(part.from);
    if (part.name === 'BinaryExpr' && first && second && last) {
      flatten(first, list);
      list.push({ kind: 'operator', op: operatorOf(second, context), node: part });
      flatten(last, list);
    } else if (part.name === 'UnaryExpr' && second) {
      list.push({ kind: 'sign', op: text === '-' ? '-' : '+', start: part.from });
      flatten(second, list);
    } else if (part.name === 'NumberDurationLiteral' && (text === '-' || text === '+')) {
      list.push({ kind: 'sign', op: text, start: part.from });
      list.push({ kind: 'operand', expr: operand(part) });
    } else if (MODIFIERS.has(part.name) && first) {
      flatten(first, list);
      const modified = list.pop();
      if (modified?.kind !== 'operand') throw new Error(`${part.name} without an operand`);
      list.push({ kind: 'operand', expr: modify(modified.expr, part) });
    } else list.push({ kind: 'operand', expr: operand(part) });
  }

  /** Reads operators that bind at least as tightly as `tightness`. */
  function bind(tightness: number): Expr {
    let left = bindOperand();
    for (;;) {
      const item = items[reader.at];
      if (item?.kind !== 'operator' || tightnessOf(item.op) < tightness) return left;
      reader.at++;
      // Only ^ groups from the right.
      const right = bind(tightnessOf(item.op) + (item.op === '^' ? 0 : 1));
      left = {
        kind: 'binary',
        op: item.op,
        left,
        right,
        returnBool: item.node.getChild('BoolModifier') !== null,
        matching: matchingOf(item.node, item.op, context),
        position: span(left.position, right.position),
      };
    }
  }

  function bindOperand(): Expr {
    const item = items[reader.at++];
    if (item?.kind === 'operand') return item.expr;
    if (item?.kind !== 'sign') throw new Error('an operator without an operand');
    const expr = bind(tightnessOf('^'));
    const position = { start: item.start, end: expr.position.end };
    if (expr.kind !== 'number') return { kind: 'unary', op: item.op, expr, position };
    return { kind: 'number', value: item.op === '-' ? -expr.value : expr.value, position };
  }
}

function span(left: Position, right: Position): Position {
  return { start: left.start, end: right.end };
}

/** Source: prometheus/promql/parser/generated_parser.y, the order of %left and %right. */
function tightnessOf(op: BinaryOp): number {
  if (op === 'or') return 1;
  if (isSetOp(op)) return 2;
  if (isComparison(op)) return 3;
  if (op === '+' || op === '-') return 4;
  return op === '^' ? 6 : 5;
}

const BINARY_OPS: ReadonlyMap<string, BinaryOp> = new Map(
  [...ARITHMETIC_OPS, ...COMPARISON_OPS, ...SET_OPS].map((op) => [op, op]),
);

function operatorOf(node: SyntaxNode, context: BuildContext): BinaryOp {
  const text = context.text.slice(node.from, node.to).toLowerCase();
  const op = BINARY_OPS.get(text);
  if (op !== undefined) return op;
  const message = `operator "${text}" is not supported: it works on native histograms only`;
  context.problem({ start: node.from, end: node.to }, message);
  return '+';
}

function matchingOf(node: SyntaxNode, op: BinaryOp, context: BuildContext): VectorMatching {
  const clause = node.getChild('MatchingModifierClause');
  const fills = fillsOf(node, context);
  const ungrouped = isSetOp(op) ? 'many-to-many' : 'one-to-one';
  if (clause === null) return { card: ungrouped, on: false, labels: [], include: [], ...fills };
  const [labels, include] = clause.getChildren('GroupingLabels');
  let card: VectorMatching['card'] = ungrouped;
  if (clause.getChild('GroupLeft') !== null) card = 'many-to-one';
  if (clause.getChild('GroupRight') !== null) card = 'one-to-many';
  return {
    card,
    on: clause.getChild('On') !== null,
    labels: labels === undefined ? [] : labelNames(labels, context),
    include: include === undefined ? [] : labelNames(include, context),
    ...fills,
  };
}

function fillsOf(
  node: SyntaxNode,
  context: BuildContext,
): Pick<VectorMatching, 'fillLeft' | 'fillRight'> {
  const found: { fillLeft?: number; fillRight?: number } = {};
  for (const fill of node.getChildren('FillModifier').flatMap(children)) {
    const literal = fill.getChild('NumberDurationLiteral');
    if (literal === null) throw new Error(`${fill.name} without a value`);
    const value = parseNumber(context.text.slice(literal.from, literal.to)) ?? Number.NaN;
    if (fill.name !== 'FillRightClause') found.fillLeft = value;
    if (fill.name !== 'FillLeftClause') found.fillRight = value;
  }
  return found;
}
