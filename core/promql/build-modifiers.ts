import type { SyntaxNode } from '@lezer/common';
import type { At, Expr, Position, Subquery, VectorSelector } from './ast.ts';
import { type BuildContext, children } from './build-context.ts';
import { parseNumber } from './literals.ts';

const INSTANT_MAX_S = 9_223_372_036_854; // int64 milliseconds reach a thousand times further

/** `expr offset <duration>`: to a selector or a subquery that has none yet. */
export function applyOffset(expr: Expr, node: SyntaxNode, context: BuildContext): Expr {
  const duration = node.getChild('OffsetDurationExpr');
  if (duration === null) throw new Error('OffsetExpr without a duration');
  const offsetMs = buildDurationMs(duration, context, 'any');
  return modify(
    expr,
    { start: expr.position.start, end: node.to },
    context,
    'offset modifier',
    (target) => {
      if (target.offsetMs !== 0)
        context.problem(target.position, 'offset may not be set multiple times');
      return { offsetMs };
    },
  );
}

/** `expr @ <time>`, `expr @ start()`, `expr @ end()`: to a selector or a subquery. */
export function applyAt(expr: Expr, node: SyntaxNode, context: BuildContext): Expr {
  const at = buildAt(node, context);
  return modify(
    expr,
    { start: expr.position.start, end: node.to },
    context,
    '@ modifier',
    (target) => {
      if (target.at !== undefined)
        context.problem(target.position, '@ <timestamp> may not be set multiple times');
      return { at };
    },
  );
}

function buildAt(node: SyntaxNode, context: BuildContext): At {
  const literal = node.getChild('NumberDurationLiteral');
  if (literal === null) {
    const word = node.getChild('AtModifierPreprocessors')?.getChild('AtStart');
    return { kind: word === null || word === undefined ? 'end' : 'start' };
  }
  const text = context.text.slice(literal.from, literal.to);
  const seconds = parseNumber(text) ?? Number.NaN;
  if (!(Math.abs(seconds) < INSTANT_MAX_S)) {
    const position = { start: literal.from, end: literal.to };
    context.problem(position, `timestamp out of bounds for @ modifier: ${text}`);
  }
  return { kind: 'time', ms: Math.round(seconds * 1000) };
}

function modify(
  expr: Expr,
  position: Position,
  context: BuildContext,
  what: string,
  change: (target: VectorSelector | Subquery) => { offsetMs: number } | { at: At },
): Expr {
  switch (expr.kind) {
    case 'vectorSelector':
    case 'subquery':
      return { ...expr, ...change(expr), position };
    case 'matrixSelector':
      return { ...expr, selector: { ...expr.selector, ...change(expr.selector) }, position };
    default:
      context.problem(
        position,
        `${what} must be preceded by an instant vector selector or range vector selector or a subquery`,
      );
      return expr;
  }
}

const DURATION_MAX_MS = 9_223_372_036_854; // int64 nanoseconds, as Prometheus keeps a duration

/** Milliseconds of a range, step or offset: a duration, a number of seconds, or sums of them. */
export function buildDurationMs(
  node: SyntaxNode,
  context: BuildContext,
  bound: 'positive' | 'any',
): number {
  const position = { start: node.from, end: node.to };
  const seconds = durationSeconds(node, context);
  const ms = Math.trunc(seconds * 1000 + Math.sign(seconds) * 1e-6);
  if (Number.isNaN(seconds) || Math.abs(ms) > DURATION_MAX_MS)
    context.problem(position, 'duration out of range');
  else if (bound === 'positive' && ms <= 0)
    context.problem(position, 'duration must be greater than 0');
  return ms;
}

function durationSeconds(node: SyntaxNode, context: BuildContext): number {
  const parts = children(node);
  const [first, second, third] = parts;
  if (node.name === 'NumberDurationLiteralInDurationContext')
    return parseNumber(context.text.slice(node.from, node.to)) ?? Number.NaN;
  if (first === undefined) throw new Error(`${node.name} is empty`);
  if (first.name === 'UnaryOp' && second !== undefined) {
    const value = durationSeconds(second, context);
    return context.text.charAt(first.from) === '-' ? -value : value;
  }
  if (/^Duration(Step|Range|MinOf|MaxOf)$/.test(first.name)) {
    const text = context.text.slice(first.from, first.to);
    const position = { start: first.from, end: first.to };
    context.problem(position, `${text}() in a duration is not supported yet`);
    return 1;
  }
  const left = durationSeconds(first, context);
  if (second === undefined || third === undefined) return left;
  const right = durationSeconds(third, context);
  switch (context.text.slice(second.from, second.to)) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '%':
      return left % right;
    default:
      return left ** right;
  }
}
