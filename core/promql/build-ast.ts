import type { SyntaxNode } from '@lezer/common';
import {
  AGGREGATE_OPS,
  type AggregateExpr,
  ARITHMETIC_OPS,
  type BinaryExpr,
  type BinaryOp,
  COMPARISON_OPS,
  type Expr,
  isSetOp,
  type Position,
  SET_OPS,
  type VectorMatching,
} from './ast.ts';
import { type BuildContext, children } from './build-context.ts';
import { applyAt, applyOffset, buildDurationMs } from './build-modifiers.ts';
import { buildSelector } from './build-selector.ts';
import { FUNCTIONS } from './function-signatures.ts';
import { parseNumber } from './literals.ts';
import { unquote } from './string-literal.ts';

const DEPTH_MAX = 500; // some 4 stack frames each in parsing, checking and evaluating

/** The typed expression of a syntax tree that has no error nodes. */
export function buildExpr(node: SyntaxNode, context: BuildContext, depth = 0): Expr {
  const position = { start: node.from, end: node.to };
  const text = context.text.slice(node.from, node.to);
  if (depth > DEPTH_MAX) {
    context.problem(position, `expression nests deeper than ${DEPTH_MAX} levels`);
    return { kind: 'number', value: Number.NaN, position };
  }
  const inner = () => buildExpr(childExpr(node, 0), context, depth + 1);
  switch (node.name) {
    case 'NumberDurationLiteral':
      return numberLiteral(position, text, context);
    case 'StringLiteral': {
      const value = unquote(text);
      if (!value.ok) context.problem(position, value.error);
      return { kind: 'string', value: value.ok ? value.value : '', position };
    }
    case 'ParenExpr':
      return { kind: 'paren', expr: inner(), position };
    case 'UnaryExpr': {
      const expr = inner();
      const op = text.startsWith('-') ? '-' : '+';
      // A sign before a number belongs to the number.
      if (expr.kind === 'number')
        return { kind: 'number', value: op === '-' ? -expr.value : expr.value, position };
      return { kind: 'unary', op, expr, position };
    }
    case 'VectorSelector':
      return buildSelector(node, context);
    case 'MatrixSelector':
      return matrixSelector(node, inner(), context);
    case 'SubqueryExpr':
      return subquery(node, inner(), context);
    case 'OffsetExpr':
      return applyOffset(inner(), node, context);
    case 'StepInvariantExpr':
      return applyAt(inner(), node, context);
    case 'BinaryExpr':
      return binary(node, context, depth);
    case 'FunctionCall':
      return call(node, context, depth);
    case 'AggregateExpr':
      return aggregate(node, context, depth);
    default:
      context.problem(position, `"${text}" is not supported yet (${node.name})`);
      return { kind: 'number', value: Number.NaN, position };
  }
}

const NOT_EXPRESSIONS = new Set(['UnaryOp', 'AggregateOp', 'FunctionIdentifier', 'Identifier']);

function childExpr(node: SyntaxNode, index: number): SyntaxNode {
  const child = children(node).filter((c) => !NOT_EXPRESSIONS.has(c.name))[index];
  if (child === undefined) throw new Error(`${node.name} has no child ${index}`);
  return child;
}

function numberLiteral(position: Position, text: string, context: BuildContext): Expr {
  const value = parseNumber(text);
  if (value === undefined) {
    context.problem(position, `error parsing number: "${text}" is not a number or a duration`);
  }
  return { kind: 'number', value: value ?? Number.NaN, position };
}

function matrixSelector(node: SyntaxNode, selector: Expr, context: BuildContext): Expr {
  const position = { start: node.from, end: node.to };
  const rangeMs = rangeOf(node, context);
  if (selector.kind !== 'vectorSelector') {
    context.problem(position, 'ranges only allowed for vector selectors');
    return selector;
  }
  if (selector.offsetMs !== 0)
    context.problem(position, 'no offset modifiers allowed before range');
  if (selector.at !== undefined) context.problem(position, 'no @ modifiers allowed before range');
  return { kind: 'matrixSelector', selector, rangeMs, position };
}

function subquery(node: SyntaxNode, expr: Expr, context: BuildContext): Expr {
  const position = { start: node.from, end: node.to };
  const [, range, step] = children(node);
  if (range === undefined) throw new Error('SubqueryExpr without a range');
  const rangeMs = rangeOf(node, context);
  const stepMs = step === undefined ? undefined : buildDurationMs(step, context, 'positive');
  return {
    kind: 'subquery',
    expr,
    rangeMs,
    ...(stepMs === undefined ? {} : { stepMs }),
    offsetMs: 0,
    position,
  };
}

function rangeOf(node: SyntaxNode, context: BuildContext): number {
  const range = node.getChild('DurationExpr');
  if (range === null) throw new Error(`${node.name} without a duration`);
  return buildDurationMs(range, context, 'positive');
}

const BINARY_OPS: ReadonlyMap<string, BinaryOp> = new Map(
  [...ARITHMETIC_OPS, ...COMPARISON_OPS, ...SET_OPS].map((op) => [op, op]),
);

