/** A comparison of a metric with a number, as a rule makes it. */
export interface RuleThreshold {
  /** The rule's name. */
  readonly alert: string;
  readonly severity: string;
  readonly metric: string;
  readonly op: '>' | '>=' | '<' | '<=' | '==' | '!=';
  readonly value: number;
  /** Which series it looks at: `device`, `fstype` ..., matchers as the rule has them. */
  readonly matchers: readonly Matcher[];
}

interface Matcher {
  readonly name: string;
  readonly op: string;
  readonly value: string;
}

/** What is needed of a rule of `/api/v1/rules`. */
export interface AlertRule {
  readonly name: string;
  readonly query: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Strings, comments, words, numbers, operators, brackets, and any one character else. */
const TOKENS =
  /#[^\n]*|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|[A-Za-z_:][\w:]*|(?:\d|\.\d)[\d.]*(?:e[+-]?\d+)?\w*|==|!=|>=|<=|=~|!~|\s+|./gis;
const COMPARISONS = new Set(['==', '!=', '>=', '<=', '>', '<']);
const SET_OPERATORS = new Set(['and', 'or', 'unless']);
const OPENS = '([{';
const CLOSES = ')]}';
/** Functions whose value is in the unit of what they are given, and about as large. */
const SAME_UNIT = new Set(
  ['avg', 'min', 'max', 'last', 'quantile'].map((name) => `${name}_over_time`),
);
/** How it is grouped and which samples: not the value. */
const MODIFIERS = new Set(['on', 'ignoring', 'bool', 'group_left', 'group_right', 'by', 'without']);

/**
 * The thresholds in a rule's expression that can be drawn into the chart of a metric: wherever one side of a
 * comparison is a number and the other one metric, itself or smoothed by a function such as `avg_over_time`.
 * Conditions that are joined by `and`, `or` count each; those after `unless`, and those of sums, ratios and
 * predictions, are none.
 */
export function thresholdsOf({ name, query, labels = {} }: AlertRule): RuleThreshold[] {
  const found: RuleThreshold[] = [];
  for (const condition of conditionsOf(tokensOf(query))) {
    const at = condition.findIndex(
      (token, i) => COMPARISONS.has(token) && depthAt(condition, i) === 0,
    );
    if (at < 0) continue;
    const [left, right] = [condition.slice(0, at), withoutModifiers(condition.slice(at + 1))];
    const [metricLeft, metricRight] = [metricOf(left), metricOf(right)];
    const value = metricLeft === undefined ? numberOf(left) : numberOf(right);
    const metric = metricLeft ?? metricRight;
    if (metric === undefined || value === undefined) continue;
    const op = metricLeft === undefined ? turned(condition[at]) : (condition[at] as Op);
    found.push({ alert: name, severity: labels['severity'] ?? '', ...metric, op, value });
  }
  return found;
}

type Op = RuleThreshold['op'];

function turned(op: string | undefined): Op {
  const other: Readonly<Record<string, Op>> = { '>': '<', '>=': '<=', '<': '>', '<=': '>=' };
  return other[op ?? ''] ?? (op as Op);
}

function tokensOf(query: string): string[] {
  return [...query.matchAll(TOKENS)]
    .map(([token]) => token)
    .filter((token) => token.trim() !== '' && !token.startsWith('#'));
}

/** What stands between set operators, brackets opened; what follows `unless` is left out. */
function conditionsOf(tokens: readonly string[]): string[][] {
  const inner = unwrapped(tokens);
  const parts: string[][] = [[]];
  let depth = 0;
  let isWanted = true;
  for (const token of inner) {
    if (OPENS.includes(token)) depth++;
    if (CLOSES.includes(token)) depth--;
    if (depth === 0 && SET_OPERATORS.has(token.toLowerCase())) {
      isWanted = token.toLowerCase() !== 'unless';
      parts.push([]);
    } else if (isWanted) parts.at(-1)?.push(token);
  }
  if (parts.length === 1) return [[...inner]];
  return parts.flatMap((part) => conditionsOf(withoutModifiers(part)));
}

/** Without `on (...)`, `bool` and the like at its beginning. */
function withoutModifiers(tokens: readonly string[]): string[] {
  let at = 0;
  while (MODIFIERS.has(tokens[at]?.toLowerCase() ?? '')) {
    at++;
    if (tokens[at] === '(') at = closingOf(tokens, at) + 1;
  }
  return tokens.slice(at);
}

function unwrapped(tokens: readonly string[]): readonly string[] {
  return tokens[0] === '(' && closingOf(tokens, 0) === tokens.length - 1
    ? unwrapped(tokens.slice(1, -1))
    : tokens;
}

function closingOf(tokens: readonly string[], opening: number): number {
  let depth = 0;
  for (let i = opening; i < tokens.length; i++) {
    if (OPENS.includes(tokens[i] ?? '')) depth++;
    if (CLOSES.includes(tokens[i] ?? '') && --depth === 0) return i;
  }
  return tokens.length;
}

function depthAt(tokens: readonly string[], end: number): number {
  let depth = 0;
  for (const token of tokens.slice(0, end)) {
    if (OPENS.includes(token)) depth++;
    if (CLOSES.includes(token)) depth--;
  }
  return depth;
}

/** A selector, or a smoothing function of one. */
function metricOf(
  tokens: readonly string[],
): Pick<RuleThreshold, 'metric' | 'matchers'> | undefined {
  const inner = unwrapped(tokens);
  const [first = '', second] = inner;
  if (SAME_UNIT.has(first) && second === '(' && closingOf(inner, 1) === inner.length - 1) {
    const args = inner.slice(2, -1);
    // The parameter of a quantile.
    return metricOf(args[1] === ',' ? args.slice(2) : args);
  }
  if (!/^[A-Za-z_:]/.test(first) || second === '(') return undefined;
  const hasMatchers = second === '{';
  const end = hasMatchers ? closingOf(inner, 1) : 0;
  // Nothing but a range may follow.
  const rest = inner.slice(end + 1);
  if (rest.length > 0 && !(rest[0] === '[' && closingOf(rest, 0) === rest.length - 1))
    return undefined;
  return { metric: first, matchers: hasMatchers ? matchersOf(inner.slice(2, end)) : [] };
}

function matchersOf(tokens: readonly string[]): Matcher[] {
  const found: Matcher[] = [];
  for (let i = 0; i + 2 < tokens.length; i += 4) {
    const [name = '', op = '', text = ''] = tokens.slice(i, i + 3);
    found.push({ name, op, value: text.slice(1, -1).replace(/\\(.)/g, '$1') });
  }
  return found;
}

/** A number, or a product, quotient or power of some, as `8 * 1024^3` is. */
function numberOf(tokens: readonly string[]): number | undefined {
  const inner = unwrapped(tokens);
  if (inner.length === 0) return undefined;
  if (inner[0] === '-') return negated(numberOf(inner.slice(1)));
  for (const ops of ['+-', '*/', '^']) {
    // Powers bind to the right, the others to the left.
    const at =
      ops === '^'
        ? inner.findIndex((token, i) => token === ops && depthAt(inner, i) === 0)
        : inner.findLastIndex((token, i) => ops.includes(token) && depthAt(inner, i) === 0);
    if (at <= 0) continue;
    const [a, b] = [numberOf(inner.slice(0, at)), numberOf(inner.slice(at + 1))];
    return a === undefined || b === undefined ? undefined : calculated(a, inner[at] ?? '', b);
  }
  const [text = ''] = inner;
  const number = inner.length === 1 ? Number(text.replaceAll('_', '')) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
}

function negated(value: number | undefined): number | undefined {
  return value === undefined ? undefined : -value;
}

function calculated(a: number, op: string, b: number): number {
  if (op === '+') return a + b;
  if (op === '-') return a - b;
  if (op === '*') return a * b;
  return op === '/' ? a / b : a ** b;
}

/** Does a rule look at a series? */
export function looksAt(
  { matchers }: RuleThreshold,
  labels: Readonly<Record<string, string>>,
): boolean {
  return matchers.every(({ name, op, value }) => {
    const text = labels[name] ?? '';
    if (op === '=') return text === value;
    if (op === '!=') return text !== value;
    const isMatch = fullyMatches(value, text);
    // A pattern of RE2 that JavaScript has not: better a line too many than one too few.
    return isMatch === undefined || (op === '=~' ? isMatch : !isMatch);
  });
}

/** A repeated group, or many repetitions, may take JavaScript for ever where RE2 takes a moment. */
const MAY_TAKE_LONG = /\)[*+{]|([*+}?][^*+}?]*){4}/;

function fullyMatches(pattern: string, text: string): boolean | undefined {
  if (MAY_TAKE_LONG.test(pattern) || text.length > 1000) return undefined;
  try {
    return new RegExp(`^(?:${pattern})$`, 'su').test(text);
  } catch {
    return undefined;
  }
}
