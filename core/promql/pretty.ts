import type { Expr } from './ast.ts';
import { formatAggregateHead, formatExpr, formatOperator, formatSubquerySuffix } from './format.ts';

const LINE_MAX = 100;

/**
 * A query laid out over lines where it is longer than one, for people: what Prometheus'
 * `/api/v1/format_query` gives. Source: prometheus/promql/parser/prettier.go.
 */
export function prettyExpr(expr: Expr): string {
  return pretty(expr, 0);
}

function pretty(expr: Expr, level: number): string {
  const indent = '  '.repeat(level);
  const whole = formatExpr(expr);
  const isShort = new TextEncoder().encode(whole).length <= LINE_MAX;
  switch (expr.kind) {
    case 'unary':
      return `${indent}${expr.op}${pretty(expr.expr, level).trim()}`;
    case 'subquery':
      if (isShort) return whole;
      return `${pretty(expr.expr, level)}${formatSubquerySuffix(expr)}`;
    case 'paren':
      if (isShort) break;
      return `${indent}(\n${pretty(expr.expr, level + 1)}\n${indent})`;
    case 'binary': {
      if (isShort) break;
      const left = pretty(expr.left, level + 1);
      return `${left}\n${indent}${formatOperator(expr)}\n${pretty(expr.right, level + 1)}`;
    }
    case 'call': {
      if (isShort) break;
      const args = expr.args.map((arg) => pretty(arg, level + 1)).join(',\n');
      return `${indent}${expr.name}(\n${args}\n${indent})`;
    }
    case 'aggregate': {
      if (isShort) break;
      const args = expr.param === undefined ? [expr.expr] : [expr.param, expr.expr];
      const written = args.map((arg) => pretty(arg, level + 1)).join(',\n');
      return `${indent}${formatAggregateHead(expr)}(\n${written}\n${indent})`;
    }
  }
  return `${indent}${whole}`;
}
