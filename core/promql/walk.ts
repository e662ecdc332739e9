import type { Expr } from './ast.ts';

/** The expressions directly inside another. */
export function innerExprs(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'paren':
    case 'unary':
    case 'subquery':
      return [expr.expr];
    case 'matrixSelector':
      return [expr.selector];
    case 'binary':
      return [expr.left, expr.right];
    case 'call':
      return expr.args;
    case 'aggregate':
      return expr.param === undefined ? [expr.expr] : [expr.param, expr.expr];
    default:
      return [];
  }
}
