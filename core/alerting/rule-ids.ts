import type { RuleGroup } from '../rules/rule-file.ts';

/**
 * Each rule's id among all rules: file, group, name, and which of that name it is. So an edit that
 * adds or moves other rules does not make it forget its alerts.
 */
export function ruleIds(group: RuleGroup): string[] {
  const seen = new Map<string, number>();
  return group.rules.map(({ name }) => {
    const nth = seen.get(name) ?? 0;
    seen.set(name, nth + 1);
    return [groupId(group), name, nth].join(';');
  });
}

/** A group's id among all groups. */
export function groupId({ file, name }: RuleGroup): string {
  return `${file};${name}`;
}
