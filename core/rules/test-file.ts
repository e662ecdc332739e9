import type { Node } from 'yaml';
import {
  type NotatedSeries,
  parseSeriesLabels,
  parseSeriesNotation,
} from '../promql/series-notation.ts';
import { err, ok, type Result } from '../result.ts';
import { type Labels, labelsFrom } from '../series/labels.ts';
import { daysSince1970 } from '../time.ts';
import type { RuleFileError } from './rule-file.ts';
import { YamlFields, type YamlMap } from './yaml-fields.ts';

/** A file of rule unit tests in promtool's format. */
export interface RuleTestFile {
  /** Paths, with globs, relative to the test file. */
  readonly ruleFiles: readonly string[];
  readonly evaluationIntervalMs: number;
  /** Groups named here are evaluated after those that are not, in this order. */
  readonly groupEvalOrder: readonly string[];
  /** Take a value for right when it is the expected float64 or one of its two neighbours. */
  readonly fuzzyCompare: boolean;
  readonly tests: readonly RuleTest[];
}

export interface RuleTest {
  readonly name: string;
  /** Time between the points of the input series. */
  readonly intervalMs: number;
  readonly startMs: number;
  readonly input: readonly NotatedSeries[];
  readonly externalLabels: Labels;
  readonly externalUrl: string;
  readonly alertCases: readonly AlertCase[];
  readonly exprCases: readonly ExprCase[];
}

/** Exactly these alerts of this name fire at this time. */
export interface AlertCase {
  /** Since the test's start. */
  readonly atMs: number;
  readonly alertName: string;
  readonly expected: readonly ExpectedAlert[];
}

export interface ExpectedAlert {
  /** `alertname` included. */
  readonly labels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
}

/** The expression gives exactly these samples at this time. */
export interface ExprCase {
  readonly atMs: number;
  readonly expr: string;
  readonly expected: readonly { readonly labels: Labels; readonly value: number }[];
}

const DEFAULT_INTERVAL_MS = 60_000;

const FILE_FIELDS = [
  'rule_files',
  'evaluation_interval',
  'group_eval_order',
  'tests',
  'fuzzy_compare',
];
const TEST_FIELDS = [
  'interval',
  'input_series',
  'alert_rule_test',
  'promql_expr_test',
  'external_labels',
  'external_url',
  'name',
  'start_timestamp',
];

/**
 * Reads a test file as strictly as promtool does; all errors at once.
 * Source: prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules.
 */
export function parseRuleTestFile(
  yamlText: string,
  fileName: string,
): Result<RuleTestFile, RuleFileError[]> {
  const yaml = new YamlFields(yamlText);
  const file = readFile(yaml);
  if (yaml.problems.length > 0)
    return err(yaml.problems.map((problem) => ({ file: fileName, ...problem })));
  return ok(file);
}

function readFile(yaml: YamlFields): RuleTestFile {
  const root = yaml.root && yaml.map(yaml.root, 'the file', FILE_FIELDS);
  const field = (name: string) => root?.values.get(name);
  const texts = (name: string) =>
    yaml.list(field(name), `"${name}"`).map((node) => yaml.text(node, `"${name}"`) ?? '');
  const evaluationIntervalMs =
    yaml.durationMs(field('evaluation_interval'), '"evaluation_interval"') || DEFAULT_INTERVAL_MS;
  const groupEvalOrder = texts('group_eval_order');
  const repeated = groupEvalOrder.find((name, i) => groupEvalOrder.indexOf(name) !== i);
  if (repeated !== undefined) {
    yaml.problem(field('group_eval_order'), `group name repeated in evaluation order: ${repeated}`);
  }
  const tests = yaml
    .list(field('tests'), '"tests"')
    .map((node, i) => readTest(yaml, node, `unnamed#${i}`, evaluationIntervalMs))
    .filter((test) => test !== undefined);
  return {
    ruleFiles: texts('rule_files'),
    evaluationIntervalMs,
    groupEvalOrder,
    fuzzyCompare: yaml.boolean(field('fuzzy_compare'), '"fuzzy_compare"') ?? false,
    tests,
  };
}

function readTest(
  yaml: YamlFields,
  node: Node,
  defaultName: string,
  defaultIntervalMs: number,
): RuleTest | undefined {
  const fields = yaml.map(node, 'a test', TEST_FIELDS);
  if (fields === undefined) return undefined;
  const field = (name: string) => fields.values.get(name);
  const items = <T>(name: string, read: (item: Node) => T | undefined): T[] =>
    yaml
      .list(field(name), `"${name}"`)
      .map(read)
      .filter((item) => item !== undefined);
  const externalLabels = yaml
    .texts(field('external_labels'), '"external_labels"')
    .map(([name, value]) => [name, value]);
  return {
    name: yaml.text(field('name'), '"name"') || defaultName,
    intervalMs: yaml.durationMs(field('interval'), '"interval"') || defaultIntervalMs,
    startMs: readStart(yaml, field('start_timestamp')),
    input: items('input_series', (item) => readInput(yaml, item)),
    externalLabels: labelsFrom(Object.fromEntries(externalLabels)),
    externalUrl: yaml.text(field('external_url'), '"external_url"') ?? '',
    alertCases: items('alert_rule_test', (item) => readAlertCase(yaml, item)),
    exprCases: items('promql_expr_test', (item) => readExprCase(yaml, item)),
  };
}

