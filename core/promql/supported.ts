import type { Expr, PromqlError } from './ast.ts';
import { isSupportedFunction } from './eval-call.ts';
import { innerExprs } from './walk.ts';

/** The first part of a query that cannot be evaluated yet, named; undefined when all can. */
export function unsupported(expr: Expr): PromqlError | undefined {
  if (expr.kind === 'call' && !isSupportedFunction(expr.name))
    return {
      code: 'bad_data',
      message: `function ${expr.name} is not supported yet`,
      position: expr.position,
    };
  for (const inner of innerExprs(expr)) {
    const found = unsupported(inner);
    if (found !== undefined) return found;
  }
  return undefined;
}
