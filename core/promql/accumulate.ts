import type { Groups } from './aggregate-groups.ts';
import type { AggregateOp } from './ast.ts';
import { type Block, BlockBuilder, dropMetricName } from './block.ts';

/**
 * The running state of every group at every step, as columns. `main`: the sum, minimum, ... of the
 * cell; `lost`: what rounding took from it; `mean`: the running mean of a variance.
 */
interface Cells {
  readonly main: Float64Array;
  readonly lost: Float64Array;
  readonly mean: Float64Array;
  readonly count: Float64Array;
}

/**
 * Aggregations that take each value once: sum, avg, count, min, max, group, stddev, stdvar.
 * Sums are compensated for rounding and a mean cannot overflow, digit for digit as Prometheus does.
 * Source: prometheus/promql/engine.go, `aggregation`.
 */
export function accumulate(op: AggregateOp, block: Block, { groupOf, labels }: Groups): Block {
  const { steps, present, values } = block;
  const size = labels.length * steps;
  const cells: Cells = {
    main: new Float64Array(size),
    lost: new Float64Array(size),
    mean: new Float64Array(size),
    count: new Float64Array(size),
  };
  const take = TAKE.get(op);
  const finish = FINISH.get(op);
  for (let row = 0; row < groupOf.length; row++) {
    const rowBase = row * steps;
    const groupBase = (groupOf[row] ?? 0) * steps;
    for (let step = 0; step < steps; step++) {
      if (present[rowBase + step] !== 1) continue;
      const cell = groupBase + step;
      const count = (cells.count[cell] ?? 0) + 1;
      cells.count[cell] = count;
      take?.(cells, cell, values[rowBase + step] ?? Number.NaN, count);
    }
  }
  const out = new BlockBuilder(labels.length, steps);
  for (const [group, groupLabels] of labels.entries()) {
    for (let step = 0; step < steps; step++) {
      const cell = group * steps + step;
      const count = cells.count[cell] ?? 0;
      if (count === 0) continue;
      out.values[out.base + step] = finish?.(cells, cell, count) ?? cells.main[cell] ?? Number.NaN;
      out.present[out.base + step] = 1;
    }
    out.commit(groupLabels);
  }
  // Groups differ by their labels, but a name among those may be dropped later.
  return out.finish(labels.every((own) => dropMetricName(own).length === own.length));
}

type Take = (cells: Cells, cell: number, value: number, count: number) => void;
type Finish = (cells: Cells, cell: number, count: number) => number;

const TAKE: ReadonlyMap<AggregateOp, Take> = new Map<AggregateOp, Take>([
  ['sum', takeSum],
  ['avg', takeMean],
  ['min', (cells, cell, value, count) => takeExtreme(cells, cell, value, count, -1)],
  ['max', (cells, cell, value, count) => takeExtreme(cells, cell, value, count, 1)],
  ['stddev', takeSquares],
  ['stdvar', takeSquares],
]);

const FINISH: ReadonlyMap<AggregateOp, Finish> = new Map<AggregateOp, Finish>([
  ['sum', ({ main, lost }, cell) => (main[cell] ?? 0) + (lost[cell] ?? 0)],
  ['avg', finishMean],
  ['count', (_cells, _cell, count) => count],
  ['group', () => 1],
  ['stdvar', ({ main }, cell, count) => (main[cell] ?? 0) / count],
  ['stddev', ({ main }, cell, count) => Math.sqrt((main[cell] ?? 0) / count)],
]);

/** Kahan-Babuska-Neumaier addition into a cell. */
function addTo({ main, lost }: Cells, cell: number, value: number): void {
  const sum = main[cell] ?? 0;
  const total = sum + value;
  if (total === Number.POSITIVE_INFINITY || total === Number.NEGATIVE_INFINITY) lost[cell] = 0;
  else {
    const carried = Math.abs(sum) >= Math.abs(value) ? sum - total + value : value - total + sum;
    lost[cell] = (lost[cell] ?? 0) + carried;
  }
  main[cell] = total;
}

function takeSum(cells: Cells, cell: number, value: number, count: number): void {
  if (count === 1) cells.main[cell] = value;
  else addTo(cells, cell, value);
}

/** In `mean`: 1 once the sum has overflowed and `main` is a running mean instead. */
function takeMean(cells: Cells, cell: number, value: number, count: number): void {
  const { main, lost, mean } = cells;
  if (count === 1) {
    main[cell] = value;
    return;
  }
  if (mean[cell] !== 1) {
    const sum = main[cell] ?? 0;
    if (Math.abs(sum + value) !== Number.POSITIVE_INFINITY) {
      addTo(cells, cell, value);
      return;
    }
    mean[cell] = 1;
    main[cell] = sum / (count - 1);
    lost[cell] = (lost[cell] ?? 0) / (count - 1);
  }
  const share = (count - 1) / count;
  main[cell] = share * (main[cell] ?? 0);
  lost[cell] = share * (lost[cell] ?? 0);
  addTo(cells, cell, value / count);
}

function finishMean({ main, lost, mean }: Cells, cell: number, count: number): number {
  const sum = main[cell] ?? Number.NaN;
  const rest = lost[cell] ?? 0;
  return mean[cell] === 1 ? sum + rest : sum / count + rest / count;
}

function takeExtreme(
  { main }: Cells,
  cell: number,
  value: number,
  count: number,
  sign: 1 | -1,
): void {
  const best = main[cell] ?? Number.NaN;
  if (count === 1 || sign * best < sign * value || Number.isNaN(best)) main[cell] = value;
}

/** Welford's sum of squared distances from the mean; infinities make it NaN. */
function takeSquares({ main, mean }: Cells, cell: number, value: number, count: number): void {
  if (count === 1) {
    main[cell] = Number.isFinite(value) ? 0 : Number.NaN;
    mean[cell] = value;
    return;
  }
  const before = mean[cell] ?? 0;
  const delta = value - before;
  const after = before + delta / count;
  mean[cell] = after;
  main[cell] = (main[cell] ?? 0) + delta * (value - after);
}
