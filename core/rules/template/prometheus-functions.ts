import { RE2JS, RE2JSException } from 're2js';
import type { Result } from '../../result.ts';
import { compareStrings, type Labels, labelPairs } from '../../series/labels.ts';
import { parseDurationMs } from '../duration.ts';
import { asText, queryEscape, type TemplateFunction } from './builtin-functions.ts';
import {
  humanize,
  humanize1024,
  humanizeDuration,
  humanizePercentage,
  humanizeTimestamp,
  toFloat,
  toTime,
} from './humanize.ts';
import {
  type GoList,
  type GoStruct,
  type GoValue,
  goMap,
  goStruct,
  TemplateFailure,
  typeName,
} from './value.ts';

/** What the functions of one expansion may ask of the world. */
export interface FunctionContext {
  readonly nowMs: number;
  /** Where people reach this Hypervigil; `''` when nobody said. */
  readonly externalUrl: string;
  /** Runs a PromQL expression at the time of the rule. The error is a sentence. */
  readonly query: (expr: string) => Result<readonly TemplateSample[], string>;
}

interface TemplateSample {
  readonly labels: Labels;
  readonly value: number;
}

/** One-argument functions that take anything a number can be made of. */
const NUMBER_FUNCTIONS = {
  humanize,
  humanize1024,
  humanizePercentage,
  humanizeDuration,
  humanizeTimestamp,
  toTime: (value: GoValue) => toTime(toFloat(value)),
  toDuration: (value: GoValue): GoValue => ({ kind: 'duration', seconds: toFloat(value) }),
};

/** One-argument functions from text. */
const TEXT_FUNCTIONS = {
  title,
  toUpper,
  toLower: (text: string) => text.toLowerCase(),
  safeHtml: (text: string) => text,
  stripPort: (text: string) => splitHostPort(text)?.host ?? text,
  stripDomain,
  parseDuration: (text: string): GoValue => durationSeconds(text),
  graphLink: (text: string) => `/graph?g0.expr=${queryEscape(text)}&g0.tab=0`,
  tableLink: (text: string) => `/graph?g0.expr=${queryEscape(text)}&g0.tab=1`,
  urlQueryEscape: queryEscape,
};

/**
 * The functions Prometheus adds to Go's. Console pages are not made here, so `tmpl` gives nothing; a
 * rule with it is taken all the same, as the specification of alert generators has it.
 * Source: prometheus.io/docs/prometheus/latest/configuration/template_reference.
 */
export function prometheusFunctions(
  context: FunctionContext,
): Readonly<Record<string, TemplateFunction>> {
  const functions: Record<string, TemplateFunction> = {
    query: { arity: [1, 1], call: ([expr]) => runQuery(context, asText(expr)) },
    first: { arity: [1, 1], call: ([list]) => first(asList(list)) },
    label: { arity: [2, 2], call: ([name, sample]) => sampleLabel(sample, asText(name)) },
    value: { arity: [1, 1], call: ([sample]) => asSample(sample).fields.get('Value') },
    strvalue: { arity: [1, 1], call: ([sample]) => sampleLabel(sample, '__value__') },
    sortByLabel: { arity: [2, 2], call: ([name, list]) => sortByLabel(asText(name), asList(list)) },
    match: {
      arity: [2, 2],
      call: ([pattern, text]) => compileRegex(asText(pattern)).matcher(asText(text)).find(),
    },
    reReplaceAll: {
      arity: [3, 3],
      call: ([pattern, by, text]) => replaceAll(asText(pattern), asText(by), asText(text)),
    },
    args: { arity: [0, Number.POSITIVE_INFINITY], call: (values) => argsMap(values) },
    tmpl: { arity: [2, 2], call: () => '' },
    now: { arity: [0, 0], call: () => context.nowMs / 1000 },
    externalURL: { arity: [0, 0], call: () => context.externalUrl },
    pathPrefix: { arity: [0, 0], call: () => pathOf(context.externalUrl) },
  };
  for (const [name, call] of Object.entries(NUMBER_FUNCTIONS))
    functions[name] = { arity: [1, 1], call: ([value]) => call(value) };
  for (const [name, call] of Object.entries(TEXT_FUNCTIONS))
    functions[name] = { arity: [1, 1], call: ([text]) => call(asText(text)) };
  return functions;
}

/** For a named template that needs more than one value: `.arg0`, `.arg1` ... */
function argsMap(values: readonly GoValue[]): GoValue {
  const entries = new Map(values.map((value, i) => [`arg${i}`, value]));
  return { kind: 'map', entries, of: 'any' };
}

function runQuery(context: FunctionContext, expr: string): GoList {
  const result = context.query(expr);
  if (!result.ok) throw new TemplateFailure(result.error);
  const items = result.value.map((sample) =>
    goStruct('*template.sample', { Labels: goMap(labelPairs(sample.labels)), Value: sample.value }),
  );
  return { kind: 'list', items };
}

