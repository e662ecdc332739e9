/** What is wrong with an expression, and where in its text; both in UTF-16 units, `to` exclusive. */
export interface PlacedProblem {
  readonly message: string;
  /** Absent: nobody knows where. */
  readonly place?: { readonly from: number; readonly to: number };
}

/** `1:5: parse error: ...`, with or without words before it; `0:0` and the like have no place. */
const PLACED = /(?:^|: )(\d+):(\d+): (.+)$/s;
const WORD = /^(?:[A-Za-z_:][\w:]*|\d[\w.]*|\s*\S)/;

/**
 * Takes an error of the API apart: lines and columns count from 1, columns in UTF-8 bytes, as Prometheus counts.
 * The place is one word long, or one character, at least.
 */
export function problemIn(expr: string, error: string): PlacedProblem {
  const [, line = '', column = '', rest] = PLACED.exec(error) ?? [];
  if (rest === undefined) return { message: error };
  const from = offsetOf(expr, Number(line), Number(column));
  if (from === undefined) return { message: rest };
  const word = WORD.exec(expr.slice(from))?.[0] ?? '';
  if (word !== '') return { message: rest, place: { from, to: from + word.length } };
  // The end of the text: there is nothing to mark but what is before it.
  const last = expr.trimEnd().length;
  return { message: rest, place: { from: Math.max(0, last - 1), to: last } };
}

function offsetOf(expr: string, line: number, column: number): number | undefined {
  const lines = expr.split('\n');
  const text = lines[line - 1];
  if (text === undefined || column < 1) return undefined;
  const before = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  let bytes = 0;
  let units = 0;
  for (const char of text) {
    if (bytes >= column - 1) break;
    bytes += new TextEncoder().encode(char).length;
    units += char.length;
  }
  return before + units;
}
