import type { Paint, Style } from './text.ts';

/** Eighths of a cell, so that a short bar still tells 30 % from 35 %. */
const PARTS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A bar of `width` cells for 0 to 100 %; what was not measured is blank, not empty. */
export function bar(percent: number | undefined, width: number, paint: Paint): string {
  if (percent === undefined) return ' '.repeat(width);
  const eighths = Math.round((Math.min(100, Math.max(0, percent)) / 100) * width * 8);
  const full = Math.floor(eighths / 8);
  const part = PARTS[eighths % 8] ?? '';
  const rest = width - full - (part === '' ? 0 : 1);
  return paint(loadStyle(percent), '█'.repeat(full) + part) + paint('dim', '·'.repeat(rest));
}

/** Where a person looks: 75 % is worth a look, 90 % is trouble soon. */
function loadStyle(percent: number): Style {
  if (percent >= 90) return 'red';
  return percent >= 75 ? 'yellow' : 'green';
}
