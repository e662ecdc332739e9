import { labelsOf, NO_LABELS } from '../series/labels.ts';
import { type Expr, unwrapParens } from './ast.ts';
import { type Block, isMetadataLabel, singleRow } from './block.ts';

/** 1 at every step where no row has a value, under the labels that the selector asked for. */
export function absence(block: Block, expr: Expr | undefined): Block {
  const { labels, present, steps } = block;
  return singleRow(absentLabels(expr), steps, (step) => {
    for (let row = 0; row < labels.length; row++) {
      if (present[row * steps + step] === 1) return undefined;
    }
    return 1;
  });
}

function absentLabels(expr: Expr | undefined): readonly string[] {
  const inner = expr === undefined ? undefined : unwrapParens(expr);
  const selector = inner?.kind === 'matrixSelector' ? inner.selector : inner;
  if (selector?.kind !== 'vectorSelector') return NO_LABELS;
  const values = new Map<string, string>();
  const seen = new Set<string>();
  for (const { name, op, value } of selector.matchers) {
    if (isMetadataLabel(name)) continue;
    // Asked for twice, or not by equality: what the absent series has there is not known.
    if (op === '=' && !seen.has(name)) {
      values.set(name, value);
      seen.add(name);
    } else values.delete(name);
  }
  return labelsOf(values);
}
