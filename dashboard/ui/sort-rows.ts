/** By what rows are sorted: a column's id, and which way. */
export interface Sorting {
  readonly column: string;
  readonly descending: boolean;
}

export type SortValue = string | number | undefined;

const collator = new Intl.Collator(undefined, { numeric: true });

/** Rows in order of a value; equal ones stay in theirs, and those without a value come last, whichever way. */
export function sortRows<Row>(
  rows: readonly Row[],
  sortValue: (row: Row) => SortValue,
  descending: boolean,
): Row[] {
  const sign = descending ? -1 : 1;
  return rows.toSorted((one, other) => {
    const [a, b] = [sortValue(one), sortValue(other)];
    if (a === undefined || b === undefined)
      return Number(a === undefined) - Number(b === undefined);
    if (typeof a === 'number' && typeof b === 'number') return sign * (a - b);
    return sign * collator.compare(String(a), String(b));
  });
}
