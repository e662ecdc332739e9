import { compareStrings } from '../../series/labels.ts';
import { type GoList, type GoMap, type GoValue, goStruct, TemplateFailure } from './value.ts';

/** A method of a value: how many arguments, and what it gives. */
export interface GoMethod<T> {
  readonly arity: number;
  readonly call: (receiver: T, args: readonly GoValue[]) => GoValue;
}

/** Labels or annotations with Alertmanager's methods. */
export function goKv(entries: Iterable<readonly [string, string]>): GoMap {
  return { kind: 'map', of: 'KV', entries: new Map(entries) };
}

/** A list of texts with the method `Join`. */
export function goStrings(texts: readonly string[]): GoList {
  return { kind: 'list', of: 'Strings', items: texts };
}

/** Methods of maps. Source: alertmanager/template, type KV. */
export const KV_METHODS: Readonly<Record<string, GoMethod<GoMap>>> = {
  SortedPairs: { arity: 0, call: sortedPairs },
  Names: { arity: 0, call: (kv) => fieldOfEach(sortedPairs(kv), 'Name') },
  Values: { arity: 0, call: (kv) => fieldOfEach(sortedPairs(kv), 'Value') },
  Remove: { arity: 1, call: (kv, [names]) => without(kv, names) },
  String: { arity: 0, call: kvText },
};

const PAIRS_METHODS: Readonly<Record<string, GoMethod<GoList>>> = {
  Names: { arity: 0, call: (pairs) => fieldOfEach(pairs, 'Name') },
  Values: { arity: 0, call: (pairs) => fieldOfEach(pairs, 'Value') },
  String: { arity: 0, call: pairsText },
};

const STRINGS_METHODS: Readonly<Record<string, GoMethod<GoList>>> = {
  Join: { arity: 1, call: (texts, [separator]) => joined(texts, separator) },
};

const ALERTS_METHODS: Readonly<Record<string, GoMethod<GoList>>> = {
  Firing: { arity: 0, call: (alerts) => withStatus(alerts, 'firing') },
  Resolved: { arity: 0, call: (alerts) => withStatus(alerts, 'resolved') },
};

/** Methods of lists. Source: alertmanager/template, types Pairs, Strings and Alerts. */
export const LIST_METHODS: Readonly<
  Record<NonNullable<GoList['of']>, Readonly<Record<string, GoMethod<GoList>>>>
> = { Pairs: PAIRS_METHODS, Strings: STRINGS_METHODS, Alerts: ALERTS_METHODS, any: {} };

/** `a=1, b=2`, the alert's name first. */
export function kvText(kv: GoMap): string {
  return pairsText(sortedPairs(kv));
}

/** Pairs as `a=1, b=2`. */
export function pairsText(pairs: GoList): string {
  return pairs.items
    .map((pair) => `${pairField(pair, 'Name')}=${pairField(pair, 'Value')}`)
    .join(', ');
}

/** The texts of a list with a separator between them. */
export function joined(list: GoValue, separator: GoValue): string {
  const texts = typeof list === 'object' && list.kind === 'list' && list.of === 'Strings';
  if (typeof separator !== 'string' || !texts)
    throw new TemplateFailure('wrong type for value; expected a text and a list of texts');
  return list.items
    .map((item) => {
      if (typeof item === 'string') return item;
      throw new TemplateFailure('wrong type for value; expected []string');
    })
    .join(separator);
}

function sortedPairs(kv: GoMap): GoList {
  const rank = (name: string) => (name === 'alertname' ? 0 : 1);
  const items = [...kv.entries]
    .sort(([a], [b]) => rank(a) - rank(b) || compareStrings(a, b))
    .map(([Name, Value]) => goStruct('template.Pair', { Name, Value }));
  return { kind: 'list', of: 'Pairs', items };
}

function fieldOfEach(pairs: GoList, field: 'Name' | 'Value'): GoList {
  return goStrings(pairs.items.map((pair) => pairField(pair, field)));
}

function pairField(pair: GoValue, field: 'Name' | 'Value'): string {
  const text =
    typeof pair === 'object' && pair.kind === 'struct' ? pair.fields.get(field) : undefined;
  return typeof text === 'string' ? text : '';
}

function without(kv: GoMap, names: GoValue): GoMap {
  if (typeof names !== 'object' || names.kind !== 'list')
    throw new TemplateFailure('wrong type for value; expected []string');
  const removed = new Set(names.items);
  return { ...kv, entries: new Map([...kv.entries].filter(([name]) => !removed.has(name))) };
}

function withStatus(alerts: GoList, status: string): GoList {
  const items = alerts.items.filter(
    (alert) =>
      typeof alert === 'object' && alert.kind === 'struct' && alert.fields.get('Status') === status,
  );
  return { kind: 'list', of: 'any', items };
}
