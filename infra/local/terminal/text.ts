import { styleText } from 'node:util';

/** A colour or weight, by Node's name for it. */
export type Style = Parameters<typeof styleText>[0];

/**
 * Puts colours on, or not: NO_COLOR and terminals without any. Widths are counted before, so
 * columns stay aligned.
 */
export type Paint = (style: Style, text: string) => string;

export function createPaint(colours: boolean): Paint {
  return colours
    ? (style, text) => (text === '' ? '' : styleText(style, text, { validateStream: false }))
    : (_style, text) => text;
}

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
/** Two columns wide in a terminal: East Asian letters and most emoji. */
const WIDE =
  /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|\p{Emoji_Presentation}|[\uff01-\uff60]/u;

/**
 * One line without control characters. Names of VMs and texts of rules come from elsewhere: an escape
 * sequence in one must not reach the terminal.
 */
export function cleanLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ');
}

/** Columns a text takes in the terminal. It must be clean and without colours. */
export function widthOf(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const { segment } of segmenter.segment(text)) width += WIDE.test(segment) ? 2 : 1;
  return width;
}

/** Cut to a width, with `…` where something is missing. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  if (width <= 0) return '';
  let kept = '';
  let used = 1;
  for (const { segment } of segmenter.segment(text)) {
    used += widthOf(segment);
    if (used > width) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** Exactly `width` columns, cut or filled with blanks. */
export function toWidth(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const short = cut(text, width);
  const blanks = ' '.repeat(Math.max(0, width - widthOf(short)));
  return align === 'left' ? short + blanks : blanks + short;
}

/** Breaks lines at blanks so that none is wider; a longer word is broken where it must be. */
export function wrap(text: string, width: number): string[] {
  return text.split('\n').flatMap((line) => wrapLine(cleanLine(line), Math.max(1, width)));
}

function wrapLine(line: string, width: number): string[] {
  const lines: string[] = [];
  let rest = line.trimEnd();
  while (widthOf(rest) > width) {
    const head = cut(rest, width + 1).replace(/…$/, '');
    const blank = head.lastIndexOf(' ');
    const end = blank > width / 2 ? blank : Math.max(1, head.length);
    lines.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).trimStart();
  }
  lines.push(rest);
  return lines;
}
