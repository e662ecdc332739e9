import { err, ok, type Result } from '../result.ts';
import { type Labels, labelsKey, METRIC_NAME, withoutLabels } from '../series/labels.ts';
import type { PromqlError } from './ast.ts';
import { isMarked, marked, NAME_MARK } from './delayed-names.ts';

/**
 * Instant vectors at every step of a time grid, as columns: row r is one series, and its value at
 * step s stands at `r * steps + s` of `values` if `present` is 1 there. No row is wholly absent.
 */
export interface Block {
  readonly labels: readonly Labels[];
  readonly values: Float64Array;
  readonly present: Uint8Array;
  readonly steps: number;
  /** True: the rows' labels are known to differ even without the metric name. */
  readonly distinct: boolean;
}

export const CELLS_MAX = 50_000_000; // 450 MB, Prometheus' own limit of samples in a query

export function tooManySamples(): Result<never, PromqlError> {
  const message = 'query processing would load too many samples into memory in query execution';
  return err({ code: 'execution', message });
}

/** Labels that name a series and do not belong to what a function makes of it. */
export function isMetadataLabel(name: string): boolean {
  return name === METRIC_NAME || name === '__type__' || name === '__unit__' || name === NAME_MARK;
}

/** The labels without metric name, type and unit; or a note that these are to go at the end. */
export function dropMetricName(labels: Labels): Labels {
  return isMarked(labels) ? marked(labels, true) : withoutMetadata(labels);
}

/** The labels without metric name, type and unit. */
export function withoutMetadata(labels: Labels): Labels {
  if (isMarked(labels)) return withoutLabels(labels, isMetadataLabel);
  const dropped = labels[0] === METRIC_NAME ? labels.slice(2) : labels;
  for (let i = 0; i < dropped.length; i += 2) {
    const name = dropped[i] ?? '';
    // Sorted names: nothing after `__unit__` can be a metadata label.
    if (name > '__unit__') break;
    if (isMetadataLabel(name)) return withoutLabels(dropped, isMetadataLabel);
  }
  return dropped;
}

/** Grows a block row by row; a row without any value is left out. */
export class BlockBuilder {
  readonly values: Float64Array;
  readonly present: Uint8Array;
  readonly labels: Labels[] = [];
  readonly steps: number;

  constructor(rowsMax: number, steps: number) {
    this.values = new Float64Array(rowsMax * steps);
    this.present = new Uint8Array(rowsMax * steps);
    this.steps = steps;
  }

  /** Where the next row's first step stands. */
  get base(): number {
    return this.labels.length * this.steps;
  }

  /** Ends the row just written and says true, unless it has no value. */
  commit(labels: Labels): boolean {
    const { base, steps, present } = this;
    for (let i = base; i < base + steps; i++) {
      if (present[i] === 1) {
        this.labels.push(labels);
        return true;
      }
    }
    return false;
  }

  finish(distinct: boolean): Block {
    const cells = this.base;
    return {
      labels: this.labels,
      values: this.values.subarray(0, cells),
      present: this.present.subarray(0, cells),
      steps: this.steps,
      distinct,
    };
  }
}

export function emptyBlock(steps: number): Block {
  return new BlockBuilder(0, steps).finish(true);
}

/** The values of one series of ones and gaps, such as `absent` makes. */
export function singleRow(
  labels: Labels,
  steps: number,
  value: (step: number) => number | undefined,
): Block {
  const out = new BlockBuilder(1, steps);
  for (let step = 0; step < steps; step++) {
    const cell = value(step);
    if (cell === undefined) continue;
    out.values[step] = cell;
    out.present[step] = 1;
  }
  out.commit(labels);
  return out.finish(true);
}

/** The block without rows that have no value at any step. */
export function withoutEmptyRows(block: Block): Block {
  const { steps } = block;
  const out = new BlockBuilder(block.labels.length, steps);
  for (const [row, labels] of block.labels.entries()) {
    const from = row * steps;
    for (let step = 0; step < steps; step++) {
      out.values[out.base + step] = block.values[from + step] ?? 0;
      out.present[out.base + step] = block.present[from + step] ?? 0;
    }
    out.commit(labels);
  }
  return out.finish(block.distinct);
}

/** The same cells under labels without metric names; rows that become equal are merged. */
export function withoutMetricNames(block: Block): Result<Block, PromqlError> {
  return mergeAtOnce({ ...block, labels: block.labels.map(dropMetricName) });
}

/**
 * What `mergeEqualRows` does; but at a single instant, names being put off, Prometheus leaves equal
 * rows as they are until the end of the query. Source: prometheus/promql/engine.go, `rangeEval`.
 */
export function mergeAtOnce(block: Block): Result<Block, PromqlError> {
  return mayRepeat(block) ? ok(block) : mergeEqualRows(block);
}

/** May rows be equal for now, though they have values at the same step? */
export function mayRepeat({ steps, labels }: Block): boolean {
  return steps === 1 && labels.some(isMarked);
}

/**
 * Rows with equal labels become one, if no step has a value in both; otherwise the result would
 * hold one series twice, which is an error.
 */
export function mergeEqualRows(block: Block): Result<Block, PromqlError> {
  if (block.distinct || block.labels.length < 2) return ok(block);
  const firstRow = new Map<string, number>();
  for (const [row, labels] of block.labels.entries()) {
    const key = labelsKey(labels);
    if (!firstRow.has(key)) firstRow.set(key, row);
  }
  if (firstRow.size === block.labels.length) return ok(block);
  const { steps } = block;
  const rowOf = new Map([...firstRow.values()].map((row, index) => [row, index]));
  const labels = [...firstRow.values()].map((row) => block.labels[row] ?? []);
  const values = new Float64Array(labels.length * steps);
  const present = new Uint8Array(labels.length * steps);
  for (const [row, rowLabels] of block.labels.entries()) {
    const target = rowOf.get(firstRow.get(labelsKey(rowLabels)) ?? -1) ?? -1;
    for (let step = 0; step < steps; step++) {
      const from = row * steps + step;
      if (block.present[from] !== 1) continue;
      const to = target * steps + step;
      if (present[to] === 1) return duplicateLabels();
      present[to] = 1;
      values[to] = block.values[from] ?? Number.NaN;
    }
  }
  return ok({ labels, values, present, steps, distinct: false });
}

export function duplicateLabels(): Result<never, PromqlError> {
  const message = 'vector cannot contain metrics with the same labelset';
  return err({ code: 'execution', message });
}
