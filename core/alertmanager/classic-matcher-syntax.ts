import { err, ok, type Result } from '../result.ts';
import { GO_SPACE, operator, type WrittenMatcher } from './matcher-syntax.ts';

const NAME_AND_OPERATOR =
  /^[\t\n\f\r ]*([a-zA-Z_:][a-zA-Z0-9_:]*)[\t\n\f\r ]*(=~|=|!=|!~)[\t\n\f\r ]*/;

/**
 * Reads matchers in Alertmanager's older syntax, the only one of `amtool` before 0.27: names are
 * plain, values are quoted or not, and a lone backslash stands for itself. Commas inside quotes
 * separate nothing. Source: alertmanager/pkg/labels, ParseMatchers.
 */
export function readClassicMatchers(input: string): Result<WrittenMatcher[], string> {
  const matchers: WrittenMatcher[] = [];
  for (const part of splitAtCommas(input.replace(/^\{/, '').replace(/\}$/, ''))) {
    const matcher = readClassicMatcher(part);
    if (!matcher.ok) return matcher;
    matchers.push(matcher.value);
  }
  return ok(matchers);
}

/** Reads one matcher; a comma is a part of its value. */
export function readClassicMatcher(input: string): Result<WrittenMatcher, string> {
  const [start = '', name = '', op] = NAME_AND_OPERATOR.exec(input) ?? [];
  if (op === undefined) return err('bad matcher format');
  const value = readValue(trimEnd(input.slice(start.length), /[\t\n\f\r ]/));
  return value.ok ? ok({ name, op: operator(op), value: value.value }) : value;
}

function splitAtCommas(input: string): string[] {
  const parts: string[] = [];
  let part = '';
  let inQuotes = false;
  let escaped = false;
  for (const char of input) {
    if (char === ',' && !inQuotes) {
      parts.push(part);
      part = '';
      continue;
    }
    if (char === '"') {
      if (!escaped) inQuotes = !inQuotes;
      escaped = false;
    } else if (char === '\\') escaped = !escaped;
    else if (char !== ',') escaped = false;
    part += char;
  }
  const last = trimEnd(part, GO_SPACE);
  if (last !== '') parts.push(last);
  return parts;
}

/** By hand: a regular expression would try every run of spaces. */
function trimEnd(text: string, space: RegExp): string {
  let end = text.length;
  while (end > 0 && space.test(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}

function readValue(written: string): Result<string, string> {
  const strayQuote = err(`matcher value contains unescaped double quote: ${written}`);
  const isQuoted = written.startsWith('"');
  let value = '';
  for (let i = isQuoted ? 1 : 0; i < written.length; i++) {
    const char = written.charAt(i);
    const isLast = i === written.length - 1;
    if (char === '"') return isQuoted && isLast ? ok(value) : strayQuote;
    if (char !== '\\' || isLast) {
      value += char;
      continue;
    }
    i += 1;
    value += unescaped(written.charAt(i));
  }
  return isQuoted ? strayQuote : ok(value);
}

function unescaped(char: string): string {
  if (char === 'n') return '\n';
  return char === '"' || char === '\\' ? char : `\\${char}`;
}
