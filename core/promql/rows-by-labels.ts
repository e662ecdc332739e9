import { type Labels, labelsKey } from '../series/labels.ts';
import { type Block, BlockBuilder } from './block.ts';

/** Collects values by label set, for rows whose labels differ from step to step. */
export class RowsByLabels {
  private readonly steps: number;
  private readonly rows = new Map<string, Row>();

  constructor(steps: number) {
    this.steps = steps;
  }

  /** False: the series has a value at this step already. */
  put(labels: Labels, step: number, value: number): boolean {
    const key = labelsKey(labels);
    let row = this.rows.get(key);
    if (row === undefined) {
      row = {
        labels,
        values: new Float64Array(this.steps),
        present: new Uint8Array(this.steps),
      };
      this.rows.set(key, row);
    }
    if (row.present[step] === 1) return false;
    row.values[step] = value;
    row.present[step] = 1;
    return true;
  }

  finish(): Block {
    const out = new BlockBuilder(this.rows.size, this.steps);
    for (const { labels, values, present } of this.rows.values()) {
      out.values.set(values, out.base);
      out.present.set(present, out.base);
      out.commit(labels);
    }
    return out.finish(false);
  }
}

interface Row {
  readonly labels: Labels;
  readonly values: Float64Array;
  readonly present: Uint8Array;
}
