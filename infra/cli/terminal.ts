import { createPaint, type Paint } from '../local/terminal/text.ts';

/** Where a command writes. */
export interface Terminal {
  /** One line of what was asked for, on standard output. */
  readonly print: (line: string) => void;
  /** One line about the work, on standard error, so that it is in no pipe. */
  readonly note: (line: string) => void;
  /** Says how far a long work is; each call replaces what the last one said. Nothing but in a terminal. */
  readonly progress: (text: string) => void;
  readonly paint: Paint;
  /** Columns; lines are cut to it. */
  readonly width: number;
}

/** Nobody cuts what goes into a file or another program. */
const UNLIMITED_WIDTH = 1000;

/** Colours and weights that we paint with; none that hides text. */
const OWN_STYLE = String.raw`\x1b\[(?:[012]|22|3[0-9]|9[0-7])m`;
const NOT_TEXT = new RegExp(`(${OWN_STYLE}|\\t)|[\\p{Cc}\\p{Cf}\\u2028\\u2029]`, 'gu');

/**
 * A line as a terminal may have it: in names of machines and texts of alerts anybody may have put what moves the
 * cursor, sets the window's title or turns the direction of writing.
 */
export function terminalLine(line: string): string {
  return line.replaceAll(NOT_TEXT, (_, kept: string | undefined) => kept ?? ' ');
}

/** The process' own streams: colours, cut lines and progress only where a person looks. */
export function processTerminal(): Terminal {
  const { stdout, stderr } = process;
  let shown = '';
  const clear = () => {
    if (shown !== '') stderr.write(`\r${' '.repeat(shown.length)}\r`);
    shown = '';
  };
  return {
    print: (line) => {
      clear();
      stdout.write(`${stdout.isTTY ? terminalLine(line) : line}\n`);
    },
    note: (line) => {
      clear();
      stderr.write(`${stderr.isTTY ? terminalLine(line) : line}\n`);
    },
    progress: (text) => {
      if (!stderr.isTTY) return;
      clear();
      shown = terminalLine(text).slice(0, (stderr.columns ?? 80) - 1);
      stderr.write(shown);
    },
    paint: createPaint(stdout.isTTY && stdout.hasColors()),
    width: stdout.isTTY ? stdout.columns : UNLIMITED_WIDTH,
  };
}
