import { readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';

/**
 * Draws the last frame of a recorded live view as SVG. To make docs/images/terminal.svg anew (Linux,
 * a terminal of 100 x 30), let it run for a while, then stop it with Ctrl-C:
 *
 *     script -q -c 'npx node infra/local/main.ts' /tmp/recording
 *     npx node docs/make-terminal-picture.ts /tmp/recording > docs/images/terminal.svg
 */

const ESC = String.fromCharCode(27);
const FRAME = new RegExp(`${ESC}\\[H((?:(?!${ESC}\\[H).)*?)${ESC}\\[J`, 'gs');
const SEQUENCE = new RegExp(`(${ESC}\\[[0-9;?]*[A-Za-z])`);
const LOOK = new RegExp(`^${ESC}\\[(\\d+)m$`);
const COLUMN = 8.4;
const LINE = 18;
const PADDING = 14;
const COLOURS: Readonly<Record<number, string>> = {
  31: '#ff7b72',
  32: '#7ee787',
  33: '#e3b341',
  36: '#79c0ff',
};
const TEXT = '#e6edf3';
const DIM = '#7d8590';

/** Text of one look, and the column it begins at. */
interface Piece {
  readonly column: number;
  readonly text: string;
  readonly colour: string;
  readonly bold: boolean;
}

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error('give the file of a recording');
const frames = [...readFileSync(path, 'utf8').matchAll(FRAME)];
const frame = frames.at(-1)?.[1];
if (frame === undefined) throw new Error(`${path}: no frame of the live view in it`);
process.stdout.write(`${picture(frame.split(/\r+\n/))}\n`);

function picture(lines: readonly string[]): string {
  const plain = lines.map(stripVTControlCharacters);
  const width = Math.ceil(Math.max(...plain.map((line) => line.length)) * COLUMN + 2 * PADDING);
  const height = lines.length * LINE + 2 * PADDING;
  const texts = lines.flatMap((line, row) => pieces(line).map((piece) => textElement(piece, row)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14">`,
    '<title>Hypervigil in a terminal</title>',
    `<rect width="100%" height="100%" rx="8" fill="#0d1117"/>`,
    ...texts,
    '</svg>',
  ].join('\n');
}

/** A line cut where its look changes. Blanks only move on. */
function pieces(line: string): Piece[] {
  const found: Piece[] = [];
  let column = 0;
  let [colour, bold] = [TEXT, false];
  for (const part of line.split(SEQUENCE)) {
    const code = LOOK.exec(part)?.[1];
    if (code !== undefined) [colour, bold] = look(Number(code), colour, bold);
    if (part.startsWith(ESC)) continue;
    for (const { 0: text, index } of part.matchAll(/\S+(?: \S+)*/g)) {
      found.push({ column: column + index, text, colour, bold });
    }
    column += part.length;
  }
  return found;
}

/** What a code for the look (SGR) changes; the view uses no others. */
function look(code: number, colour: string, bold: boolean): [string, boolean] {
  if (code === 1) return [colour, true];
  if (code === 2) return [DIM, bold];
  if (code === 22) return [colour === DIM ? TEXT : colour, false];
  return [COLOURS[code] ?? TEXT, bold];
}

/** Each piece is as wide as its columns, whatever the font: so columns stay columns. */
function textElement({ column, text, colour, bold }: Piece, row: number): string {
  const x = (PADDING + column * COLUMN).toFixed(1);
  const y = PADDING + (row + 0.75) * LINE;
  const weight = bold ? ' font-weight="bold"' : '';
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return `<text x="${x}" y="${y}" fill="${colour}"${weight} textLength="${(text.length * COLUMN).toFixed(1)}" lengthAdjust="spacingAndGlyphs" xml:space="preserve">${escaped}</text>`;
}
