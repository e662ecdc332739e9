import type { TextCursor } from './text-cursor.ts';

/** Digits that follow a numeric escape, their base, and the largest value. */
const NUMERIC: Readonly<Record<string, readonly [digits: number, base: number, max: number]>> = {
  x: [2, 16, 255],
  u: [4, 16, 0x10ffff],
  U: [8, 16, 0x10ffff],
};

/**
 * Reads past an escape whose backslash has been read, in a string between `mark`s; gives what is
 * wrong with it. Source: prometheus/promql/parser/lex.go, `lexEscape`.
 */
export function skipEscape(cursor: TextCursor, mark: string): string | undefined {
  const letter = cursor.take();
  if (letter === '') return 'escape sequence not terminated';
  if (letter === mark || /[abfnrtv\\]/.test(letter)) return undefined;
  const octal = /[0-7]/.test(letter);
  const [digits, base, max] = octal ? [3, 8, 255] : (NUMERIC[letter] ?? [0, 0, 0]);
  if (digits === 0) return `unknown escape sequence ${unicode(letter)}`;
  let value = octal ? Number(letter) : 0;
  for (let i = octal ? 1 : 0; i < digits; i++) {
    const char = cursor.take();
    if (char === '') return 'escape sequence not terminated';
    const digit = /^[0-9a-fA-F]$/.test(char) ? Number.parseInt(char, 16) : 16;
    if (digit >= base) return `illegal character ${unicode(char)} in escape sequence`;
    value = value * base + digit;
  }
  if (value > max || (value >= 0xd800 && value < 0xe000))
    return 'escape sequence is an invalid Unicode code point';
  return undefined;
}

/** `U+0071 'q'`, as Go's `%#U`. */
function unicode(char: string): string {
  const hex = (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return /[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(char) ? `U+${hex} '${char}'` : `U+${hex}`;
}
