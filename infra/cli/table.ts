import { cleanLine, cut, type Style, toWidth, widthOf } from '../local/terminal/text.ts';
import type { Terminal } from './terminal.ts';

/** What stands in a table: a text, maybe in a colour. */
export type Cell = string | { readonly text: string; readonly style: Style };

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

const GAP = '  ';

/** Prints rows under their titles, each column as wide as it must be; the last one is cut. */
export function printTable(
  terminal: Pick<Terminal, 'print' | 'paint' | 'width'>,
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
): void {
  const texts = rows.map((row) => row.map((cell) => cleanLine(textOf(cell))));
  const widths = columns.map(({ title }, i) =>
    Math.max(widthOf(title), ...texts.map((row) => widthOf(row[i] ?? ''))),
  );
  const line = (cells: readonly string[], paint: (text: string, i: number) => string) => {
    let room = terminal.width;
    const parts = cells.map((text, i) => {
      const align = columns[i]?.align ?? 'left';
      const isLast = i === columns.length - 1;
      const wide = widths[i] ?? 0;
      const shown =
        isLast && align === 'left' ? cut(text, Math.max(room, 8)) : toWidth(text, wide, align);
      room -= wide + GAP.length;
      return paint(shown, i);
    });
    terminal.print(parts.join(GAP).trimEnd());
  };
  line(
    columns.map(({ title }) => title),
    (text) => terminal.paint('bold', text),
  );
  texts.forEach((row, at) => {
    line(row, (text, i) => {
      const cell = rows[at]?.[i];
      return typeof cell === 'object' ? terminal.paint(cell.style, text) : text;
    });
  });
}

function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.text;
}

/** How people look at a severity or a state. */
export function styleOf(word: string): Style {
  if (word === 'critical' || word === 'firing' || word === 'active') return 'red';
  if (word === 'warning' || word === 'pending') return 'yellow';
  if (word === 'resolved') return 'green';
  return 'dim';
}
