import { err, type Result } from '../result.ts';
import type { ConfigSection } from './config-section.ts';
import type { LabelMatcher } from './matcher.ts';
import { compareMatchers, createMatcher, parseMatchers } from './parse-matcher.ts';

const LEGACY_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Fields that conditions stand in: the list of matchers, and the two older mappings. */
interface MatcherFields {
  readonly matchers: string;
  readonly match: string;
  readonly matchRe: string;
}

/**
 * All conditions of a route, or of one side of an inhibition rule, in Alertmanager's order. Those
 * that cannot be read are left out, with a problem noted.
 */
export function readMatcherFields(
  section: ConfigSection,
  fields: MatcherFields,
): readonly LabelMatcher[] {
  return [
    ...readMap(section, fields.match, '='),
    ...readMap(section, fields.matchRe, '=~'),
    ...readMatcherList(section, fields.matchers),
  ].sort(compareMatchers);
}

/** A list of texts, each with any number of matchers. */
export function readMatcherList(section: ConfigSection, field: string): LabelMatcher[] {
  const { yaml } = section.reader;
  return section.list(field).flatMap((node) => {
    const text = yaml.text(node, `${section.what}: a matcher`);
    if (text === undefined) return [];
    const matchers = parseMatchers(text);
    if (matchers.ok) return matchers.value;
    yaml.problem(node, `${section.what}: ${matchers.error}`);
    return [];
  });
}

function readMap(section: ConfigSection, field: string, op: '=' | '=~'): LabelMatcher[] {
  return Object.entries(section.texts(field)).flatMap(([name, value]) => {
    const matcher: Result<LabelMatcher, string> = LEGACY_NAME.test(name)
      ? createMatcher(name, op, value)
      : err(`invalid label name "${name}"`);
    if (matcher.ok) return [matcher.value];
    section.problem(field, `${field}: ${matcher.error}`);
    return [];
  });
}
