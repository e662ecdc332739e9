/**
 * Where everything stands, computed rather than measured: so of 10,000 cells only those in view are there, the page
 * is as long as it will be from the beginning, and nothing moves when it is scrolled. All in CSS pixels.
 */

export const CELL_SIZES = ['auto', 'small', 'medium', 'large'] as const;
/** As it is chosen; `auto`: as many VMs as there are. */
export type CellSize = (typeof CELL_SIZES)[number];
/** As it is drawn: squares of two sizes, or cells with names. */
export type DrawnSize = Exclude<CellSize, 'auto'>;

/** So many VMs have their names in their cells by themselves: some two screens of them. */
const NAMED_MAX = 200;

/** @param vms how many are shown */
export function drawnSize(size: CellSize, vms: number): DrawnSize {
  if (size !== 'auto') return size;
  return vms <= NAMED_MAX ? 'large' : 'medium';
}

export interface Dimensions {
  readonly cellWidth: number;
  readonly cellHeight: number;
  /** Between cells. */
  readonly gap: number;
  /** A card is no narrower, unless all there is is. */
  readonly cardWidth: number;
  /** Of a group's heading. */
  readonly head: number;
}

/** Around what is in a card. */
const CARD_PAD = 12;
/** Between cards. */
const CARD_GAP = 12;
/** With more lines of cells a group stands for itself, as wide as there is room. */
const CARD_LINES_MAX = 8;

/**
 * @param coarse fingers point, which hit 44 pixels; the smallest cells are for looking, and 28
 * @param hasValues cells have numbers beside names
 */
export function dimensionsOf(size: DrawnSize, coarse: boolean, hasValues = false): Dimensions {
  const head = coarse ? 44 : 30;
  switch (size) {
    case 'small':
      return coarse
        ? { cellWidth: 24, cellHeight: 24, gap: 4, cardWidth: 300, head }
        : { cellWidth: 16, cellHeight: 16, gap: 3, cardWidth: 212, head };
    case 'medium':
      return coarse
        ? { cellWidth: 40, cellHeight: 40, gap: 4, cardWidth: 330, head }
        : { cellWidth: 24, cellHeight: 24, gap: 4, cardWidth: 300, head };
    case 'large':
      return coarse
        ? { cellWidth: hasValues ? 150 : 98, cellHeight: 40, gap: 4, cardWidth: 330, head }
        : { cellWidth: hasValues ? 136 : 100, cellHeight: 26, gap: 4, cardWidth: 330, head };
  }
}

/** One line of the page, of which all or nothing is drawn. */
export type Row =
  /** Groups side by side. */
  | { readonly kind: 'cards'; readonly from: number; readonly to: number }
  /** The heading of a group that stands for itself. */
  | { readonly kind: 'head'; readonly group: number }
  /** A line of its cells. */
  | { readonly kind: 'cells'; readonly group: number; readonly from: number; readonly to: number };

export interface Layout {
  readonly rows: readonly Row[];
  /** Of each row; and where the last one ends. */
  readonly tops: readonly number[];
  readonly columns: number;
  readonly cardWidth: number;
  /** Cells of a line in a card, and where a group stands for itself. */
  readonly perCardLine: number;
  readonly perLine: number;
  readonly dimensions: Dimensions;
  /** The row in which each group begins. */
  readonly rowOf: readonly number[];
}

/** @param counts how many cells each group has */
export function layOut(counts: readonly number[], width: number, dimensions: Dimensions): Layout {
  const { cellWidth, cellHeight, gap, head } = dimensions;
  const columns = Math.max(1, Math.floor((width + CARD_GAP) / (dimensions.cardWidth + CARD_GAP)));
  const cardWidth = (width - CARD_GAP * (columns - 1)) / columns;
  const fitting = (room: number) =>
    Math.max(1, Math.floor((room - 2 * CARD_PAD + gap) / (cellWidth + gap)));
  const perCardLine = fitting(cardWidth);
  const perLine = fitting(width);
  const linesOf = (count: number) => Math.ceil(count / perCardLine);
  const rows: Row[] = [];
  const tops: number[] = [];
  const rowOf: number[] = [];
  let bottomPx = 0;
  const add = (row: Row, height: number) => {
    rows.push(row);
    tops.push(bottomPx);
    bottomPx += height;
  };
  for (let group = 0; group < counts.length; ) {
    const count = counts[group] ?? 0;
    if (linesOf(count) > CARD_LINES_MAX) {
      rowOf[group] = rows.length;
      add({ kind: 'head', group }, head + CARD_PAD);
      for (let from = 0; from < count; from += perLine) {
        const to = Math.min(count, from + perLine);
        const after = to === count ? CARD_PAD + CARD_GAP : gap;
        add({ kind: 'cells', group, from, to }, cellHeight + after);
      }
      group++;
      continue;
    }
    const from = group;
    let lines = 0;
    while (group < counts.length && group - from < columns) {
      const own = linesOf(counts[group] ?? 0);
      if (own > CARD_LINES_MAX) break;
      lines = Math.max(lines, own);
      rowOf[group] = rows.length;
      group++;
    }
    const cells = lines === 0 ? 0 : lines * (cellHeight + gap) - gap;
    add({ kind: 'cards', from, to: group }, head + cells + CARD_PAD * 2 + CARD_GAP);
  }
  tops.push(bottomPx);
  return { rows, tops, columns, cardWidth, perCardLine, perLine, dimensions, rowOf };
}

