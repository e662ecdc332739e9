import type { Node } from 'yaml';
import type { LabelTemplate } from '../alerting/alert-state.ts';
import type { Expr } from '../promql/ast.ts';
import { parsePromql } from '../promql/parse.ts';
import { err, ok, type Result } from '../result.ts';
import { METRIC_NAME } from '../series/labels.ts';
import { parseTemplate } from './template.ts';
import { YamlFields, type YamlMap } from './yaml-fields.ts';

/** Rules that are evaluated one after the other, at one time, in this order. */
export interface RuleGroup {
  /** Unique within its file. */
  readonly name: string;
  /** The file it came from, as named by the caller. */
  readonly file: string;
  /** Absent: the evaluator's own interval. */
  readonly intervalMs?: number;
  /** The most alerts or series one rule may give; 0: any number. */
  readonly limit: number;
  /** Queries look at the time so long ago. Absent: now. */
  readonly queryOffsetMs?: number;
  /** Somebody edited the file where it runs: its rules are given a limited time. */
  readonly isEdited?: boolean;
  readonly rules: readonly Rule[];
}

export type Rule = AlertingRule | RecordingRule;

interface RuleExpr {
  readonly name: string;
  readonly exprText: string;
  readonly expr: Expr;
}

export interface AlertingRule extends RuleExpr {
  readonly kind: 'alert';
  /** How long the expression must give a value before the alert fires. */
  readonly forMs: number;
  /** How long the alert stays firing after the expression gave its last value. */
  readonly keepFiringForMs: number;
  /** The group's labels included. */
  readonly labels: readonly LabelTemplate[];
  readonly annotations: readonly LabelTemplate[];
}

export interface RecordingRule extends RuleExpr {
  readonly kind: 'record';
  /** Set on every series it makes; the group's labels included. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface RuleFileError {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** A sentence that names group and rule where the error lies in one. */
  readonly message: string;
}

/** `host.rules.yaml:12: group "host", rule 3 "HostDown": unknown field "fo"`. */
export function formatRuleFileError({ file, line, message }: RuleFileError): string {
  return `${file}:${line}: ${message}`;
}

const FILE_MAX_CHARS = 1 << 20; // a thousand rules of a kilobyte

const GROUP_FIELDS = ['name', 'interval', 'query_offset', 'limit', 'rules', 'labels'];
const RULE_FIELDS = [
  'record',
  'alert',
  'expr',
  'for',
  'keep_firing_for',
  'labels',
  'annotations',
] as const;

/**
 * Reads a Prometheus rule file as strictly as Prometheus does, and gives all errors at once.
 * `fileName` is only for the messages. An empty file has no groups.
 * Source: prometheus/model/rulefmt/rulefmt.go.
 */
export function parseRuleFile(
  yamlText: string,
  fileName: string,
): Result<RuleGroup[], RuleFileError[]> {
  if (yamlText.length > FILE_MAX_CHARS) {
    const message = `has ${yamlText.length} characters, the limit is ${FILE_MAX_CHARS}`;
    return err([{ file: fileName, line: 1, column: 1, message }]);
  }
  const yaml = new YamlFields(yamlText);
  const groups = readGroups(yaml, fileName);
  if (yaml.problems.length > 0)
    return err(yaml.problems.map((problem) => ({ file: fileName, ...problem })));
  return ok(groups);
}

function readGroups(yaml: YamlFields, file: string): RuleGroup[] {
  if (yaml.root === undefined) return [];
  const root = yaml.map(yaml.root, 'the file', ['groups']);
  const groups: RuleGroup[] = [];
  for (const node of yaml.list(root?.values.get('groups'), '"groups"')) {
    const group = readGroup(yaml, node, file);
    if (group === undefined) continue;
    if (groups.some(({ name }) => name === group.name))
      yaml.problem(node, `groupname: "${group.name}" is repeated in the same file`);
    groups.push(group);
  }
  return groups;
}

function readGroup(yaml: YamlFields, node: Node, file: string): RuleGroup | undefined {
  const fields = yaml.map(node, 'a group', GROUP_FIELDS);
  if (fields === undefined) return undefined;
  const { values } = fields;
  const name = yaml.text(values.get('name'), '"name"') ?? '';
  if (name === '') yaml.problem(node, 'Groupname must not be empty');
  const about = (message: string) => `group "${name}": ${message}`;
  const labels = yaml.texts(values.get('labels'), about('"labels"'));
  const labelChars = labels.reduce((sum, [label, text]) => sum + label.length + text.length, 0);
  for (const [label, , at] of labels) checkLabelName(yaml, label, at, about);
  const intervalMs = yaml.durationMs(values.get('interval'), about('"interval"'));
  const queryOffsetMs = yaml.durationMs(values.get('query_offset'), about('"query_offset"'));
  const rules: Rule[] = [];
  yaml.list(values.get('rules'), about('"rules"')).forEach((ruleNode, i) => {
    if (!yaml.spend(labelChars)) return;
    const rule = readRule(yaml, ruleNode, `group "${name}", rule ${i + 1}`, labels);
    if (rule !== undefined) rules.push(rule);
  });
  return {
    name,
    file,
    limit: yaml.whole(values.get('limit'), about('"limit"')) ?? 0,
    ...(intervalMs === undefined || intervalMs === 0 ? {} : { intervalMs }),
    ...(queryOffsetMs === undefined ? {} : { queryOffsetMs }),
    rules,
  };
}