function first(list: GoList): GoValue {
  const sample = list.items[0];
  if (sample === undefined) throw new TemplateFailure('first() called on vector with no elements');
  return sample;
}

function sampleLabel(sample: GoValue, name: string): string {
  const labels = asSample(sample).fields.get('Labels');
  const text = typeof labels === 'object' && labels.kind === 'map' ? labels.entries.get(name) : '';
  return typeof text === 'string' ? text : '';
}

function sortByLabel(name: string, list: GoList): GoList {
  const sorted = [...list.items].sort((a, b) =>
    compareStrings(sampleLabel(a, name), sampleLabel(b, name)),
  );
  return { kind: 'list', items: sorted };
}

function asList(value: GoValue): GoList {
  if (typeof value === 'object' && value.kind === 'list') return value;
  throw wrongType('template.queryResult', value);
}

function asSample(value: GoValue): GoStruct {
  if (typeof value === 'object' && value.kind === 'struct' && value.fields.has('Labels'))
    return value;
  throw wrongType('*template.sample', value);
}

function wrongType(expected: string, value: GoValue): TemplateFailure {
  return new TemplateFailure(`wrong type for value; expected ${expected}; got ${typeName(value)}`);
}

/** A regular expression as Go has them. */
export function compileRegex(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (problem) {
    if (problem instanceof RE2JSException) throw new TemplateFailure(problem.message);
    throw problem;
  }
}

/** Go's ReplaceAllString: `$1`, `${1}` and `${name}` in the replacement stand for groups. */
export function replaceAll(pattern: string, by: string, text: string): string {
  const regex = compileRegex(pattern);
  const matcher = regex.matcher(text);
  const names = regex.namedGroups();
  let replaced = '';
  let copied = 0;
  let lastEnd = -1;
  while (matcher.find()) {
    const [start, end] = [matcher.start(), matcher.end()];
    // Go allows no empty match right after another match.
    if (start === end && start === lastEnd) continue;
    replaced += text.slice(copied, start);
    replaced += by.replace(/\$(?:(\$)|\{(\w+)\}|(\w+))/g, (whole, dollar, braced, bare) => {
      if (dollar !== undefined) return '$';
      const name: string = braced ?? bare;
      const group = /^\d+$/.test(name) ? Number(name) : names[name];
      if (group === undefined || group > matcher.groupCount()) return whole === '$' ? '$' : '';
      return matcher.group(group) ?? '';
    });
    copied = end;
    lastEnd = end;
  }
  return replaced + text.slice(copied);
}

/** Go changes one character into one: the German sharp s stays as it is. */
export function toUpper(text: string): string {
  return text.replace(/./gsu, (char) => (char === 'ß' ? char : char.toUpperCase()));
}

/** Each word with its first letter in upper case; the rest as it is. */
function title(text: string): string {
  const word = /[\p{L}\p{N}\p{M}_]+(?:['’.:·][\p{L}\p{M}_][\p{L}\p{N}\p{M}_]*)*/gu;
  return text.replace(word, (found) => found.replace(/\p{L}/u, (letter) => letter.toUpperCase()));
}

interface HostPort {
  readonly host: string;
  readonly port: string;
}

/** Source: net.SplitHostPort. `undefined` where Go gives an error. */
function splitHostPort(text: string): HostPort | undefined {
  const bracketed = /^\[([^[\]]*)\]:([^:[\]]*)$/.exec(text) ?? /^([^:[\]]*):([^:[\]]*)$/.exec(text);
  if (bracketed === null) return undefined;
  return { host: bracketed[1] ?? '', port: bracketed[2] ?? '' };
}

function stripDomain(text: string): string {
  const split = splitHostPort(text);
  const host = split?.host ?? text;
  if (isIpAddress(host)) return text;
  const name = host.split('.')[0] ?? '';
  if (split === undefined || split.port === '') return name;
  return name.includes(':') ? `[${name}]:${split.port}` : `${name}:${split.port}`;
}

function isIpAddress(host: string): boolean {
  const parts = host.split('.');
  if (
    parts.length === 4 &&
    parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)
  )
    return true;
  return host.includes(':') && /^[0-9a-fA-F:.]+(%.+)?$/.test(host);
}

function durationSeconds(text: string): number {
  const negative = text.startsWith('-');
  const ms = parseDurationMs(negative ? text.slice(1) : text);
  if (!ms.ok) throw new TemplateFailure(ms.error);
  return (negative ? -ms.value : ms.value) / 1000;
}

function pathOf(url: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*(\/[^?#]*)?/i.exec(url)?.[1] ?? '';
}
