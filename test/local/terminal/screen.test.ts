import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openScreen, type Screen } from '../../../infra/local/terminal/screen.ts';
import type { ViewState } from '../../../infra/local/terminal/view-state.ts';

const STATE: ViewState = {
  url: 'http://127.0.0.1:9470',
  dataPath: '.hypervigil',
  rules: '29 rules',
  hosts: new Map(),
  alerts: [],
  messages: [],
  problems: new Map(),
};

/** A terminal that keeps what is written: `write` in `writes`, at-once writes in a file. */
function terminal(folder: string) {
  const listeners = new Set<() => void>();
  const writes: string[] = [];
  const path = join(folder, 'fd');
  return {
    writes,
    atOnce: () => readFileSync(path, 'utf8'),
    resize: () => {
      for (const each of listeners) each();
    },
    fd: openSync(path, 'w'),
    columns: 80,
    rows: 24,
    writableNeedDrain: false,
    hasColors: () => false,
    write: (text: string) => writes.push(text),
    on: (_event: 'resize', listener: () => void) => listeners.add(listener),
    off: (_event: 'resize', listener: () => void) => listeners.delete(listener),
  };
}

let folder = '';
let output: ReturnType<typeof terminal>;
let screen: Screen;
beforeEach(() => {
  vi.useFakeTimers();
  folder = mkdtempSync(join(tmpdir(), 'screen-'));
  output = terminal(folder);
  screen = openScreen(output, STATE);
});
afterEach(() => {
  screen.close();
  closeSync(output.fd);
  rmSync(folder, { recursive: true });
  vi.useRealTimers();
});

test('draws at once, in one write that never clears the whole screen', () => {
  const [enter, frame] = output.writes;
  expect(enter).toBe('\x1b[?1049h\x1b[?25l');
  expect(frame).toContain('Hypervigil');
  expect(frame).not.toContain('\x1b[2J');
  expect(output.writes).toHaveLength(2);
});

test('many changes at once are one frame, drawn within moments', () => {
  for (let i = 0; i < 10; i++) screen.show({ ...STATE, problems: new Map([['x', `no ${i}`]]) });
  vi.advanceTimersByTime(100);
  expect(output.writes).toHaveLength(3);
  expect(output.writes.at(-1)).toContain('! x: no 9');
});

test('a new size is drawn at once', () => {
  output.columns = 40;
  output.resize();
  vi.advanceTimersByTime(100);
  expect(output.writes).toHaveLength(3);
});

test('a terminal that does not read gets no queue of frames, but the newest when it reads again', () => {
  output.writableNeedDrain = true;
  vi.advanceTimersByTime(10_000);
  expect(output.writes).toHaveLength(2);
  output.writableNeedDrain = false;
  vi.advanceTimersByTime(1_000);
  expect(output.writes).toHaveLength(3);
});

test('close gives the terminal back, once, and draws no more', () => {
  screen.close();
  screen.close();
  screen.show(STATE);
  vi.advanceTimersByTime(5_000);
  expect(output.atOnce()).toBe('\x1b[?25h\x1b[?1049l');
  expect(output.writes).toHaveLength(2);
});

test('a crash gives the terminal back before its error is printed', () => {
  const [onCrash] = process.listeners('uncaughtExceptionMonitor').slice(-1);
  onCrash?.(new Error('a bug'), 'uncaughtException');
  expect(output.atOnce()).toBe('\x1b[?25h\x1b[?1049l');
});
