import { createMatcher as createPromqlMatcher } from '../promql/selector.ts';
import { quote } from '../promql/string-literal.ts';
import { err, ok, type Result } from '../result.ts';
import { compareBytes } from './byte-order.ts';
import { readClassicMatcher, readClassicMatchers } from './classic-matcher-syntax.ts';
import type { LabelMatcher } from './matcher.ts';
import { needsQuotes, readUtf8Matchers, type WrittenMatcher } from './matcher-syntax.ts';

/**
 * A condition on one label. Patterns are PromQL's: unlike Alertmanager's, `.` matches a newline too,
 * and `a)(b` is not taken. Error: the pattern is no regular expression of RE2's.
 */
export function createMatcher(
  name: string,
  op: LabelMatcher['op'],
  value: string,
): Result<LabelMatcher, string> {
  const matcher = createPromqlMatcher(name, op, value);
  return matcher.ok ? matcher : err(matcher.error.message);
}

/**
 * Reads any number of matchers, in braces or not, as a configuration and `amtool` write them. Of
 * Alertmanager's two syntaxes the older has the say while it can read the text, as it has in
 * Alertmanager. The error names the text and what is wrong with it.
 */
export function parseMatchers(text: string): Result<LabelMatcher[], string> {
  const classic = createAll(readClassicMatchers(text));
  if (classic.ok) return classic;
  const utf8 = createAll(readUtf8Matchers(text));
  return utf8.ok ? utf8 : err(`bad matcher format: ${text}: ${utf8.error}`);
}

/** Reads exactly one matcher, without braces; see `parseMatchers`. */
export function parseMatcher(text: string): Result<LabelMatcher, string> {
  if (text.startsWith('{') || text.endsWith('}'))
    return err(`unexpected open or close brace: ${text}`);
  const written = readClassicMatcher(text);
  const classic = written.ok ? create(written.value) : written;
  if (classic.ok) return classic;
  const utf8 = createAll(readUtf8Matchers(text));
  if (!utf8.ok) return err(`bad matcher format: ${text}: ${utf8.error}`);
  const [matcher] = utf8.value;
  if (matcher === undefined || utf8.value.length > 1)
    return err(`expected 1 matcher, found ${utf8.value.length}: ${text}`);
  return ok(matcher);
}

/** The matcher as Alertmanager prints it, which it can also read: `host=~"web.*"`. */
export function formatMatcher({ name, op, value }: WrittenMatcher): string {
  if (needsQuotes(name)) return `${quote(name)}${op}${quote(value)}`;
  const escaped = value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
  return `${name}${op}"${escaped}"`;
}

/** All of them as Alertmanager prints a list: `{a="b",c=~"d"}`. */
export function formatMatchers(matchers: readonly WrittenMatcher[]): string {
  return `{${matchers.map(formatMatcher).join(',')}}`;
}

const OPERATORS: readonly LabelMatcher['op'][] = ['=', '!=', '=~', '!~'];

/** Alertmanager's order of matchers: by name, then value, then operator. */
export function compareMatchers(a: LabelMatcher, b: LabelMatcher): number {
  return (
    compareBytes(a.name, b.name) ||
    compareBytes(a.value, b.value) ||
    OPERATORS.indexOf(a.op) - OPERATORS.indexOf(b.op)
  );
}

function create({ name, op, value }: WrittenMatcher): Result<LabelMatcher, string> {
  return createMatcher(name, op, value);
}

function createAll(written: Result<WrittenMatcher[], string>): Result<LabelMatcher[], string> {
  if (!written.ok) return written;
  const matchers: LabelMatcher[] = [];
  for (const each of written.value) {
    const matcher = create(each);
    if (!matcher.ok) return matcher;
    matchers.push(matcher.value);
  }
  return ok(matchers);
}
