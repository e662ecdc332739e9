import { compareStrings } from '../../series/labels.ts';
import { printfText, printText, textOf } from './print.ts';
import { entryOf, type GoValue, isTrue, TemplateFailure, typeName } from './value.ts';

/** A function a template may call. Errors are thrown as `TemplateFailure`. */
export interface TemplateFunction {
  /** How many arguments, at least and at most. */
  readonly arity: readonly [min: number, max: number];
  readonly call: (args: readonly GoValue[]) => GoValue;
}

const ANY = Number.POSITIVE_INFINITY;

/**
 * Go's predefined functions, without `call` (nothing here is a function value) and `and` and `or`,
 * which the evaluator does itself because they stop early. Source: text/template/funcs.go.
 */
export const BUILTIN_FUNCTIONS: Readonly<Record<string, TemplateFunction>> = {
  not: { arity: [1, 1], call: ([value]) => !isTrue(value) },
  len: { arity: [1, 1], call: ([value]) => BigInt(lengthOf(value)) },
  index: { arity: [1, ANY], call: ([item, ...keys]) => keys.reduce(indexed, item) },
  slice: { arity: [1, 3], call: ([item, from, to]) => sliced(item, from, to) },
  print: { arity: [0, ANY], call: printText },
  println: { arity: [0, ANY], call: (args) => `${args.map(textOf).join(' ')}\n` },
  printf: { arity: [1, ANY], call: ([format, ...rest]) => printfText(asText(format), rest) },
  html: { arity: [0, ANY], call: (args) => escapeHtml(printText(args)) },
  js: { arity: [0, ANY], call: (args) => escapeJs(printText(args)) },
  urlquery: { arity: [0, ANY], call: (args) => queryEscape(printText(args)) },
  eq: { arity: [1, ANY], call: (args) => equalsAny(args) },
  ne: { arity: [2, 2], call: ([a, b]) => !equals(a, b) },
  lt: { arity: [2, 2], call: ([a, b]) => order(a, b) < 0 },
  // NaN is not less than anything; Go makes these from less-than and equal.
  le: { arity: [2, 2], call: ([a, b]) => order(a, b) <= 0 },
  gt: { arity: [2, 2], call: ([a, b]) => !(order(a, b) <= 0) },
  ge: { arity: [2, 2], call: ([a, b]) => !(order(a, b) < 0) },
};

/** The argument as text, or the error Go gives for another type. */
export function asText(value: GoValue): string {
  if (typeof value === 'string') return value;
  throw new TemplateFailure(`wrong type for value; expected string; got ${typeName(value)}`);
}

/** Text safe inside a URL's query. Source: url.QueryEscape. */
export function queryEscape(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}

function lengthOf(value: GoValue): number {
  // Go's length of a string is that of its UTF-8.
  if (typeof value === 'string') return new TextEncoder().encode(value).length;
  if (typeof value === 'object' && value.kind === 'map') return value.entries.size;
  if (typeof value === 'object' && value.kind === 'list') return value.items.length;
  throw new TemplateFailure(`len of type ${typeName(value)}`);
}

function indexed(item: GoValue, key: GoValue): GoValue {
  if (item === undefined) throw new TemplateFailure('index of untyped nil');
  if (typeof item === 'object' && item.kind === 'map') {
    if (typeof key === 'string') return entryOf(item, key);
    throw new TemplateFailure(`value has type ${typeName(key)}; should be string`);
  }
  if (typeof item === 'string') {
    const bytes = new TextEncoder().encode(item);
    return BigInt(bytes[position(key, bytes.length - 1)] ?? 0);
  }
  if (typeof item === 'object' && item.kind === 'list')
    return item.items[position(key, item.items.length - 1)];
  throw new TemplateFailure(`can't index item of type ${typeName(item)}`);
}

function position(key: GoValue, max: number): number {
  if (typeof key !== 'bigint')
    throw new TemplateFailure(`cannot index slice/array with type ${typeName(key)}`);
  if (key < 0n || key > BigInt(max)) throw new TemplateFailure(`index out of range: ${key}`);
  return Number(key);
}

function sliced(item: GoValue, from: GoValue, to: GoValue): GoValue {
  const list = typeof item === 'object' && item.kind === 'list' ? item : undefined;
  if (list === undefined && typeof item !== 'string')
    throw new TemplateFailure(`can't slice item of type ${typeName(item)}`);
  const length = lengthOf(item);
  const start = from === undefined ? 0 : position(from, length);
  const end = to === undefined ? length : position(to, length);
  if (start > end) throw new TemplateFailure(`invalid slice index: ${start} > ${end}`);
  if (list !== undefined) return { ...list, items: list.items.slice(start, end) };
  return new TextDecoder().decode(new TextEncoder().encode(asText(item)).subarray(start, end));
}

function equalsAny([first, ...others]: readonly GoValue[]): boolean {
  if (others.length === 0) throw new TemplateFailure('missing argument for comparison');
  return others.some((other) => equals(first, other));
}

function equals(a: GoValue, b: GoValue): boolean {
  if (a === undefined || b === undefined) return a === b;
  for (const value of [a, b]) {
    if (typeof value === 'object')
      throw new TemplateFailure(`non-comparable type ${typeName(value)}`);
  }
  requireSameType(a, b);
  return a === b;
}

/** Below, at or above 0; NaN when not comparable. */
function order(a: GoValue, b: GoValue): number {
  for (const value of [a, b]) {
    if (typeof value === 'boolean' || typeof value === 'object' || value === undefined)
      throw new TemplateFailure('invalid type for comparison');
  }
  requireSameType(a, b);
  if (typeof a === 'string' && typeof b === 'string') return compareStrings(a, b);
  if (typeof a === 'bigint' && typeof b === 'bigint') return a < b ? -1 : a > b ? 1 : 0;
  const [x, y] = [Number(a), Number(b)];
  return x < y ? -1 : x === y ? 0 : x > y ? 1 : Number.NaN;
}

function requireSameType(a: GoValue, b: GoValue): void {
  if (typeof a === typeof b) return;
  throw new TemplateFailure(`incompatible types for comparison: ${typeName(a)} and ${typeName(b)}`);
}

const HTML_ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
  '\0': '\ufffd',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"'\0]/g, (char) => HTML_ESCAPES[char] ?? char);
}

const JS_ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '"': '\\"',
  '<': '\\u003C',
  '>': '\\u003E',
  '&': '\\u0026',
  '=': '\\u003D',
};

function escapeJs(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it escapes
    /[\\'"<>&=\u0000-\u001f]/g,
    (char) =>
      JS_ESCAPES[char] ?? `\\u${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`,
  );
}
