import type { Matcher } from '../../../core/promql/source.ts';
import { LEGACY_LABEL_NAME, METRIC_NAME } from '../../../core/series/labels.ts';

/** A selector as PromQL has it. */
export function selectorText(matchers: readonly Condition[]): string {
  const parts = matchers.map(({ name, op, value }) => {
    const label = LEGACY_LABEL_NAME.test(name) ? name : JSON.stringify(name);
    return `${label}${op}${JSON.stringify(value)}`;
  });
  return `{${parts.join(',')}}`;
}

/** A condition, but for what decides it. */
export type Condition = Pick<Matcher, 'name' | 'op' | 'value'>;

/** One of these names, or none of them. */
export function nameCondition(op: '=~' | '!~', names: readonly string[]): Condition {
  const patterns = names.map((name) => name.replace(/[.*+?^${}()[\]\\|]/g, '\\$&'));
  return { name: METRIC_NAME, op, value: patterns.join('|') };
}
