import type { LabelMatcher } from '../../core/alertmanager/matcher.ts';
import {
  createMatcher,
  formatMatcher,
  parseMatchers,
} from '../../core/alertmanager/parse-matcher.ts';
import { ok } from '../../core/result.ts';
import { type Outcome, usage } from './failure.ts';

/** A word alone, where a matcher could stand: the alert's name, as amtool takes it. */
const BARE_NAME = /^[\w:.-]+$/;
const FINGERPRINT = /^[0-9a-f]{16}$/;

/** Which alerts are meant on a command line. */
export type AlertChoice =
  | { readonly fingerprint: string }
  | { readonly matchers: readonly LabelMatcher[] };

/** Matchers, one or more an argument: `host=web-1`, `vm=~"db.*"`, or first an alert's name alone. */
export function readMatcherArguments(texts: readonly string[]): Outcome<readonly LabelMatcher[]> {
  const all: LabelMatcher[] = [];
  for (const [i, text] of texts.entries()) {
    const matchers =
      i === 0 && BARE_NAME.test(text)
        ? toList(createMatcher('alertname', '=', text))
        : parseMatchers(text);
    if (!matchers.ok) return usage(`${matchers.error}; give matchers such as host=web-1`);
    all.push(...matchers.value);
  }
  return all.length > 0 ? ok(all) : usage('give matchers such as alertname=VmDown host=web-1');
}

function toList(matcher: ReturnType<typeof createMatcher>): ReturnType<typeof parseMatchers> {
  return matcher.ok ? ok([matcher.value]) : matcher;
}

/** One fingerprint, or matchers. */
export function readAlertChoice(texts: readonly string[]): Outcome<AlertChoice> {
  const [first = ''] = texts;
  if (texts.length === 1 && FINGERPRINT.test(first)) return ok({ fingerprint: first });
  const matchers = readMatcherArguments(texts);
  return matchers.ok ? ok({ matchers: matchers.value }) : matchers;
}

export function isFingerprint(text: string): boolean {
  return FINGERPRINT.test(text);
}

/** A matcher as the API takes it. */
export function matcherJson({ name, op, value }: LabelMatcher): object {
  return { name, value, isRegex: op.endsWith('~'), isEqual: op.startsWith('=') };
}

/** `host="web-1" vm=~"db.*"`. */
export function matchersText(
  matchers: readonly Pick<LabelMatcher, 'name' | 'op' | 'value'>[],
): string {
  return matchers.map(formatMatcher).join(' ');
}
