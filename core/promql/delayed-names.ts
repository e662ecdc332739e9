import { type Labels, withoutLabels } from '../series/labels.ts';

/**
 * Prometheus can put off taking metric names away to the end of a query (its feature
 * `promql-delayed-name-removal`). Series then carry a label that says whether the name is to go. A
 * lone surrogate is in no label name that came from UTF-8, so none can be taken for it.
 */
export const NAME_MARK = '\ud801';

const GOES = '1';
const STAYS = '0';

/** Does the series carry the mark? It is the last of the labels. */
export function isMarked(labels: Labels): boolean {
  return labels[labels.length - 2] === NAME_MARK;
}

/** Is the series' name to be taken away at the end? */
export function nameGoes(labels: Labels): boolean {
  return isMarked(labels) && labels[labels.length - 1] === GOES;
}

/** The series with the mark, whatever it carried before. */
export function marked(labels: Labels, goes: boolean): Labels {
  return [...withoutMark(labels), NAME_MARK, goes ? GOES : STAYS];
}

/** The series as people see it. */
export function withoutMark(labels: Labels): Labels {
  if (isMarked(labels)) return labels.slice(0, -2);
  return labels.includes(NAME_MARK) ? withoutLabels(labels, (name) => name === NAME_MARK) : labels;
}
