import { RE2JS } from 're2js';
import { err, ok, type Result } from '../result.ts';
import type { PromqlError } from './ast.ts';
import type { Matcher } from './source.ts';

const PATTERN_CACHE_MAX = 10_000; // answers kept per pattern, some 100 bytes each

/**
 * A condition on one label. Patterns are RE2 (linear time, no backtracking) and must match the
 * whole value; `.` matches a newline too, as in Prometheus 3. Error: the pattern is not RE2.
 */
export function createMatcher(
  name: string,
  op: Matcher['op'],
  value: string,
): Result<Matcher, PromqlError> {
  if (op === '=') return ok({ name, op, value, matches: (v) => v === value });
  if (op === '!=') return ok({ name, op, value, matches: (v) => v !== value });
  const pattern = compilePattern(value);
  if (!pattern.ok)
    return err({
      code: 'bad_data',
      message: `error parsing regexp: ${pattern.error}`,
    });
  const matches = remember(literalAlternatives(value) ?? pattern.value);
  return ok({ name, op, value, matches: op === '=~' ? matches : (v) => !matches(v) });
}

/** A fully anchored RE2 pattern, or what is wrong with it. */
export function compileAnchored(pattern: string): Result<RE2JS, string> {
  try {
    return ok(RE2JS.compile(`^(?s:${pattern})$`));
  } catch (error) {
    return err(reason(error));
  }
}

function reason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^error parsing regexp: /, '');
}

function compilePattern(pattern: string): Result<(value: string) => boolean, string> {
  // The pattern on its own first: wrapped, `a)(b` would be valid.
  try {
    RE2JS.compile(pattern);
  } catch (error) {
    return err(reason(error));
  }
  const compiled = compileAnchored(pattern);
  if (!compiled.ok) return compiled;
  return ok((value) => compiled.value.matcher(value).matches());
}

/** `a|b|c` without any other operator is only a set of strings, and much faster as one. */
function literalAlternatives(pattern: string): ((value: string) => boolean) | undefined {
  if (/[.*+?^${}()[\]\\]/.test(pattern)) return undefined;
  const values = new Set(pattern.split('|'));
  return (value) => values.has(value);
}

/** Label values repeat a lot; a bounded memory of answers spares most runs of the pattern. */
function remember(matches: (value: string) => boolean): (value: string) => boolean {
  const answers = new Map<string, boolean>();
  return (value) => {
    const known = answers.get(value);
    if (known !== undefined) return known;
    const answer = matches(value);
    if (answers.size >= PATTERN_CACHE_MAX) answers.clear();
    answers.set(value, answer);
    return answer;
  };
}
