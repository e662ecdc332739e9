import type { SyntaxNode } from '@lezer/common';
import { AGGREGATE_OPS, type AggregateExpr, type Expr, type Position } from './ast.ts';
import { type BuildContext, children, labelNames } from './build-context.ts';
import { applyAt, applyOffset, buildDurationMs } from './build-modifiers.ts';
import { buildOperators } from './build-operators.ts';
import { buildSelector } from './build-selector.ts';
import { FUNCTIONS } from './function-signatures.ts';
import { parseNumber } from './literals.ts';
import { unquote } from './string-literal.ts';

const DEPTH_MAX = 500; // some 4 stack frames each in parsing, checking and evaluating

/** The typed expression of a syntax tree that has no error nodes. */
export function buildExpr(node: SyntaxNode, context: BuildContext, depth = 0): Expr {
  const position = { start: node.from, end: node.to };
  if (depth > DEPTH_MAX) {
    context.problem(position, `expression nests deeper than ${DEPTH_MAX} levels`);
    return { kind: 'number', value: Number.NaN, position };
  }
  switch (node.name) {
    case 'BinaryExpr':
    case 'UnaryExpr':
    case 'NumberDurationLiteral':
    case 'MatrixSelector':
    case 'SubqueryExpr':
    case 'OffsetExpr':
    case 'StepInvariantExpr':
      return buildOperators(
        node,
        context,
        (operand) => buildOperand(operand, context, depth + 1),
        (operand, modifier) => modify(operand, modifier, context),
      );
    default:
      return buildOperand(node, context, depth);
  }
}

function modify(operand: Expr, node: SyntaxNode, context: BuildContext): Expr {
  switch (node.name) {
    case 'OffsetExpr':
      return applyOffset(operand, node, context);
    case 'StepInvariantExpr':
      return applyAt(operand, node, context);
    case 'MatrixSelector':
      return matrixSelector(node, operand, context);
    default:
      return subquery(node, operand, context);
  }
}

function buildOperand(node: SyntaxNode, context: BuildContext, depth: number): Expr {
  const position = { start: node.from, end: node.to };
  const text = context.text.slice(node.from, node.to);
  switch (node.name) {
    case 'NumberDurationLiteral':
      return numberLiteral(position, text, context);
    case 'StringLiteral': {
      const value = unquote(text);
      if (!value.ok) context.problem(position, value.error);
      return { kind: 'string', value: value.ok ? value.value : '', position };
    }
    case 'ParenExpr':
      return parenthesized(node, context, depth);
    case 'VectorSelector':
      return buildSelector(node, context);
    case 'FunctionCall':
      return call(node, context, depth);
    case 'AggregateExpr':
      return aggregate(node, context, depth);
    default:
      context.problem(position, `"${text}" is not supported yet (${node.name})`);
      return { kind: 'number', value: Number.NaN, position };
  }
}

function parenthesized(node: SyntaxNode, context: BuildContext, depth: number): Expr {
  const [inner] = children(node);
  if (inner === undefined) throw new Error('parentheses around nothing');
  const expr = buildExpr(inner, context, depth + 1);
  return { kind: 'paren', expr, position: { start: node.from, end: node.to } };
}

function numberLiteral(position: Position, text: string, context: BuildContext): Expr {
  // A sign before it has been read already.
  const value = parseNumber(text.replace(/^[-+]\s*/, ''));
  if (value === undefined) {
    context.problem(position, `error parsing number: "${text}" is not a number or a duration`);
  }
  return { kind: 'number', value: value ?? Number.NaN, position };
}

function matrixSelector(node: SyntaxNode, selector: Expr, context: BuildContext): Expr {
  const position = { start: selector.position.start, end: node.to };
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
  const position = { start: expr.position.start, end: node.to };
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
