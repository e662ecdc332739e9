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
      stdout.write(`${line}\n`);
    },
    note: (line) => {
      clear();
      stderr.write(`${line}\n`);
    },
    progress: (text) => {
      if (!stderr.isTTY) return;
      clear();
      shown = text.slice(0, (stderr.columns ?? 80) - 1);
      stderr.write(shown);
    },
    paint: createPaint(stdout.isTTY && stdout.hasColors()),
    width: stdout.isTTY ? stdout.columns : UNLIMITED_WIDTH,
  };
}
