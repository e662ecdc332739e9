import { type Labels, labelPairs, labelsKey, labelsOf, labelValue } from '../series/labels.ts';
import type { VectorMatching } from './ast.ts';
import { type Block, isMetadataLabel, withoutMetadata } from './block.ts';
import { isMarked, marked, withoutMark } from './delayed-names.ts';

/** For every row of two vectors the number of its match group; equal groups match. */
export interface MatchGroups {
  readonly many: Int32Array;
  readonly one: Int32Array;
  readonly count: number;
}

/** Numbers the match groups of two vectors, once for all steps. */
export function matchGroups(many: Block, one: Block, matching: VectorMatching): MatchGroups {
  const groupByKey = new Map<string, number>();
  const signature = signatureOf(matching);
  const number = (rows: readonly Labels[]) => {
    const groups = new Int32Array(rows.length);
    for (const [row, labels] of rows.entries()) {
      const key = signature(labels);
      let group = groupByKey.get(key);
      if (group === undefined) {
        group = groupByKey.size;
        groupByKey.set(key, group);
      }
      groups[row] = group;
    }
    return groups;
  };
  return { many: number(many.labels), one: number(one.labels), count: groupByKey.size };
}

function signatureOf(matching: VectorMatching): (labels: Labels) => string {
  const [only] = matching.labels;
  if (matching.on && matching.labels.length === 1 && only !== undefined)
    return (labels) => labelValue(labels, only);
  if (!matching.on && matching.labels.length === 0)
    return (labels) => labelsKey(withoutMetadata(labels));
  const pick = matchedLabels(matching);
  return (labels) => labelsKey(pick(labels));
}

/** The labels that are compared: those of `on`, or all but the ignored ones and the metric name. */
export function matchedLabels({ on, labels: names }: VectorMatching): (labels: Labels) => Labels {
  const listed = new Set(names);
  return (labels) => {
    const picked: string[] = [];
    for (const [name, value] of labelPairs(labels)) {
      const keep = on ? listed.has(name) : !listed.has(name) && !isMetadataLabel(name);
      if (keep) picked.push(name, value);
    }
    return picked;
  };
}

/** What becomes of metric names: they stay, or go, at once (`removed`) or when names do. */
export type ResultNames = 'kept' | 'dropped' | 'removed';

/**
 * The labels of a result: those of the "many" side, without the name where the operator changes the
 * meaning; one-to-one only what was matched; `group_left(x)` takes x from the "one" side.
 * Source: prometheus/promql/engine.go, `resultMetric`.
 */
export function resultLabels(
  many: Labels,
  one: Labels,
  matching: VectorMatching,
  names: ResultNames,
): Labels {
  const delayed = isMarked(many) || isMarked(one);
  // Only an operator that makes another metric takes the name for good.
  const goes = names === 'removed' || (names === 'dropped' && !delayed);
  const plain = goes ? withoutMetadata(withoutMark(many)) : withoutMark(many);
  const labels = matchedResult(plain, one, matching);
  return delayed ? marked(labels, names === 'dropped') : labels;
}

function matchedResult(many: Labels, one: Labels, matching: VectorMatching): Labels {
  let labels = many;
  if (matching.card === 'one-to-one') {
    const listed = new Set(matching.labels);
    const kept: string[] = [];
    for (const [name, value] of labelPairs(labels))
      if (listed.has(name) === matching.on) kept.push(name, value);
    labels = kept;
  }
  if (matching.include.length === 0) return labels;
  const included = matching.include.map((name): [string, string] => [name, labelValue(one, name)]);
  return labelsOf([...labelPairs(labels), ...included]);
}
