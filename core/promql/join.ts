import type { Result } from '../result.ts';
import { type Labels, labelPairs, labelsKey } from '../series/labels.ts';
import type { PromqlError, VectorMatching } from './ast.ts';
import { type Block, isMetadataLabel, mayRepeat, withoutEmptyRows } from './block.ts';
import { executionError } from './context.ts';
import { withoutMark } from './delayed-names.ts';
import { quote } from './string-literal.ts';
import { matchedLabels, type ResultNames, resultLabels } from './vector-matching.ts';

/** Two matched rows at one step. A row is -1 where a fill value stands in for the series. */
export interface Match {
  readonly manyRow: number;
  readonly oneRow: number;
  readonly step: number;
  readonly group: number;
}

/** Collects the results of matched rows of a "many" and a "one" side. */
export class Join {
  private readonly many: Block;
  private readonly one: Block;
  private readonly matching: VectorMatching;
  private readonly names: ResultNames;
  /** Can different pairs of rows have equal labels? Only then are labels compared. */
  private readonly compare: boolean;
  /** Equal labels of different match groups stay apart. */
  private readonly apart: boolean;
  private readonly rowByPair = new Map<number, number>();
  private readonly rowByKey = new Map<string, number>();
  private readonly labels: Labels[] = [];
  private readonly lastStep: number[] = [];
  private readonly lastGroup: number[] = [];
  /** Two results of one step have the same labels. */
  duplicated = false;
  private values: Float64Array;
  private present: Uint8Array;

  constructor(many: Block, one: Block, matching: VectorMatching, names: ResultNames) {
    this.many = many;
    this.one = one;
    this.matching = matching;
    this.names = names;
    this.apart = mayRepeat(many) || mayRepeat(one);
    const filled = matching.fillLeft !== undefined || matching.fillRight !== undefined;
    this.compare =
      filled ||
      (matching.card === 'one-to-one'
        ? many.steps > 1
        : !many.distinct || matching.include.length > 0);
    this.values = new Float64Array(many.values.length);
    this.present = new Uint8Array(many.values.length);
  }

  /** Notes a result; undefined is a comparison that does not hold. Gives an error if it may not be. */
  put(match: Match, cell: number | undefined): Result<never, PromqlError> | undefined {
    const row = this.rowOf(match);
    const at = row * this.many.steps + match.step;
    if (this.lastStep[row] === match.step) {
      if (this.lastGroup[row] === match.group)
        return executionError(
          'multiple matches for labels: grouping labels must ensure unique matches',
        );
      // Told at the end of the step: another problem of the step comes first.
      if (cell !== undefined && this.present[at] === 1) this.duplicated = true;
    }
    this.lastStep[row] = match.step;
    this.lastGroup[row] = match.group;
    if (cell === undefined) return undefined;
    this.values[at] = cell;
    this.present[at] = 1;
    return undefined;
  }

  private rowOf({ manyRow, oneRow, group }: Match): number {
    // Which row of the "one" side matched changes the labels only if some are taken from it.
    const usesOne = this.matching.include.length > 0 || manyRow < 0;
    const pair = (manyRow + 1) * (this.one.labels.length + 2) + (usesOne ? oneRow + 1 : 0);
    const known = this.rowByPair.get(pair);
    if (known !== undefined) return known;
    const row = this.addRow(manyRow, oneRow, group);
    this.rowByPair.set(pair, row);
    return row;
  }

  private addRow(manyRow: number, oneRow: number, group: number): number {
    const pick = matchedLabels(this.matching);
    const many = this.many.labels[manyRow] ?? pick(this.one.labels[oneRow] ?? []);
    const one = this.one.labels[oneRow] ?? pick(many);
    const labels = resultLabels(many, one, this.matching, this.names);
    const key = this.compare
      ? `${this.apart ? group : ''} ${labelsKey(withoutMark(labels))}`
      : undefined;
    const found = key === undefined ? undefined : this.rowByKey.get(key);
    if (found !== undefined) return found;
    const row = this.labels.push(labels) - 1;
    if (key !== undefined) this.rowByKey.set(key, row);
    this.reserve((row + 1) * this.many.steps);
    return row;
  }

  private reserve(cells: number): void {
    if (cells <= this.values.length) return;
    const values = new Float64Array(cells * 2);
    values.set(this.values);
    this.values = values;
    const present = new Uint8Array(cells * 2);
    present.set(this.present);
    this.present = present;
  }

  finish(): Block {
    const { many, matching } = this;
    // Rows may then differ in no more than what names a metric, or lose what they differed in.
    const named = [...matching.include, ...(matching.on ? matching.labels : [])].some(
      isMetadataLabel,
    );
    const matchedOnly = matching.card === 'one-to-one' && matching.on;
    const cells = this.labels.length * many.steps;
    return withoutEmptyRows({
      labels: this.labels,
      values: this.values.subarray(0, cells),
      present: this.present.subarray(0, cells),
      steps: many.steps,
      distinct: !named && (this.names !== 'kept' || matchedOnly),
    });
  }
}

/** Two series of the "one" side in one match group: there is no telling which is meant. */
export function duplicateOnOneSide(
  a: Labels,
  b: Labels,
  matching: VectorMatching,
): Result<never, PromqlError> {
  const both = [formatLabelSet(a), formatLabelSet(b)].sort().join(', ');
  const group = formatLabelSet(matchedLabels(matching)(a));
  const side = matching.card === 'one-to-many' ? 'left' : 'right';
  return executionError(
    `found duplicate series for the match group ${group} on the ${side} hand-side of the operation:` +
      ` [${both}];many-to-many matching not allowed: matching labels must be unique on one side`,
  );
}

/** `{__name__="up", host="a"}`: the labels as Prometheus' errors write them. */
function formatLabelSet(labels: Labels): string {
  const pairs = [...labelPairs(withoutMark(labels))].map(
    ([name, value]) => `${name}=${quote(value)}`,
  );
  return `{${pairs.join(', ')}}`;
}