function readInput(yaml: YamlFields, node: Node): NotatedSeries | undefined {
  const fields = yaml.map(node, 'an input series', ['series', 'values']);
  if (fields === undefined) return undefined;
  const name = yaml.text(fields.values.get('series'), '"series"') ?? '';
  const values = yaml.text(fields.values.get('values'), '"values"') ?? '';
  const series = parseSeriesNotation(`${name} ${values}`);
  return series.ok ? series.value : yaml.problem(node, series.error.message);
}

function readAlertCase(yaml: YamlFields, node: Node): AlertCase | undefined {
  const fields = yaml.map(node, 'an alert_rule_test', ['eval_time', 'alertname', 'exp_alerts']);
  if (fields === undefined) return undefined;
  const alertName = yaml.text(fields.values.get('alertname'), '"alertname"') ?? '';
  if (alertName === '')
    yaml.problem(node, 'an item under alert_rule_test misses required attribute alertname');
  const expected = yaml
    .list(fields.values.get('exp_alerts'), '"exp_alerts"')
    .map((item) => readExpectedAlert(yaml, item, alertName))
    .filter((alert) => alert !== undefined);
  return { atMs: readEvalTime(yaml, fields), alertName, expected };
}

function readExpectedAlert(
  yaml: YamlFields,
  node: Node,
  alertname: string,
): ExpectedAlert | undefined {
  const fields = yaml.map(node, 'an expected alert', ['exp_labels', 'exp_annotations']);
  if (fields === undefined) return undefined;
  const texts = (name: string) =>
    Object.fromEntries(
      yaml.texts(fields.values.get(name), `"${name}"`).map(([key, value]) => [key, value]),
    );
  return {
    labels: labelsFrom({ ...texts('exp_labels'), alertname }),
    annotations: texts('exp_annotations'),
  };
}

function readExprCase(yaml: YamlFields, node: Node): ExprCase | undefined {
  const fields = yaml.map(node, 'a promql_expr_test', ['expr', 'eval_time', 'exp_samples']);
  if (fields === undefined) return undefined;
  const expr = yaml.text(fields.values.get('expr'), '"expr"') ?? '';
  const expected = yaml
    .list(fields.values.get('exp_samples'), '"exp_samples"')
    .map((item) => readExpectedSample(yaml, item))
    .filter((sample) => sample !== undefined);
  return { atMs: readEvalTime(yaml, fields), expr, expected };
}

function readExpectedSample(
  yaml: YamlFields,
  node: Node,
): { labels: Labels; value: number } | undefined {
  const fields = yaml.map(node, 'an expected sample', ['labels', 'value', 'histogram']);
  if (fields === undefined) return undefined;
  if (fields.values.has('histogram'))
    return yaml.problem(fields.values.get('histogram'), 'native histograms are not supported');
  const text = yaml.text(fields.values.get('labels'), '"labels"') ?? '';
  const labels = parseSeriesLabels(text);
  if (!labels.ok) return yaml.problem(node, `labels "${text}": ${labels.error.message}`);
  return { labels: labels.value, value: readNumber(yaml, fields.values.get('value')) };
}

function readEvalTime(yaml: YamlFields, fields: YamlMap): number {
  return yaml.durationMs(fields.values.get('eval_time'), '"eval_time"') ?? 0;
}

const YAML_SPECIAL: Readonly<Record<string, number>> = {
  '.nan': Number.NaN,
  '.inf': Number.POSITIVE_INFINITY,
  '+.inf': Number.POSITIVE_INFINITY,
  '-.inf': Number.NEGATIVE_INFINITY,
};

function readNumber(yaml: YamlFields, node: Node | undefined): number {
  const text = yaml.text(node, '"value"') ?? '0';
  const special = YAML_SPECIAL[text.toLowerCase()];
  if (special !== undefined) return special;
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isFinite(value)) yaml.problem(node, `"value" must be a number, not "${text}"`);
  return value;
}

const RFC3339 =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d(?:\.\d+)?)(?:[Zz]|([+-])(\d\d):(\d\d))$/;

/** Seconds since 1970, or a date and time by RFC 3339; in ms. */
function readStart(yaml: YamlFields, node: Node | undefined): number {
  const text = yaml.text(node, '"start_timestamp"') ?? '0';
  const parts = RFC3339.exec(text);
  if (parts === null) {
    const seconds = Number(text);
    if (!Number.isFinite(seconds))
      yaml.problem(node, `cannot parse "${text}" to a valid timestamp`);
    return Math.round(seconds * 1000);
  }
  const part = (i: number) => Number(parts[i] ?? 0);
  const zoneMinutes = (part(8) * 60 + part(9)) * (parts[7] === '-' ? -1 : 1);
  const minutes =
    daysSince1970({ year: part(1), month: part(2), day: part(3) }) * 1440 + part(4) * 60 + part(5);
  return (minutes - zoneMinutes) * 60_000 + Math.round(part(6) * 1000);
}
