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

/** Of a group's and a rule's name: they stand in keys of states, which are written at every tick. */
const EDITED_NAME_MAX_CHARS = 200;

/** Labels and annotations of one rule: each is expanded for each of its alerts. */
const EDITED_RULE_MAX_TEXTS = 100;

/** What YAML has no place for; the table could not give back a file full of it. */
const CONTROL = /[^\P{Cc}\t\n\r\x85]|[\p{Cs}\ufffe\uffff]/u;

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
  const control = CONTROL.exec(text);
  if (control !== null) {
    const { line, column } = placeOf(text, control.index);
    const message = 'a control character, which YAML does not allow';
    return { errors: [{ line, column, message }], groups: [] };
  }
  const parsed = parseRuleFile(text, name);
  if (!parsed.ok) {
    const errors = parsed.error.map(({ line, column, message }) => ({ line, column, message }));
    return { errors: errors.sort((a, b) => a.line - b.line || a.column - b.column), groups: [] };
  }
  const errors = costProblems(text, parsed.value);
  return { errors, groups: errors.length > 0 ? [] : parsed.value };
}

function placeOf(text: string, at: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, at).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** Rules of a file; a group without any counts as one, since evaluators remember each group. */
export function rulesWithGroups(groups: readonly { readonly rules: readonly unknown[] }[]): number {
  return groups.reduce((sum, { rules }) => sum + Math.max(1, rules.length), 0);
}

function costProblems(text: string, groups: readonly RuleGroup[]): RuleProblem[] {
  const problems: RuleProblem[] = [];
  const rules = rulesWithGroups(groups);
  if (rules > EDITED_FILE_MAX_RULES) {
    const message = `has ${rules} rules and empty groups, the limit is ${EDITED_FILE_MAX_RULES}: split it into several files`;
    return [{ line: 1, column: 1, message }];
  }
  const placeOfExpr = exprPlaces(text);
  groups.forEach((group, g) => {
    if (group.name.length > EDITED_NAME_MAX_CHARS)
      problems.push({ ...placeOfExpr(g, 0), message: longName('group', group.name) });
    group.rules.forEach((rule, r) => {
      const about = `group "${group.name}", rule ${r + 1} "${rule.name}"`;
      const problem = (message: string) =>
        problems.push({ ...placeOfExpr(g, r), message: `${about}: ${message}` });
      if (rule.name.length > EDITED_NAME_MAX_CHARS) {
        problems.push({ ...placeOfExpr(g, r), message: longName('rule', rule.name) });
        return;
      }
      const texts =
        rule.kind === 'alert'
          ? rule.labels.length + rule.annotations.length
          : Object.keys(rule.labels).length;
      if (texts > EDITED_RULE_MAX_TEXTS)
        problem(`has ${texts} labels and annotations, the limit is ${EDITED_RULE_MAX_TEXTS}`);
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

function longName(what: string, name: string): string {
  return `the name of ${what} "${name.slice(0, 50)}..." has ${name.length} characters, the limit is ${EDITED_NAME_MAX_CHARS}`;
}

/** Where the expression of a rule stands in a file that is known to be a rule file; aliases are at their anchor. */
function exprPlaces(text: string): (group: number, rule: number) => Omit<RuleProblem, 'message'> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, stringKeys: true, uniqueKeys: false });
  return (group, rule) => {
    const rules = document.getIn(['groups', group, 'rules']);
    const at = isSeq(rules) ? rules.items[rule] : undefined;
    const expr = isMap(at) ? at.get('expr', true) : undefined;
    const node = isNode(expr) ? expr : isNode(at) ? at : undefined;
    const { line, col } = lines.linePos(node?.range?.[0] ?? 0);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
}
