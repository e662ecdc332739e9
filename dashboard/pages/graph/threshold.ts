import { type Unit, unitOf } from '../../format/unit.ts';

/** Strings, comments, words, numbers, comparisons, brackets, and any one character else. */
const TOKENS =
  /#[^\n]*|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|[A-Za-z_:][\w:]*|(?:\d|\.\d)[\d.]*(?:e[+-]?\d+)?\w*|==|!=|>=|<=|=~|!~|\s+|./gis;
const COMPARISONS = new Set(['==', '!=', '>=', '<=', '>', '<']);
const SET_OPERATORS = new Set(['and', 'or', 'unless']);

export interface Threshold {
  readonly left: string;
  readonly op: string;
  readonly value: number;
}

/**
 * What an alert's expression compares with: `left op value`, when the whole of it is a comparison whose right side is
 * a number. `undefined`: it is something else.
 */
export function thresholdOf(expr: string): Threshold | undefined {
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

/** Functions whose value is in the unit of what they are given. */
const SAME_UNIT =
  /^(sum|avg|min|max|topk|bottomk|quantile|sort|sort_desc|limitk|limit_ratio|label_replace|label_join|abs|ceil|floor|round|clamp|clamp_min|clamp_max|predict_linear|delta|idelta|holt_winters|double_exponential_smoothing|(avg|min|max|sum|last|first|quantile|mad)_over_time)$/;
/** Words that are neither functions nor metrics. */
const WORDS =
  /^(by|without|on|ignoring|group_left|group_right|bool|offset|and|or|unless|start|end|inf|nan)$/i;

/**
 * The unit of an expression's values; `''` where nobody can say: a product, a rate, metrics of several units. What a
 * threshold is compared with counts.
 */
export function unitOfExpr(expr: string): Unit {
  const tokens = [...(thresholdOf(expr)?.left ?? expr).matchAll(TOKENS)].map(([token]) => token);
  const units = new Set<Unit>();
  let braces = 0;
  let isGrouping = false;
  for (const [i, token] of tokens.entries()) {
    if (token === '{') braces++;
    if (token === '}') braces--;
    if (/^(by|without|on|ignoring|group_left|group_right)$/i.test(token)) isGrouping = true;
    if (token === ')') isGrouping = false;
    if (braces > 0 || isGrouping || /^["'`#]/.test(token)) continue;
    if ('*/%^'.includes(token)) return '';
    if (!/^[A-Za-z_:]/.test(token) || WORDS.test(token)) continue;
    const next = tokens.slice(i + 1).find((one) => one.trim() !== '');
    const isCall = next === '(' || (next !== undefined && /^(by|without)$/i.test(next));
    if (!isCall) units.add(unitOf(token));
    else if (!SAME_UNIT.test(token.toLowerCase())) return '';
  }
  const [unit = '', another] = units;
  return another === undefined ? unit : '';
}
