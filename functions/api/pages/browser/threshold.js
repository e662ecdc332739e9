/** Strings, comments, words, numbers, comparisons, brackets, and any one character else. */
const TOKENS =
  /#[^\n]*|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|[A-Za-z_:][\w:]*|(?:\d|\.\d)[\d.]*(?:e[+-]?\d+)?\w*|==|!=|>=|<=|=~|!~|\s+|./gis;
const COMPARISONS = new Set(['==', '!=', '>=', '<=', '>', '<']);
const SET_OPERATORS = new Set(['and', 'or', 'unless']);

/**
 * What an alert's expression compares with: `left op value`, when the whole of it is a comparison
 * whose right side is a number. `undefined`: it is something else.
 *
 * @param {string} expr PromQL
 * @returns {{ readonly left: string, readonly op: string, readonly value: number } | undefined}
 */
export function thresholdOf(expr) {
  let depth = 0;
  let left = '';
  let op = '';
  let right = '';
  let whole = '';
  for (const [token] of expr.matchAll(TOKENS)) {
    if (token.startsWith('#')) continue;
    if ('([{'.includes(token)) depth++;
    if (')]}'.includes(token)) depth--;
    // What is around a set operator is compared on its own.
    if (depth === 0 && SET_OPERATORS.has(token.toLowerCase())) return undefined;
    if (depth === 0 && COMPARISONS.has(token)) {
      left = whole;
      op = token;
      right = '';
    } else if (op !== '') {
      right += token;
    }
    whole += token;
  }
  const number = right.trim().replace(/^bool\s+/i, '');
  const value = Number(number.replaceAll('_', ''));
  if (depth !== 0 || left.trim() === '' || number === '' || !Number.isFinite(value))
    return undefined;
  return { left: left.trim(), op, value };
}
