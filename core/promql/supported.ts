import type { Expr, PromqlError } from './ast.ts';
import { isSupportedFunction } from './eval-call.ts';
import { innerExprs } from './walk.ts';

/** The first part of a query that cannot be evaluated yet, named; undefined when all can. */
export function unsupported(expr: Expr): PromqlError | undefined {
  if (expr.kind === 'call' && !isSupportedFunction(expr.name))
    return refusal(expr, `function ${expr.name} is not supported yet`);
  if (expr.kind === 'aggregate' && expr.op === 'limit_ratio')
    return refusal(expr, 'aggregation limit_ratio is not supported yet');
  for (const inner of innerExprs(expr)) {
    const found = unsupported(inner);
    if (found !== undefined) return found;
  }
  return undefined;
}

function refusal({ position }: Expr, message: string): PromqlError {
  return { code: 'bad_data', message, position };
}
