/**
 * The label set of one series, `__name__` included: names and values in turn, sorted by name, flat
 * (`['__name__', 'up', 'host', 'a']`). A flat sorted array is small, compares fast, and cannot be
 * confused by a label called `constructor`. A label with an empty value is a label that is absent
 * (Prometheus' data model), so none is stored. Never changed once made.
 */
export type Labels = readonly string[];

export const METRIC_NAME = '__name__';

export const NO_LABELS: Labels = [];

/** Label names Prometheus 3 takes when UTF-8 names are not wanted; also Alertmanager's. */
export const LEGACY_LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/**
 * Between the parts of a key. A lone surrogate is in no string decoded from UTF-8, so no label can
 * hold it and two label sets never share a key.
 */
const SEPARATOR = '\ud800';

/** Labels from pairs in any order; empty values are dropped. A name given twice: the last one wins. */
export function labelsOf(pairs: Iterable<readonly [string, string]>): Labels {
  const byName = new Map(pairs);
  const names = [...byName.keys()].sort(compareStrings);
  const flat: string[] = [];
  for (const name of names) {
    const value = byName.get(name);
    if (value !== undefined && value !== '') flat.push(name, value);
  }
  return flat;
}

/** Labels from an object such as `{ __name__: 'up', host: 'a' }`. */
export function labelsFrom(object: Readonly<Record<string, string>>): Labels {
  return labelsOf(Object.entries(object));
}

/** The pairs of a label set, in name order. */
export function* labelPairs(labels: Labels): Generator<[name: string, value: string]> {
  for (let i = 0; i < labels.length; i += 2) yield [at(labels, i), at(labels, i + 1)];
}

/** A plain object for JSON and templates. It has no prototype, so every label name is only data. */
export function labelsToObject(labels: Labels): Record<string, string> {
  const object: Record<string, string> = Object.create(null);
  for (const [name, value] of labelPairs(labels)) object[name] = value;
  return object;
}

/** The value of a label, or `''` when it is absent: in Prometheus the two mean the same. */
export function labelValue(labels: Labels, name: string): string {
  for (let i = 0; i < labels.length; i += 2) if (labels[i] === name) return at(labels, i + 1);
  return '';
}

/** The labels without those whose name `drop` picks. */
export function withoutLabels(labels: Labels, drop: (name: string) => boolean): Labels {
  const flat: string[] = [];
  for (const [name, value] of labelPairs(labels)) if (!drop(name)) flat.push(name, value);
  return flat;
}

/** The labels with some set to new values; `''` takes a label away. */
export function withLabels(labels: Labels, changes: Readonly<Record<string, string>>): Labels {
  return labelsOf([...labelPairs(labels), ...Object.entries(changes)]);
}

/** A string that two label sets share exactly when they are equal. For maps, not for people. */
export function labelsKey(labels: Labels): string {
  return labels.join(SEPARATOR);
}

/** `name{a="x", b="y"}` as Prometheus prints a series; `{}` for no labels. */
export function formatLabels(labels: Labels): string {
  const parts: string[] = [];
  let metric = '';
  for (const [name, value] of labelPairs(labels)) {
    if (name === METRIC_NAME) metric = value;
    else
      parts.push(
        `${LEGACY_LABEL_NAME.test(name) ? name : JSON.stringify(name)}=${JSON.stringify(value)}`,
      );
  }
  return parts.length === 0 && metric !== '' ? metric : `${metric}{${parts.join(', ')}}`;
}

/** Orders strings by UTF-16 code unit: the same on every machine, unlike a locale's order. */
export function compareStrings(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function at(labels: Labels, index: number): string {
  const part = labels[index];
  if (part === undefined) throw new Error(`labels of odd length: ${labels.join(',')}`);
  return part;
}
