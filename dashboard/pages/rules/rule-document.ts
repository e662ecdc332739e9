import {
  Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';

/**
 * Changes one rule in the text of a rule file and leaves every other character as it is: comments, order, quotes and
 * line breaks of other rules are their writers'.
 */

/** Where a rule stands: which group of the file, and which rule of it, from 0. */
export interface RuleIndex {
  readonly group: number;
  readonly rule: number;
}

export interface ListedRule extends RuleIndex {
  readonly groupName: string;
  readonly kind: 'alert' | 'record';
  readonly name: string;
  /** Which of that name in its group, from 0. */
  readonly nth: number;
  /** From 1. */
  readonly line: number;
}

/** What a form shows of an alerting rule; `''` is absent. */
export interface RuleFields {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly keep_firing_for: string;
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly annotations: readonly (readonly [name: string, value: string])[];
}

export const NEW_RULE: RuleFields = {
  alert: 'NewAlert',
  expr: 'host_cpu_usage_percent > 90',
  for: '5m',
  keep_firing_for: '',
  labels: [['severity', 'warning']],
  annotations: [['summary', 'CPU of {{ $labels.host }} at {{ $value | printf "%.0f" }} %']],
};

/** A file to begin with. */
export function newFileText(group: string): string {
  return `groups:\n  - name: ${scalarText(group)}\n    rules:\n${itemText(NEW_RULE, 6)}`;
}

/** The rules of a text, in order; `undefined`: it can't be read as YAML with groups. */
export function listRules(text: string): readonly ListedRule[] | undefined {
  const groups = groupsOf(parseDocument(text));
  if (groups === undefined) return undefined;
  const rules: ListedRule[] = [];
  groups.items.forEach((group, g) => {
    const seen = new Map<string, number>();
    rulesOf(group)?.items.forEach((rule, r) => {
      if (!isMap(rule)) return;
      const kind = rule.has('record') && !rule.has('alert') ? 'record' : 'alert';
      const name = textOf(rule.get(kind, true));
      const nth = seen.get(name) ?? 0;
      seen.set(name, nth + 1);
      const groupName = isMap(group) ? textOf(group.get('name', true)) : '';
      const line = text.slice(0, rule.range?.[0] ?? 0).split('\n').length;
      rules.push({ group: g, rule: r, groupName, kind, name, nth, line });
    });
  });
  return rules;
}

/** What a form shows of a rule; `undefined`: there is none, it records, or it is written in a way no form can show. */
export function readRule(text: string, index: RuleIndex): RuleFields | undefined {
  const rule = ruleNode(parseDocument(text), index);
  if (rule === undefined || rule.has('record') || rule.has('<<')) return undefined;
  const all = [...rule.items, ...['labels', 'annotations'].flatMap((name) => itemsOf(rule, name))];
  if (all.some(({ value }) => isAlias(value))) return undefined;
  const entries = (name: string) =>
    itemsOf(rule, name).map(({ key, value }) => [textOf(key), textOf(value)] as const);
  return {
    alert: textOf(rule.get('alert', true)),
    expr: textOf(rule.get('expr', true)),
    for: textOf(rule.get('for', true)),
    keep_firing_for: textOf(rule.get('keep_firing_for', true)),
    labels: entries('labels'),
    annotations: entries('annotations'),
  };
}

const TEXT_FIELDS = ['alert', 'expr', 'for', 'keep_firing_for'] as const;
const MAP_FIELDS = ['labels', 'annotations'] as const;

/** The text with a rule as a form has it. What did not change is not touched. */
export function writeRule(text: string, index: RuleIndex, fields: RuleFields): string {
  const before = readRule(text, index);
  if (before === undefined) return text;
  let next = text;
  for (const name of TEXT_FIELDS) {
    if (before[name] === fields[name]) continue;
    const isNeeded = name === 'alert' || name === 'expr';
    next = setValue(
      next,
      index,
      [name],
      fields[name] === '' && !isNeeded ? undefined : fields[name],
    );
  }
  for (const name of MAP_FIELDS) next = writeEntries(next, index, name, before[name], fields[name]);
  return next;
}

type Entries = RuleFields['labels'];

function writeEntries(
  text: string,
  index: RuleIndex,
  name: 'labels' | 'annotations',
  before: Entries,
  after: Entries,
): string {
  if (JSON.stringify(before) === JSON.stringify(after)) return text;
  const known = after.filter(([key], i) => after.findIndex(([other]) => other === key) === i);
  if (known.length === 0) return setValue(text, index, [name], undefined);
  if (before.length === 0)
    return setValue(
      text,
      index,
      [name],
      Object.fromEntries(known.map(([key, value]) => [key, value])),
    );
  let next = text;
  // A name that was changed in its place keeps its place.
  const renamed =
    before.length === known.length
      ? before.flatMap(([key], i) => (known[i]?.[0] === key ? [] : [i]))
      : [];
  for (const i of renamed) {
    const [to = ''] = known[i] ?? [];
    if (known.some(([key]) => key === before[i]?.[0]) || before.some(([key]) => key === to))
      continue;
    next = setKey(next, index, [name, before[i]?.[0] ?? ''], to);
  }
  const now = new Map(readRule(next, index)?.[name] ?? []);
  for (const [key, value] of known)
    if (now.get(key) !== value) next = setValue(next, index, [name, key], value);
  for (const key of now.keys())
    if (!known.some(([one]) => one === key)) next = setValue(next, index, [name, key], undefined);
  return next;
}

/** The text with one more rule at the end of a group. */
export function addRule(text: string, group: number, fields: RuleFields): string {
  const document = parseDocument(text);
  const groups = groupsOf(document);
  const at = groups?.items[group];
  const rules = rulesOf(at);
  const last = rules?.items.at(-1);
  if (rules === undefined || rules.flow === true || !isMap(last) || last.range == null) {
    document.addIn(['groups', group, 'rules'], document.createNode(plainRule(fields)));
    return String(document);
  }
  const first = rules.items.find(isMap);
  const lineStart = text.lastIndexOf('\n', (first?.range?.[0] ?? 1) - 1) + 1;
  const indent = text.indexOf('-', lineStart) - lineStart;
  const end = lineEnd(text, last.range[1]);
  const gap = /\n[ \t]*\n/.test(text.slice(rules.range?.[0] ?? 0, last.range[0])) ? '\n' : '';
  return `${text.slice(0, end)}${gap}${itemText(fields, indent)}${text.slice(end)}`;
}

/** The text without a rule, and without the comment right above it. */
export function removeRule(text: string, { group, rule }: RuleIndex): string {
  const document = parseDocument(text);
  const rules = rulesOf(groupsOf(document)?.items[group]);
  const node = rules?.items[rule];
  if (rules === undefined || !isMap(node) || node.range == null) return text;
  if (rules.flow === true || rules.items.length === 1) {
    document.deleteIn(['groups', group, 'rules', rule]);
    return String(document);
  }
  let start = text.lastIndexOf('\n', node.range[0] - 1) + 1;
  while (start > 0) {
    const above = text.lastIndexOf('\n', start - 2) + 1;
    if (!/^\s*#/.test(text.slice(above, start))) break;
    start = above;
  }
  return text.slice(0, start) + text.slice(lineEnd(text, node.range[1]));
}

/** Sets, changes or (`undefined`) removes one value within a rule, by its keys. */
function setValue(
  text: string,
  index: RuleIndex,
  path: readonly string[],
  value: string | Readonly<Record<string, string>> | undefined,
): string {
  const document = parseDocument(text);
  const rule = ruleNode(document, index);
  const [key = ''] = path.slice(-1);
  const map = path.length === 1 ? rule : rule?.get(path[0], true);
  if (rule === undefined || !isMap(map)) return text;
  const pair = map.items.find((one) => textOf(one.key) === key);
  const hasRange =
    pair === undefined || (nodeOf(pair.value)?.range != null && nodeOf(pair.key)?.range != null);
  if (map.flow === true || !hasRange || map.items.length === 0)
    return inFlow(text, map, (flow) =>
      value === undefined ? flow.delete(key) : flow.set(key, value),
    );
  if (value === undefined) return pair === undefined ? text : withoutPair(text, map, pair);
  if (pair !== undefined && isScalar(pair.value) && typeof value === 'string')
    return withScalar(text, columnOf(text, nodeOf(pair.key)), pair.value, value);
  if (pair !== undefined)
    return setValue(setValue(text, index, path, undefined), index, path, value);
  const indent = columnOf(text, nodeOf(map.items[0]?.key));
  const last = map.items.at(-1);
  const end = lineEnd(text, nodeOf(last?.value)?.range?.[1] ?? nodeOf(last?.key)?.range?.[1] ?? 0);
  return `${text.slice(0, end)}${indented(mapText({ [key]: value }), indent)}${text.slice(end)}`;
}

function setKey(
  text: string,
  index: RuleIndex,
  [field, from]: readonly [string, string],
  to: string,
): string {
  const map = ruleNode(parseDocument(text), index)?.get(field, true);
  const key = isMap(map)
    ? nodeOf(map.items.find((one) => textOf(one.key) === from)?.key)
    : undefined;
  if (key?.range == null) return text;
  return text.slice(0, key.range[0]) + scalarText(to) + text.slice(key.range[1]);
}

/** A mapping in braces, or without anything to go by, is written anew; the rest of the file is not. */
function inFlow(text: string, map: YAMLMap, change: (map: YAMLMap) => void): string {
  const range = map.range;
  if (range == null) return text;
  change(map);
  const written = new Document(map).toString({ lineWidth: 0 }).trimEnd();
  // Further lines of it must stand deeper than what it belongs to.
  const lineStart = text.lastIndexOf('\n', range[0] - 1) + 1;
  const depth = (/^[ -]*/.exec(text.slice(lineStart, range[0]))?.[0].length ?? 0) + 2;
  return text.slice(0, range[0]) + indented(written, depth).slice(depth) + text.slice(range[1]);
}

function withoutPair(text: string, map: YAMLMap, pair: Pair): string {
  const start = nodeOf(pair.key)?.range?.[0] ?? 0;
  const end = lineEnd(text, nodeOf(pair.value)?.range?.[1] ?? start);
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  if (map.items.indexOf(pair) > 0) return text.slice(0, lineStart) + text.slice(end);
  // The first of a rule stands behind its dash, which the next one gets.
  const next = nodeOf(map.items[1]?.key)?.range?.[0];
  return next === undefined ? text : text.slice(0, start) + text.slice(next);
}

function withScalar(text: string, indent: number, node: Scalar, value: string): string {
  const [start, end] = node.range ?? [0, 0];
  const wasBlock = /^[|>]/.test(text.slice(start, end));
  // As the value of some key: a block scalar's lines stand deeper than that.
  const written = indented(mapText({ k: value }), indent).slice(indent + 'k: '.length);
  if (!/^[|>]/.test(written))
    return text.slice(0, start) + written.trimEnd() + (wasBlock ? '\n' : '') + text.slice(end);
  // A block scalar ends its line: a comment behind the old value would be a part of the new one.
  return text.slice(0, start) + written + text.slice(wasBlock ? end : lineEnd(text, end));
}

function itemText(fields: RuleFields, indent: number): string {
  const [first = '', ...rest] = mapText(plainRule(fields)).trimEnd().split('\n');
  return indented(
    [`- ${first}`, ...rest.map((line) => (line === '' ? '' : `  ${line}`)), ''].join('\n'),
    indent,
  );
}

function plainRule(fields: RuleFields): Record<string, string | Record<string, string>> {
  const texts = TEXT_FIELDS.flatMap((name) =>
    fields[name] === '' ? [] : [[name, fields[name]] as const],
  );
  const maps = MAP_FIELDS.flatMap((name) =>
    fields[name].length === 0 ? [] : [[name, Object.fromEntries(fields[name])] as const],
  );
  return Object.fromEntries([...texts, ...maps]);
}

function mapText(map: Readonly<Record<string, unknown>>): string {
  return new Document(map).toString({ lineWidth: 0 });
}

function scalarText(value: string): string {
  return new Document(value).toString({ lineWidth: 0 }).trimEnd();
}

function indented(text: string, indent: number): string {
  return text.replace(/^(?=.)/gm, ' '.repeat(indent));
}

/** Behind the end of the line in which a value ends; of a block scalar that is where it ends itself. */
function lineEnd(text: string, end: number): number {
  if (text[end - 1] === '\n') return end;
  const next = text.indexOf('\n', end);
  return next < 0 ? text.length : next + 1;
}

function columnOf(text: string, node: Node | undefined): number {
  const start = node?.range?.[0] ?? 0;
  return start - (text.lastIndexOf('\n', start - 1) + 1);
}

function nodeOf(value: unknown): Node | undefined {
  return isScalar(value) || isMap(value) || isSeq(value) || isAlias(value) ? value : undefined;
}

function itemsOf(rule: YAMLMap, name: string): readonly Pair[] {
  const map = rule.get(name, true);
  return isMap(map) ? map.items : [];
}

function textOf(node: unknown): string {
  if (!isScalar(node) || node.value === null || node.value === undefined) return '';
  return typeof node.value === 'string' ? node.value : (node.source ?? String(node.value));
}

function groupsOf(document: Document.Parsed): YAMLSeq | undefined {
  if (document.errors.length > 0) return undefined;
  const groups = isMap(document.contents) ? document.contents.get('groups', true) : undefined;
  return isSeq(groups) ? groups : undefined;
}

function rulesOf(group: unknown): YAMLSeq | undefined {
  const rules = isMap(group) ? group.get('rules', true) : undefined;
  return isSeq(rules) ? rules : undefined;
}

function ruleNode(document: Document.Parsed, { group, rule }: RuleIndex): YAMLMap | undefined {
  const node = rulesOf(groupsOf(document)?.items[group])?.items[rule];
  return isMap(node) ? node : undefined;
}
