import type { AlertmanagerConfig } from '../../core/alertmanager/config-types.ts';
import { parseAlertmanagerConfig } from '../../core/alertmanager/parse-config.ts';
import { formatRuleFileError } from '../../core/rules/rule-file.ts';

interface Given {
  readonly variables?: Readonly<Record<string, string>>;
  /** Texts by name. */
  readonly files?: Readonly<Record<string, string>>;
}

export function parse(yaml: string, { variables = {}, files = {} }: Given = {}) {
  return parseAlertmanagerConfig(yaml, 'am.yaml', { variables, readFile: (name) => files[name] });
}

/** The configuration; throws with its errors if there are any. */
export function parsed(yaml: string, given: Given = {}): AlertmanagerConfig {
  const config = parse(yaml, given);
  if (!config.ok) throw new Error(config.error.map(formatRuleFileError).join('\n'));
  return config.value;
}

/** `am.yaml:3: what is wrong`, in the order of the file. */
export function errorsOf(yaml: string, given: Given = {}): string[] {
  const config = parse(yaml, given);
  return config.ok ? [] : config.error.map(formatRuleFileError);
}
