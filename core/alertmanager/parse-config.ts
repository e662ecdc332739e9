import { err, ok, type Result } from '../result.ts';
import type { RuleFileError } from '../rules/rule-file.ts';
import { YamlFields } from '../rules/yaml-fields.ts';
import { type ConfigOptions, ConfigSection, fileErrors } from './config-section.ts';
import type { AlertmanagerConfig, InhibitRule } from './config-types.ts';
import { readGlobal } from './parse-global.ts';
import { readMatcherFields } from './parse-matchers-field.ts';
import { readReceivers } from './parse-receivers.ts';
import { readRootRoute } from './parse-route.ts';
import { readTimeIntervals } from './parse-time-intervals.ts';

const FILE_MAX_CHARS = 1 << 20; // ten thousand receivers of a hundred characters

const FIELDS = [
  ...['global', 'route', 'inhibit_rules', 'receivers', 'templates'],
  ...['mute_time_intervals', 'time_intervals'],
];

const REFUSED = {
  tracing: 'there is no server to trace',
  event_recorder: 'every delivery is recorded anyway',
};

/**
 * Reads an Alertmanager configuration as strictly as Alertmanager does, and gives all errors at
 * once. What Alertmanager knows and Hypervigil does not support is refused by its name. `${NAME}`
 * in a value stands for a variable (`$${` for `${` itself). `fileName` is only for the messages.
 * Source: alertmanager/config.
 */
export function parseAlertmanagerConfig(
  yamlText: string,
  fileName: string,
  options: ConfigOptions,
): Result<AlertmanagerConfig, RuleFileError[]> {
  const at = { file: fileName, line: 1, column: 1 };
  if (yamlText.length > FILE_MAX_CHARS) {
    const message = `has ${yamlText.length} characters, the limit is ${FILE_MAX_CHARS}`;
    return err([{ ...at, message }]);
  }
  const yaml = new YamlFields(yamlText, options.variables);
  if (yaml.root === undefined && yaml.problems.length === 0)
    return err([{ ...at, message: 'no route provided in config' }]);
  const config = readConfig(yaml, yamlText, options);
  if (config !== undefined && yaml.problems.length === 0) return ok(config);
  return err(fileErrors(yaml, fileName));
}

function readConfig(
  yaml: YamlFields,
  original: string,
  { readFile }: ConfigOptions,
): AlertmanagerConfig | undefined {
  if (yaml.root === undefined) return undefined;
  const reader = { yaml, readFile };
  const root = ConfigSection.open(reader, yaml.root, 'the file', FIELDS, REFUSED);
  if (root === undefined) return undefined;
  const receivers = readReceivers(root, readGlobal(root));
  const timeIntervals = readTimeIntervals(root);
  const route = readRootRoute(root, { receivers, timeIntervals });
  const inhibitRules = readInhibitRules(root);
  const templates = readTemplates(root);
  return route && { original, route, receivers, inhibitRules, timeIntervals, templates };
}

const INHIBIT_FIELDS = [
  ...['name', 'equal', 'source_matchers', 'source_match', 'source_match_re'],
  ...['target_matchers', 'target_match', 'target_match_re'],
];

function readInhibitRules(root: ConfigSection): InhibitRule[] {
  return root.list('inhibit_rules').flatMap((node, i) => {
    const section = ConfigSection.open(root.reader, node, `inhibit_rules[${i}]`, INHIBIT_FIELDS);
    if (section === undefined) return [];
    section.text('name');
    const equal = section.textList('equal');
    for (const name of equal) {
      if (name === '' || !name.isWellFormed())
        section.problem('equal', `invalid label name "${name}" in equal list`);
    }
    const [sourceMatchers, targetMatchers] = ['source', 'target'].map((side) =>
      readMatcherFields(section, {
        matchers: `${side}_matchers`,
        match: `${side}_match`,
        matchRe: `${side}_match_re`,
      }),
    );
    return [{ sourceMatchers: sourceMatchers ?? [], targetMatchers: targetMatchers ?? [], equal }];
  });
}

function readTemplates(root: ConfigSection): string[] {
  return root.textList('templates').flatMap((name) => {
    if (/[*?[\]]/.test(name)) {
      root.problem('templates', `"${name}": patterns are not supported; name each file`);
      return [];
    }
    const text = root.reader.readFile(name);
    if (text !== undefined) return [text];
    root.problem('templates', `there is no file "${name}"`);
    return [];
  });
}