function binary(node: SyntaxNode, context: BuildContext, depth: number): Expr {
  const position = { start: node.from, end: node.to };
  const parts = children(node);
  const [leftNode, opNode] = parts;
  const rightNode = parts.at(-1);
  if (leftNode === undefined || opNode === undefined || rightNode === undefined)
    throw new Error('BinaryExpr with fewer than three children');
  const opText = context.text.slice(opNode.from, opNode.to).toLowerCase();
  const op = BINARY_OPS.get(opText);
  if (op === undefined) {
    context.problem(
      { start: opNode.from, end: opNode.to },
      `operator "${opText}" is not supported: it works on native histograms only`,
    );
  }
  const left = buildExpr(leftNode, context, depth + 1);
  const right = buildExpr(rightNode, context, depth + 1);
  const expr: BinaryExpr = {
    kind: 'binary',
    op: op ?? '+',
    left,
    right,
    returnBool: node.getChild('BoolModifier') !== null,
    matching: buildMatching(node, op ?? '+', context),
    position,
  };
  // The grammar reads `-2 ^ 2` as (-2) ^ 2, but ^ binds tighter than a sign.
  const sign = context.text.charAt(leftNode.from);
  if (op === '^' && left.kind === 'number' && (sign === '-' || sign === '+')) {
    const base = { ...left, value: sign === '-' ? -left.value : left.value };
    return { kind: 'unary', op: sign, expr: { ...expr, left: base }, position };
  }
  return expr;
}

function buildMatching(node: SyntaxNode, op: BinaryOp, context: BuildContext): VectorMatching {
  const clause = node.getChild('MatchingModifierClause');
  const many = isSetOp(op) ? 'many-to-many' : 'one-to-one';
  const fills = buildFills(node);
  if (clause === null) return { card: many, on: false, labels: [], include: [], ...fills };
  const [labels, include] = clause.getChildren('GroupingLabels');
  const grouped =
    clause.getChild('GroupLeft') !== null
      ? 'many-to-one'
      : clause.getChild('GroupRight') !== null
        ? 'one-to-many'
        : undefined;
  return {
    card: grouped ?? many,
    on: clause.getChild('On') !== null,
    labels: labels === undefined ? [] : labelNames(labels, context),
    include: include === undefined ? [] : labelNames(include, context),
    ...fills,
  };
  function buildFills(of: SyntaxNode): { fillLeft?: number; fillRight?: number } {
    const found: { fillLeft?: number; fillRight?: number } = {};
    for (const fill of of.getChildren('FillModifier').flatMap(children)) {
      const literal = fill.getChild('NumberDurationLiteral');
      if (literal === null) continue;
      const value = parseNumber(context.text.slice(literal.from, literal.to)) ?? Number.NaN;
      if (fill.name !== 'FillRightClause') found.fillLeft = value;
      if (fill.name !== 'FillLeftClause') found.fillRight = value;
    }
    return found;
  }
}

function labelNames(node: SyntaxNode, context: BuildContext): string[] {
  return children(node)
    .filter((child) => child.name === 'LabelName' || child.name === 'QuotedLabelName')
    .map((child) => {
      const text = context.text.slice(child.from, child.to);
      if (child.name === 'LabelName') return text;
      const name = unquote(text);
      if (!name.ok) context.problem({ start: child.from, end: child.to }, name.error);
      return name.ok ? name.value : '';
    });
}

function call(node: SyntaxNode, context: BuildContext, depth: number): Expr {
  const identifier = node.getChild('FunctionIdentifier');
  if (identifier === null) throw new Error('FunctionCall without a name');
  const name = context.text.slice(identifier.from, identifier.to);
  const position = { start: node.from, end: node.to };
  const args = argumentsOf(node, context, depth);
  if (!FUNCTIONS.has(name)) {
    context.problem(position, `unknown function with name "${name}"`);
    return { kind: 'number', value: Number.NaN, position };
  }
  return { kind: 'call', name, args, position };
}

function argumentsOf(node: SyntaxNode, context: BuildContext, depth: number): Expr[] {
  const body = node.getChild('FunctionCallBody');
  if (body === null) throw new Error(`${node.name} without a body`);
  return children(body).map((child) => buildExpr(child, context, depth + 1));
}

const WITH_PARAMETER: ReadonlySet<string> = new Set([
  'topk',
  'bottomk',
  'count_values',
  'quantile',
  'limitk',
  'limit_ratio',
]);

function aggregate(node: SyntaxNode, context: BuildContext, depth: number): Expr {
  const position = { start: node.from, end: node.to };
  const opNode = node.getChild('AggregateOp');
  const name = opNode === null ? '' : context.text.slice(opNode.from, opNode.to).toLowerCase();
  const op = AGGREGATE_OPS.find((candidate) => candidate === name);
  if (op === undefined) throw new Error(`unknown aggregation ${name}`);
  const modifier = node.getChild('AggregateModifier');
  const labels = modifier?.getChild('GroupingLabels');
  const args = argumentsOf(node, context, depth);
  const wanted = WITH_PARAMETER.has(op) ? 2 : 1;
  if (args.length === 0)
    context.problem(position, 'no arguments for aggregate expression provided');
  else if (args.length !== wanted)
    context.problem(
      position,
      `wrong number of arguments for aggregate expression provided, expected ${wanted}, got ${args.length}`,
    );
  const standIn: Expr = { kind: 'number', value: Number.NaN, position };
  const expr: AggregateExpr = {
    kind: 'aggregate',
    op,
    expr: args[wanted - 1] ?? standIn,
    grouping: labels === null || labels === undefined ? [] : labelNames(labels, context),
    without: modifier?.getChild('Without') !== null && modifier?.getChild('Without') !== undefined,
    position,
  };
  return wanted === 2 ? { ...expr, param: args[0] ?? standIn } : expr;
}
