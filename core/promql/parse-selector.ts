import { METRIC_NAME } from '../series/labels.ts';
import type { Position, VectorSelector } from './ast.ts';
import { createMatcher } from './selector.ts';
import type { Matcher } from './source.ts';
import { quote, unquote } from './string-literal.ts';
import type { TokenReader } from './token-reader.ts';
import type { Token } from './tokens.ts';

const WHERE = 'label matching';

/** `name`, `name{label="value", ...}` or `{...}`; a quoted name may stand inside the braces. `taken`: the name, read already. */
export function parseSelector(reader: TokenReader, taken?: Token): VectorSelector {
  const first = taken ?? reader.peek();
  const name = first.type === '{' ? undefined : (taken ?? reader.take()).text;
  const matchers: Matcher[] = [];
  let { end } = first;
  if (reader.peek().type === '{') end = parseMatchers(reader, matchers);
  const position = { start: first.start, end };
  if (name !== undefined) addMatcher(matchers, METRIC_NAME, '=', name, position, reader);
  return {
    kind: 'vectorSelector',
    ...(name === undefined ? {} : { name }),
    matchers,
    offsetMs: 0,
    position,
  };
}

/** Reads from brace to brace; gives where the closing one ends. */
function parseMatchers(reader: TokenReader, matchers: Matcher[]): number {
  reader.take();
  while (reader.peek().type !== '}') {
    parseMatcher(reader, matchers);
    if (reader.peek().type === '}') break;
    if (reader.takeIf(',') === undefined) {
      reader.unexpected(WHERE, '"," or "}"');
      break;
    }
  }
  const { end } = reader.peek();
  reader.takeIf('}');
  return end;
}

function parseMatcher(reader: TokenReader, matchers: Matcher[]): void {
  const name = reader.takeIf('identifier', 'string');
  if (name === undefined) {
    reader.unexpected(WHERE, 'identifier or "}"');
    return;
  }
  const text = name.type === 'string' ? unquoted(name, reader) : name.text;
  const operator = reader.takeIf('=', '!=', '=~', '!~');
  if (operator === undefined) {
    // A quoted string alone is the metric's name.
    if (name.type === 'string') addMatcher(matchers, METRIC_NAME, '=', text, name, reader);
    else reader.unexpected(WHERE, 'label matching operator');
    return;
  }
  const value = reader.takeIf('string');
  if (value === undefined) {
    reader.unexpected(WHERE, 'string');
    return;
  }
  const position = { start: name.start, end: value.end };
  addMatcher(matchers, text, toOp(operator), unquoted(value, reader), position, reader);
}

function toOp({ type }: Token): Matcher['op'] {
  if (type === '=' || type === '!=' || type === '=~' || type === '!~') return type;
  throw new Error(`no operator of matchers: ${type}`);
}

function addMatcher(
  matchers: Matcher[],
  name: string,
  op: Matcher['op'],
  value: string,
  position: Position,
  reader: TokenReader,
): void {
  const matcher = createMatcher(name, op, value);
  if (matcher.ok) matchers.push(matcher.value);
  else reader.note(position, matcher.error.message);
}

/** The text that a string token stands for. */
export function unquoted(token: Token, reader: TokenReader): string {
  const value = unquote(token.text);
  if (value.ok) return value.value;
  reader.note(token, `error unquoting string ${quote(token.text)}: ${value.error}`);
  return '';
}
