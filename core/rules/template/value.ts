/**
 * What a template computes with: Go's values, as far as a rule's template can meet them. A number
 * is a float64 and a bigint is an int: Go keeps them apart (`gt $value 90` is an error there, and
 * `gt $value 90.0` is right), so Hypervigil does too. `undefined` is nil.
 */
export type GoValue =
  | string
  | boolean
  | number
  | bigint
  | undefined
  | GoMap
  | GoList
  | GoStruct
  | GoTime
  | GoDuration;

export interface GoMap {
  readonly kind: 'map';
  /**
   * `any` is what `dict` makes: a missing key gives nil. The others map strings to strings, and a
   * missing key gives `''`. `KV` is Alertmanager's and has methods.
   */
  readonly of?: 'KV' | 'any';
  readonly entries: ReadonlyMap<string, GoValue>;
}

export interface GoList {
  readonly kind: 'list';
  /** Alertmanager's types, which have methods, and what `list` makes. Absent: a query's result. */
  readonly of?: 'Pairs' | 'Strings' | 'Alerts' | 'any';
  readonly items: readonly GoValue[];
}

export interface GoStruct {
  readonly kind: 'struct';
  readonly typeName: string;
  readonly fields: ReadonlyMap<string, GoValue>;
}

export interface GoTime {
  readonly kind: 'time';
  /** Milliseconds since 1970; Prometheus' times are no finer. */
  readonly atMs: number;
  /** IANA name of the zone it is shown in. Absent: UTC. */
  readonly zone?: string;
}

export interface GoDuration {
  readonly kind: 'duration';
  readonly seconds: number;
}

/** An error while a template runs. Thrown inside the template engine only. */
export class TemplateFailure extends Error {}

/** Labels as `$labels` shows them. */
export function goMap(entries: Iterable<readonly [string, string]>): GoMap {
  return { kind: 'map', entries: new Map(entries) };
}

export function goStruct(typeName: string, fields: Readonly<Record<string, GoValue>>): GoStruct {
  return { kind: 'struct', typeName, fields: new Map(Object.entries(fields)) };
}

/** The value of a key, or what Go gives for a missing one. */
export function entryOf({ entries, of }: GoMap, key: string): GoValue {
  return entries.has(key) || of === 'any' ? entries.get(key) : '';
}

/** Go's truth: false, 0, nil and anything empty are false; a struct is true. */
export function isTrue(value: GoValue): boolean {
  if (typeof value !== 'object') return Boolean(value) || Number.isNaN(value);
  if (value.kind === 'map') return value.entries.size > 0;
  if (value.kind === 'list') return value.items.length > 0;
  return value.kind !== 'duration' || value.seconds !== 0;
}

const MAP_TYPES = { KV: 'template.KV', any: 'map[string]interface {}' } as const;
const LIST_TYPES = {
  Pairs: 'template.Pairs',
  Strings: 'template.Strings',
  Alerts: 'template.Alerts',
  any: '[]interface {}',
} as const;

/** The type as Go would name it in a message. */
export function typeName(value: GoValue): string {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'number':
      return 'float64';
    case 'bigint':
      return 'int';
    case 'undefined':
      return '<nil>';
    default:
      break;
  }
  switch (value.kind) {
    case 'map':
      return value.of === undefined ? 'map[string]string' : MAP_TYPES[value.of];
    case 'list':
      return value.of === undefined ? 'template.queryResult' : LIST_TYPES[value.of];
    case 'time':
      return '*time.Time';
    case 'duration':
      return '*time.Duration';
    case 'struct':
      return value.typeName;
  }
}