/** The height of it all. */
export function heightOf({ tops }: Layout): number {
  return tops.at(-1) ?? 0;
}

/** The rows that are to be drawn while this part is in view, and some beyond it. */
export function rowsWithin(
  { rows, tops }: Layout,
  fromPx: number,
  toPx: number,
): { readonly from: number; readonly to: number } {
  const from = firstAfter(tops, fromPx) - 1;
  const to = firstAfter(tops, toPx);
  return { from: Math.max(0, Math.min(from, rows.length)), to: Math.min(rows.length, to) };
}

/** The first row that begins after this. */
function firstAfter(tops: readonly number[], px: number): number {
  let low = 0;
  let high = tops.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((tops[middle] ?? 0) <= px) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A cell: the group, and which of its cells. */
export interface Place {
  readonly group: number;
  readonly cell: number;
}

/** The row that a cell is in, and where it is from the top of it all. */
export function whereIs(layout: Layout, { group, cell }: Place) {
  const { rows, tops, rowOf, dimensions, perCardLine, perLine } = layout;
  const first = rowOf[group] ?? 0;
  const { cellHeight, gap, head } = dimensions;
  if (rows[first]?.kind === 'head') {
    const row = first + 1 + Math.floor(cell / perLine);
    return { row, topPx: tops[row] ?? 0, heightPx: cellHeight };
  }
  const line = Math.floor(cell / perCardLine);
  const inRow = CARD_PAD + head + line * (cellHeight + gap);
  return { row: first, topPx: (tops[first] ?? 0) + inRow, heightPx: cellHeight };
}

export type Move = 'left' | 'right' | 'up' | 'down' | 'first' | 'last' | 'groupFirst' | 'groupLast';

/** Where a key leads to; the same place where there is nothing further. */
export function moved(layout: Layout, counts: readonly number[], at: Place, move: Move): Place {
  switch (move) {
    case 'left':
      return at.cell > 0 ? { ...at, cell: at.cell - 1 } : (lastBefore(counts, at.group) ?? at);
    case 'right':
      return at.cell + 1 < (counts[at.group] ?? 0)
        ? { ...at, cell: at.cell + 1 }
        : (firstFrom(counts, at.group + 1) ?? at);
    case 'first':
      return firstFrom(counts, 0) ?? at;
    case 'last':
      return lastBefore(counts, counts.length) ?? at;
    case 'groupFirst':
      return { ...at, cell: 0 };
    case 'groupLast':
      return { ...at, cell: Math.max(0, (counts[at.group] ?? 0) - 1) };
    case 'up':
      return vertically(layout, counts, at, -1);
    case 'down':
      return vertically(layout, counts, at, 1);
  }
}

/** The first cell of the first group from this one on that has any. */
export function firstFrom(counts: readonly number[], from: number): Place | undefined {
  for (let group = from; group < counts.length; group++)
    if ((counts[group] ?? 0) > 0) return { group, cell: 0 };
  return undefined;
}

function lastBefore(counts: readonly number[], before: number): Place | undefined {
  for (let group = before - 1; group >= 0; group--) {
    const count = counts[group] ?? 0;
    if (count > 0) return { group, cell: count - 1 };
  }
  return undefined;
}

interface InLine extends Place {
  readonly xPx: number;
}

function vertically(layout: Layout, counts: readonly number[], at: Place, step: 1 | -1): Place {
  const start = whereIs(layout, at).row;
  const lines = linesOf(layout, counts, start);
  const own = lines.findIndex((line) => line.some((one) => isAt(one, at)));
  const xPx = lines[own]?.find((one) => isAt(one, at))?.xPx ?? 0;
  const near = lines[own + step];
  if (near !== undefined) return nearest(near, xPx);
  for (let row = start + step; row >= 0 && row < layout.rows.length; row += step) {
    const others = linesOf(layout, counts, row);
    const line = step > 0 ? others[0] : others.at(-1);
    if (line !== undefined) return nearest(line, xPx);
  }
  return at;
}

function isAt(one: Place, at: Place): boolean {
  return one.group === at.group && one.cell === at.cell;
}

function nearest(line: readonly InLine[], xPx: number): Place {
  const best = line.reduce((a, b) => (Math.abs(b.xPx - xPx) < Math.abs(a.xPx - xPx) ? b : a));
  return { group: best.group, cell: best.cell };
}

/** The lines of cells in a row, each from left to right; none is empty. */
function linesOf(layout: Layout, counts: readonly number[], index: number): InLine[][] {
  const row = layout.rows[index];
  const { cellWidth, gap } = layout.dimensions;
  const x = (left: number, column: number) => left + CARD_PAD + column * (cellWidth + gap);
  if (row === undefined || row.kind === 'head') return [];
  if (row.kind === 'cells') {
    const { group, from, to } = row;
    const cells = Array.from({ length: to - from }, (_, i) => ({
      group,
      cell: from + i,
      xPx: x(0, i),
    }));
    return [cells];
  }
  const lines: InLine[][] = [];
  for (let group = row.from; group < row.to; group++) {
    const left = (group - row.from) * (layout.cardWidth + CARD_GAP);
    for (let cell = 0; cell < (counts[group] ?? 0); cell++) {
      const line = Math.floor(cell / layout.perCardLine);
      const at = { group, cell, xPx: x(left, cell % layout.perCardLine) };
      const known = lines[line];
      if (known === undefined) lines[line] = [at];
      else known.push(at);
    }
  }
  return lines;
}
