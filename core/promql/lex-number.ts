import type { TextCursor } from './text-cursor.ts';

/**
 * Reads past a number or a duration and says which it was; undefined, the cursor at the offending
 * character, when it is neither. What it takes for a number need not be one: `0x` is found out later.
 * Source: prometheus/promql/parser/lex.go, `scanNumber` and `acceptRemainingDuration`.
 */
export function lexNumberOrDuration(cursor: TextCursor): 'number' | 'duration' | undefined {
  if (scanNumber(cursor)) return 'number';
  return scanRestOfDuration(cursor) ? 'duration' : undefined;
}

const ALPHANUMERIC = /[a-zA-Z0-9_]/;

function scanNumber(cursor: TextCursor): boolean {
  let digit = /[0-9]/;
  const hexadecimal = cursor.accept(/0/) && cursor.accept(/[xX]/);
  if (hexadecimal) {
    cursor.accept(/_/);
    digit = /[0-9a-fA-F]/;
  }
  cursor.accept(/\./);
  cursor.accept(digit);
  let sawPoint = false;
  let sawExponent = false;
  for (;;) {
    const char = cursor.peek();
    const isExponent = /[eE]/.test(char);
    if (char === '' || !(digit.test(char) || isExponent || char === '.' || char === '_')) break;
    cursor.take();
    if (char === '.') {
      // A point cannot come twice, nor before `_`, nor in a hexadecimal number.
      if (sawPoint || cursor.accept(/[_.]/) || hexadecimal) return false;
      sawPoint = true;
    } else if (isExponent) {
      if (sawExponent) return false;
      sawExponent = true;
      cursor.accept(/[+-]/);
      if (cursor.accept(/[._eE]/) || cursor.peek() === '') return false;
    } else if (char === '_') {
      if (cursor.accept(/[._eE]/) || cursor.peek() === '') return false;
    } else cursor.skipWhile(digit);
  }
  return !ALPHANUMERIC.test(cursor.peek());
}

/** The units, and further numbers with units, after a number. */
function scanRestOfDuration(cursor: TextCursor): boolean {
  if (!cursor.accept(/[smhdwy]/)) return false;
  cursor.accept(/s/);
  while (cursor.accept(/[0-9]/)) {
    cursor.skipWhile(/[0-9]/);
    if (!cursor.accept(/[smhdw]/)) return false;
    cursor.accept(/s/);
  }
  if (!ALPHANUMERIC.test(cursor.peek())) return true;
  cursor.take();
  return false;
}
