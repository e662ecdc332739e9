import type { At, Expr, TimeModifiers } from './ast.ts';
import { valueType } from './type-check.ts';
import { innerExprs } from './walk.ts';

type Reference = Pick<TimeModifiers, 'offsetMs' | 'at'>;

const NOW: Reference = { offsetMs: 0 };

/**
 * The time that all selectors of an expression look at, if it is one and the same: then info series
 * are read there too, and otherwise at the evaluation time.
 * Source: prometheus/promql/info.go, `infoSelectTimestampAndOffset`.
 */
export function sharedReference(expr: Expr): Reference {
  const found: Reference[] = [];
  if (!collect(expr, NOW, found)) return NOW;
  const [first] = found;
  if (first === undefined) return NOW;
  return found.every((other) => isSame(first, other)) ? first : NOW;
}

/** Adds what every vector looks at; false when one looks at nothing but the clock. */
function collect(expr: Expr, outer: Reference, found: Reference[]): boolean {
  switch (expr.kind) {
    case 'vectorSelector':
      found.push(within(expr, outer));
      return true;
    case 'matrixSelector':
      found.push(within(expr.selector, outer));
      return true;
    case 'subquery':
      return collect(expr.expr, within(expr, outer), found);
    default: {
      const all =
        expr.kind === 'call' && expr.name === 'info' ? expr.args.slice(0, 1) : innerExprs(expr);
      const vectors = all.filter((inner) => /vector|matrix/.test(valueType(inner)));
      const collected = vectors.map((inner) => collect(inner, outer, found));
      return vectors.length > 0 && collected.every(Boolean);
    }
  }
}

/** Offsets of subqueries around add up until an `@` says when. */
function within({ offsetMs, at }: TimeModifiers, outer: Reference): Reference {
  if (at !== undefined) return { offsetMs, at };
  return { ...outer, offsetMs: outer.offsetMs + offsetMs };
}

function isSame(a: Reference, b: Reference): boolean {
  return a.offsetMs === b.offsetMs && key(a.at) === key(b.at);
}

function key(at: At | undefined): string {
  if (at === undefined) return '';
  return at.kind === 'time' ? `${at.ms}` : at.kind;
}
