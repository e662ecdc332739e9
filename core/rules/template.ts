import { err, ok, type Result } from '../result.ts';
import { type Labels, labelPairs } from '../series/labels.ts';
import type { TemplateNode } from './template/ast.ts';
import { BUILTIN_FUNCTIONS } from './template/builtin-functions.ts';
import {
  LocatedFailure,
  type NamedTemplates,
  OutOfTime,
  runTemplate,
} from './template/evaluate.ts';
import type { TemplateSyntaxError } from './template/lex.ts';
import { parseTemplateFile } from './template/parse.ts';
import { type FunctionContext, prometheusFunctions } from './template/prometheus-functions.ts';
import { type GoValue, goMap, goStruct } from './template/value.ts';

/** A label or annotation of a rule: Go template text, parsed once. */
export interface Template {
  readonly text: string;
  readonly nodes: readonly TemplateNode[];
  /** Those it defines for itself. */
  readonly defined: NamedTemplates;
}

/** What one expansion sees. */
export interface TemplateContext extends FunctionContext {
  /** For messages. */
  readonly alertName: string;
  /** Labels of the sample that made the alert, the metric's name included where it has one. */
  readonly labels: Labels;
  readonly value: number;
  readonly externalLabels: Labels;
  /** Is there no time left? Then it throws, for `inTime`. Absent: there is. */
  readonly shouldStop?: () => boolean;
}

/** Prometheus puts these before every text; messages count columns from here. */
const PREAMBLE =
  '{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$externalURL := .ExternalURL}}{{$value := .Value}}';
const VARIABLES = ['$labels', '$externalLabels', '$externalURL', '$value'];

const FUNCTION_NAMES: ReadonlySet<string> = new Set([
  'and',
  'or',
  ...Object.keys(BUILTIN_FUNCTIONS),
  ...Object.keys(
    prometheusFunctions({ nowMs: 0, externalUrl: '', query: () => err('no query at load') }),
  ),
]);

/**
 * Parses a label or annotation text. Errors are Go's (`undefined variable "$x"`), so a rule that
 * Prometheus refuses at load is refused at load.
 */
export function parseTemplate(text: string): Result<Template, TemplateSyntaxError> {
  const file = parseTemplateFile(text, FUNCTION_NAMES, VARIABLES);
  return file.ok ? ok({ text, ...file.value }) : file;
}

/**
 * The text for one alert. A failure that only shows now gives Prometheus' text,
 * `<error expanding template: ...>`: a person would rather have a spoilt message than none.
 */
export function expandTemplate(template: Template, context: TemplateContext): string {
  if (!template.text.includes('{{')) return template.text;
  const labels = goMap(labelPairs(context.labels));
  const externalLabels = goMap(labelPairs(context.externalLabels));
  const fields = {
    Labels: labels,
    ExternalLabels: externalLabels,
    ExternalURL: context.externalUrl,
  };
  const dot = goStruct('struct', { ...fields, Value: context.value });
  const variables: Record<string, GoValue> = {
    $labels: labels,
    $externalLabels: externalLabels,
    $externalURL: context.externalUrl,
    $value: context.value,
  };
  const functions = { ...BUILTIN_FUNCTIONS, ...prometheusFunctions(context) };
  try {
    return runTemplate(
      template.nodes,
      dot,
      variables,
      functions,
      template.defined,
      context.shouldStop,
    );
  } catch (problem) {
    if (!(problem instanceof LocatedFailure)) throw problem;
    return `<error expanding template: ${failureText(template, context.alertName, problem)}>`;
  }
}

/** What expanding templates leads to; `undefined`: their `shouldStop` ended it. */
export function inTime<T>(expanding: () => T): T | undefined {
  try {
    return expanding();
  } catch (problem) {
    if (problem instanceof OutOfTime) return undefined;
    throw problem;
  }
}

function failureText(template: Template, alertName: string, failure: LocatedFailure): string {
  const name = `__alert_${alertName}`;
  const before = template.text.slice(0, failure.at);
  const line = before.split('\n').length;
  const column =
    line === 1 ? PREAMBLE.length + before.length : before.length - before.lastIndexOf('\n') - 1;
  const where = `template: ${name}:${line}:${column}: executing ${JSON.stringify(failure.template ?? name)} at <${failure.context}>`;
  return `error executing template ${name}: ${where}: ${failure.message}`;
}
