import type { RuleFileList } from '../../../core/answers/rules.ts';
import { ask } from '../../api/client.ts';
import { type Polled, refreshPolled, usePolled } from '../../api/poll.ts';
import { type ApiGroup, type FileView, fileViews } from './rule-views.ts';

/** Rules are evaluated once a minute. Each look reads the evaluator's state: some ten read units of a large fleet. */
const EVERY_MS = 30_000;

interface RulesAnswer {
  readonly groups: readonly ApiGroup[];
}

/** All rules with what the last tick made of them. */
function useRules(): Polled<RulesAnswer> {
  return usePolled(
    'rules/evaluated',
    (signal) => ask<RulesAnswer>('api/v1/rules', { signal }),
    EVERY_MS,
  );
}

/** All rule files, and where they come from: one read unit. */
function useRuleFiles(): Polled<RuleFileList> {
  return usePolled(
    'rules/files',
    (signal) => ask<RuleFileList>('api/v1/rules/files', { signal }),
    EVERY_MS,
  );
}

/** Both together; `undefined`: the rules are not known yet. */
export function useFileViews(): {
  readonly files: readonly FileView[] | undefined;
  readonly rules: Polled<RulesAnswer>;
  readonly list: Polled<RuleFileList>;
} {
  const rules = useRules();
  const list = useRuleFiles();
  const files =
    rules.data === undefined ? undefined : fileViews(rules.data.groups, list.data?.files);
  return { files, rules, list };
}

export function filePath(name: string, more = ''): string {
  return `api/v1/rules/files/${encodeURIComponent(name)}${more}`;
}

/** Asks again for all that a change of a file may have changed. */
export function refreshRules(): void {
  refreshPolled('rules/');
}
