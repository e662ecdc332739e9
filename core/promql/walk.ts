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

/** The expression with others in place of those directly inside it; itself when none differs. */
export function mapInner(expr: Expr, of: (inner: Expr) => Expr): Expr {
  switch (expr.kind) {
    case 'paren':
    case 'unary':
    case 'subquery': {
      const inner = of(expr.expr);
      return inner === expr.expr ? expr : { ...expr, expr: inner };
    }
    case 'binary': {
      const left = of(expr.left);
      const right = of(expr.right);
      return left === expr.left && right === expr.right ? expr : { ...expr, left, right };
    }
    case 'call': {
      const args = expr.args.map(of);
      return args.every((arg, i) => arg === expr.args[i]) ? expr : { ...expr, args };
    }
    case 'aggregate': {
      const inner = of(expr.expr);
      if (expr.param === undefined) return inner === expr.expr ? expr : { ...expr, expr: inner };
      const param = of(expr.param);
      return inner === expr.expr && param === expr.param ? expr : { ...expr, expr: inner, param };
    }
    default:
      return expr;
  }
}
