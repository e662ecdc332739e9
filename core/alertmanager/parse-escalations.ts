import type { Node } from 'yaml';
import { err, ok, type Result } from '../result.ts';
import type { RuleFileError } from '../rules/rule-file.ts';
import { YamlFields } from '../rules/yaml-fields.ts';
import { ConfigSection, fileErrors } from './config-section.ts';
import type { AlertmanagerConfig } from './config-types.ts';
import type { Escalation } from './escalation.ts';
import { readMatcherList } from './parse-matchers-field.ts';

const ESCALATIONS_MAX = 1000; // each alert is held against each

type Receivers = AlertmanagerConfig['receivers'];

/**
 * Reads `escalations`, a list of `{matchers, from, to, after}`; without matchers one is for every
 * alert. Receivers are the configuration's. Chains are allowed, circles are not. An empty file has
 * none. All errors are given at once; `fileName` is only for the messages.
 */
export function parseEscalations(
  yamlText: string,
  fileName: string,
  { receivers }: Pick<AlertmanagerConfig, 'receivers'>,
): Result<Escalation[], RuleFileError[]> {
  const yaml = new YamlFields(yamlText);
  const reader = { yaml, readFile: () => undefined };
  const root = yaml.root && ConfigSection.open(reader, yaml.root, 'the file', ['escalations']);
  const nodes = root?.list('escalations') ?? [];
  if (nodes.length > ESCALATIONS_MAX)
    root?.problem('escalations', `there are more than ${ESCALATIONS_MAX} escalations`);
  const escalations: Escalation[] = [];
  for (const [i, node] of nodes.slice(0, ESCALATIONS_MAX).entries()) {
    const fields = ['matchers', 'from', 'to', 'after'];
    const section = ConfigSection.open(reader, node, `escalations[${i}]`, fields);
    const escalation = section && readEscalation(section, receivers);
    if (escalation === undefined) continue;
    noteCircle(yaml, node, escalation, escalations);
    escalations.push(escalation);
  }
  if (yaml.problems.length === 0) return ok(escalations);
  return err(fileErrors(yaml, fileName));
}

function readEscalation(section: ConfigSection, receivers: Receivers): Escalation | undefined {
  const matchers = readMatcherList(section, 'matchers');
  const from = readReceiver(section, 'from', receivers);
  const to = readReceiver(section, 'to', receivers);
  const afterMs = section.durationMs('after');
  if (!section.has('after')) section.problem(undefined, 'missing "after", such as 15m');
  if (afterMs === 0) section.problem('after', '"after" cannot be zero');
  if (from === undefined || to === undefined || afterMs === undefined) return undefined;
  if (receivers.get(to)?.integrations.length === 0)
    section.problem('to', `receiver "${to}" has no integrations: nobody would be told`);
  return { matchers, from, to, afterMs };
}

function readReceiver(
  section: ConfigSection,
  field: 'from' | 'to',
  receivers: Receivers,
): string | undefined {
  const name = section.text(field) ?? '';
  if (name === '') return section.problem(field, `missing receiver "${field}"`);
  if (receivers.has(name)) return name;
  return section.problem(field, `undefined receiver "${name}" in "${field}"`);
}

/** Whatever the matchers: a person who is told again by way of others is told in circles. */
function noteCircle(
  yaml: YamlFields,
  node: Node,
  added: Escalation,
  earlier: readonly Escalation[],
): void {
  const reached = new Set([added.to]);
  for (const name of reached) {
    for (const { from, to } of earlier) if (from === name) reached.add(to);
  }
  if (reached.has(added.from))
    yaml.problem(node, `escalation from "${added.from}" to "${added.to}" closes a circle`);
}
