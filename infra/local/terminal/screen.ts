import { writeSync } from 'node:fs';
import { renderFrame } from './frame.ts';
import { createPaint } from './text.ts';
import type { ViewState } from './view-state.ts';

/** The parts of process.stdout that a view needs. */
export interface Terminal {
  readonly fd: number;
  readonly columns: number;
  readonly rows: number;
  readonly writableNeedDrain: boolean;
  readonly hasColors: () => boolean;
  readonly write: (text: string) => unknown;
  readonly on: (event: 'resize', listener: () => void) => unknown;
  readonly off: (event: 'resize', listener: () => void) => unknown;
}

/** The live view in a terminal. */
export interface Screen {
  /** Something changed: redraws soon. */
  readonly show: (state: ViewState) => void;
  /** Gives the terminal back as it was. */
  readonly close: () => void;
}

const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';
/** Terminals that know it draw the frame at once; others ignore it. */
const BEGIN_FRAME = '\x1b[?2026h\x1b[H';
const END_FRAME = '\x1b[J\x1b[?2026l';
const CLEAR_TO_END_OF_LINE = '\x1b[K';

/** Ages in the view grow by the second. */
const REDRAW_MS = 1_000;
/** Many changes at once are one frame. */
const SETTLE_MS = 50;

export function openScreen(output: Terminal, first: ViewState): Screen {
  const paint = createPaint(output.hasColors());
  let state = first;
  let settling: NodeJS.Timeout | undefined;
  let open = true;

  const draw = () => {
    settling = undefined;
    // A terminal that does not read (a stalled ssh) gets the next frame instead of a queue of them.
    if (!open || output.writableNeedDrain) return;
    const { columns: width, rows: height } = output;
    const lines = renderFrame(state, { width, height, nowMs: Date.now(), paint });
    const body = lines.map((line) => line + CLEAR_TO_END_OF_LINE).join('\r\n');
    output.write(BEGIN_FRAME + body + END_FRAME);
  };
  const soon = () => {
    settling ??= setTimeout(draw, SETTLE_MS);
  };
  const close = () => {
    if (!open) return;
    open = false;
    clearInterval(ticking);
    clearTimeout(settling);
    output.off('resize', soon);
    process.off('exit', close);
    process.off('uncaughtExceptionMonitor', close);
    try {
      // At once: after a crash nothing asynchronous is written any more.
      writeSync(output.fd, LEAVE);
    } catch {
      // The terminal is gone, so there is nothing to give back.
    }
  };
  output.write(ENTER);
  const ticking = setInterval(draw, REDRAW_MS);
  output.on('resize', soon);
  process.on('exit', close);
  // Before Node prints the error, which would otherwise vanish with the alternate screen.
  process.on('uncaughtExceptionMonitor', close);
  draw();
  return {
    show: (next) => {
      state = next;
      soon();
    },
    close,
  };
}