type LabelEntry = readonly [name: string, value: string, node: Node];

/** One rule being read: its fields, and how its messages begin. */
interface RuleReader {
  readonly yaml: YamlFields;
  readonly fields: YamlMap;
  readonly about: (message: string) => string;
}

function readRule(
  yaml: YamlFields,
  node: Node,
  where: string,
  groupLabels: readonly LabelEntry[],
): Rule | undefined {
  const place = `${where} "${yaml.peek(node, 'alert') || yaml.peek(node, 'record')}"`;
  const about = (message: string) => `${place}: ${message}`;
  const fields = yaml.map(node, place, RULE_FIELDS);
  if (fields === undefined) return undefined;
  const alert = yaml.text(fields.values.get('alert'), about('"alert"')) ?? '';
  const record = yaml.text(fields.values.get('record'), about('"record"')) ?? '';
  const reader: RuleReader = { yaml, fields, about };
  if (alert !== '' && record !== '')
    yaml.problem(node, about("only one of 'record' and 'alert' must be set"));
  if (alert === '' && record === '')
    yaml.problem(node, about("one of 'record' or 'alert' must be set"));
  const ruleExpr = readExpr(reader);
  const labels = new Map(groupLabels.map((entry) => [entry[0], entry]));
  for (const entry of yaml.texts(fields.values.get('labels'), about('"labels"'))) {
    checkLabelName(yaml, entry[0], entry[2], about);
    labels.set(entry[0], entry);
  }
  const forMs = yaml.durationMs(fields.values.get('for'), about('"for"')) ?? 0;
  const keepFiringForMs =
    yaml.durationMs(fields.values.get('keep_firing_for'), about('"keep_firing_for"')) ?? 0;
  const annotations = yaml.texts(fields.values.get('annotations'), about('"annotations"'));
  if (record !== '') {
    const isSet = { for: forMs, keep_firing_for: keepFiringForMs, annotations: annotations.length };
    checkRecording(reader, record, isSet);
    const texts = Object.fromEntries([...labels.values()].map(([name, value]) => [name, value]));
    return ruleExpr && { kind: 'record', name: record, ...ruleExpr, labels: texts };
  }
  const templates = {
    labels: readTemplates(reader, 'label', [...labels.values()]),
    annotations: readTemplates(reader, 'annotation', annotations),
  };
  return (
    ruleExpr && { kind: 'alert', name: alert, ...ruleExpr, forMs, keepFiringForMs, ...templates }
  );
}

function readExpr({ yaml, fields, about }: RuleReader): Omit<RuleExpr, 'name'> | undefined {
  const node = fields.values.get('expr');
  const exprText = yaml.text(node, about('"expr"')) ?? '';
  if (exprText === '')
    return yaml.problem(node ?? fields.node, about("field 'expr' must be set in rule"));
  const expr = parsePromql(exprText);
  if (!expr.ok)
    return yaml.problem(node, about(`could not parse expression: ${expr.error.message}`));
  return { exprText, expr: expr.value };
}

/** `used` counts what a recording rule must not have; 0 is as good as absent. */
function checkRecording(
  { yaml, fields, about }: RuleReader,
  record: string,
  used: Readonly<Record<string, number>>,
): void {
  for (const [field, amount] of Object.entries(used)) {
    if (amount !== 0)
      yaml.problem(fields.values.get(field), about(`invalid field '${field}' in recording rule`));
  }
  if (/[{}]/.test(record)) {
    yaml.problem(
      fields.values.get('record'),
      about(`braces present in the recording rule name; should it be in expr?: ${record}`),
    );
  }
}

function checkLabelName(
  yaml: YamlFields,
  name: string,
  node: Node,
  about: (message: string) => string,
): void {
  if (name === '' || name === METRIC_NAME) yaml.problem(node, about(`invalid label name: ${name}`));
}

function readTemplates(
  { yaml, about }: RuleReader,
  what: 'label' | 'annotation',
  entries: readonly LabelEntry[],
): LabelTemplate[] {
  const templates: LabelTemplate[] = [];
  for (const [name, text, node] of entries) {
    if (what === 'annotation' && name === '') yaml.problem(node, about('empty annotation name'));
    const template = parseTemplate(text);
    if (template.ok) templates.push({ name, template: template.value });
    else {
      const { line, message } = template.error;
      yaml.problem(node, about(`${what} "${name}": template, line ${line}: ${message}`));
    }
  }
  return templates;
}
