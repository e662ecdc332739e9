import type { AlertmanagerConfig } from '../../core/alertmanager/config-types.ts';
import { parseAlertmanagerConfig } from '../../core/alertmanager/parse-config.ts';
import { formatRuleFileError } from '../../core/rules/rule-file.ts';

export interface Given {
  /** What `global` has, for a receiver by itself. */
  readonly global?: string;
  readonly variables?: Readonly<Record<string, string>>;
  /** Texts by name. */
  readonly files?: Readonly<Record<string, string>>;
}

function parse(yaml: string, { variables = {}, files = {} }: Given = {}) {
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

/** What `http_config` means where there is none. */
export const HTTP = { followRedirects: true, headers: {} };

function fileOf(receiver: string, { global = '{}' }: Given): string {
  return `global: ${global}\nroute: { receiver: ops }\nreceivers:\n  - { name: ops, ${receiver} }\n`;
}

/** The integrations of a receiver with these fields. */
export function integrationsOf(receiver: string, given: Given = {}) {
  return parsed(fileOf(receiver, given), given).receivers.get('ops')?.integrations;
}

/** What is wrong with a receiver of these fields; without place and name where those are its own. */
export function problemsOf(receiver: string, given: Given = {}): string[] {
  return errorsOf(fileOf(receiver, given), given).map((error) =>
    error.replace(/^am.yaml:4: receiver "ops",? ?/, ''),
  );
}
