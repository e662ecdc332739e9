import type { Terminal } from '../../infra/cli/terminal.ts';

/** A terminal that remembers what was printed, wide and without colours. */
export interface Recorder extends Terminal {
  readonly lines: string[];
  readonly notes: string[];
  /** All lines printed. */
  readonly text: () => string;
}

export function createRecorder(width = 1000): Recorder {
  const lines: string[] = [];
  const notes: string[] = [];
  return {
    lines,
    notes,
    text: () => lines.join('\n'),
    print: (line) => void lines.push(line),
    note: (line) => void notes.push(line),
    progress: () => undefined,
    paint: (_, text) => text,
    width,
  };
}
