import { unquote } from '../promql/string-literal.ts';
import { err, ok, type Result } from '../result.ts';
import type { LabelMatcher } from './matcher.ts';

/** A matcher as it is written: its pattern is not compiled yet. */
export type WrittenMatcher = Pick<LabelMatcher, 'name' | 'op' | 'value'>;

type TokenKind = '{' | '}' | ',' | 'op' | 'text';

interface Token {
  readonly kind: TokenKind;
  /** Of a quoted text what it stands for. */
  readonly text: string;
}

/** White space as Go's `unicode.IsSpace` has it. */
const SPACE = '\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const RESERVED = `${SPACE}{}!=~,\\\\"'\``;

const TOKEN = new RegExp(
  [
    `(?<space>[${SPACE}]+)`,
    '(?<mark>[{},])',
    '(?<op>=~|=|!=|!~)',
    '(?<quoted>"(?:[^"\\\\]|\\\\[^])*")',
    `(?<word>[^${RESERVED}]+)`,
  ].join('|'),
  'yu',
);

/** One character that Go holds white space. */
export const GO_SPACE = new RegExp(`^[${SPACE}]$`, 'u');

const HAS_RESERVED = new RegExp(`[${RESERVED}]`, 'u');

/** Must the name of a label stand in quotes? */
export function needsQuotes(name: string): boolean {
  return HAS_RESERVED.test(name);
}

/**
 * Reads matchers in the syntax that takes any UTF-8 in names and values: `foo="bar"`,
 * `{foo=bar, "a b"=~"c.*"}`; texts with reserved characters stand in quotes, with Go's escapes.
 * Source: alertmanager/matcher/parse.
 */
export function readUtf8Matchers(input: string): Result<WrittenMatcher[], string> {
  const tokens = tokenize(input);
  return tokens.ok ? readTokens(tokens.value) : tokens;
}

function tokenize(input: string): Result<Token[], string> {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  for (let at = 0; at < input.length; at = TOKEN.lastIndex) {
    const groups = TOKEN.exec(input)?.groups;
    if (groups === undefined) return err(notAToken(input.slice(at)));
    const { mark, op, quoted, word } = groups;
    if (mark === '{' || mark === '}' || mark === ',') tokens.push({ kind: mark, text: mark });
    else if (op !== undefined) tokens.push({ kind: 'op', text: op });
    else if (word !== undefined) tokens.push({ kind: 'text', text: word });
    else if (quoted !== undefined) {
      const text = unquote(quoted);
      if (!text.ok) return err(`${quoted}: ${text.error}`);
      if (!text.value.isWellFormed()) return err(`${quoted}: not valid UTF-8`);
      tokens.push({ kind: 'text', text: text.value });
    }
  }
  return ok(tokens);
}

function notAToken(rest: string): string {
  if (rest.startsWith('"')) return `${rest}: missing end "`;
  if (rest.startsWith('!')) return 'expected one of = and ~ after !';
  return `${String.fromCodePoint(rest.codePointAt(0) ?? 0)}: needs quotes around it`;
}

function readTokens(tokens: readonly Token[]): Result<WrittenMatcher[], string> {
  const matchers: WrittenMatcher[] = [];
  const kind = (i: number): TokenKind | undefined => tokens[i]?.kind;
  const hasBrace = kind(0) === '{';
  let at = hasBrace ? 1 : 0;
  while (at < tokens.length && kind(at) !== '}') {
    const [name, op, value] = tokens.slice(at, at + 3);
    if (name?.kind !== 'text') return err('expected label name');
    if (op?.kind !== 'op') return err("expected an operator such as '=', '!=', '=~' or '!~'");
    if (value?.kind !== 'text') return err('expected label value');
    matchers.push({ name: name.text, op: operator(op.text), value: value.text });
    at += 3;
    if (at >= tokens.length || kind(at) === '}') break;
    if (kind(at) !== ',') return err('expected a comma or close brace');
    at += 1;
    if (at < tokens.length && kind(at) !== '}' && kind(at) !== 'text')
      return err('expected a matcher or close brace after comma');
  }
  if (hasBrace && kind(at) !== '}') return err('expected close brace');
  if (!hasBrace && kind(at) === '}') return err('expected opening brace');
  if (at + (hasBrace ? 1 : 0) < tokens.length) return err('expected end of input');
  return ok(matchers);
}

/** The operator of that spelling; anything else is a bug of the reader. */
export function operator(text: string): LabelMatcher['op'] {
  if (text === '=' || text === '!=' || text === '=~' || text === '!~') return text;
  throw new Error(`not an operator of a matcher: ${JSON.stringify(text)}`);
}
