import { isMap, isNode, isSeq, LineCounter, parseDocument } from 'yaml';
import type { RuleProblem } from '../answers/rules.ts';
import { requiredWindow } from '../promql/lookback.ts';
import { DAY_MS } from '../time.ts';
import { metricsOf } from './needs.ts';
import { parseRuleFile, type RuleGroup } from './rule-file.ts';

/** A file that is edited where it runs: 6 times all default rules. It is kept packed in one item of the table. */
export const EDITED_FILE_MAX_BYTES = 256 << 10;

/** Of one edited file. */
const EDITED_FILE_MAX_RULES = 1000;

/** How far back evaluators hold samples. */
const RULE_WINDOW_MAX_MS = DAY_MS;

/** `A-z`, digits, `.`, `_`, `-`: it stands in keys, paths and ids of alerts. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,79}\.rules\.ya?ml$/;

/** Can a rule file have this name? */
export function isRuleFileName(name: string): boolean {
  return NAME.test(name);
}

export const RULE_FILE_NAME_WORDS =
  'a rule file is named like "web.rules.yaml": letters, digits, ".", "_" and "-", 91 characters at most';

export interface CheckedFile {
  /** None: it can be saved. In the order of the file. */
  readonly errors: readonly RuleProblem[];
  /** None where there are errors. */
  readonly groups: readonly RuleGroup[];
}

/**
 * Everything wrong with a rule file that somebody wants to save: what Prometheus would refuse, and what evaluators
 * could not bear: they hold the samples that rules name, for as long as rules look back.
 */
export function checkEditedFile(text: string, name: string): CheckedFile {
  const bytes = new TextEncoder().encode(text).length;
  if (bytes > EDITED_FILE_MAX_BYTES) {
    const message = `has ${bytes} bytes, the limit is ${EDITED_FILE_MAX_BYTES}: split it into several files`;
    return { errors: [{ line: 1, column: 1, message }], groups: [] };
  }
  const parsed = parseRuleFile(text, name);
  if (!parsed.ok) {
    const errors = parsed.error.map(({ line, column, message }) => ({ line, column, message }));
    return { errors: errors.sort((a, b) => a.line - b.line || a.column - b.column), groups: [] };
  }
  const errors = costProblems(text, parsed.value);
  return { errors, groups: errors.length > 0 ? [] : parsed.value };
}

function costProblems(text: string, groups: readonly RuleGroup[]): RuleProblem[] {
  const problems: RuleProblem[] = [];
  const rules = groups.reduce((sum, group) => sum + group.rules.length, 0);
  if (rules > EDITED_FILE_MAX_RULES) {
    const message = `has ${rules} rules, the limit is ${EDITED_FILE_MAX_RULES}: split it into several files`;
    return [{ line: 1, column: 1, message }];
  }
  const placeOf = exprPlaces(text);
  groups.forEach((group, g) => {
    group.rules.forEach((rule, r) => {
      const about = `group "${group.name}", rule ${r + 1} "${rule.name}"`;
      const problem = (message: string) =>
        problems.push({ ...placeOf(g, r), message: `${about}: ${message}` });
      if (metricsOf([{ ...group, rules: [rule] }]) === 'all')
        problem(
          'a selector, here or in a template, does not name its metric: evaluators would have to hold every series there is',
        );
      const windowMs = requiredWindow(rule.expr).beforeMs + (group.queryOffsetMs ?? 0);
      if (windowMs > RULE_WINDOW_MAX_MS)
        problem('it looks back further than a day, and evaluators hold no more than that');
    });
  });
  return problems;
}

/** Where the expression of a rule stands in a file that is known to be a rule file; aliases are at their anchor. */
function exprPlaces(text: string): (group: number, rule: number) => Omit<RuleProblem, 'message'> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, stringKeys: true });
  return (group, rule) => {
    const rules = document.getIn(['groups', group, 'rules']);
    const at = isSeq(rules) ? rules.items[rule] : undefined;
    const expr = isMap(at) ? at.get('expr', true) : undefined;
    const node = isNode(expr) ? expr : isNode(at) ? at : undefined;
    const { line, col } = lines.linePos(node?.range?.[0] ?? 0);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
}
