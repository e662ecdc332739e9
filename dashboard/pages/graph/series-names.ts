import type { Labels } from '../../api/prometheus.ts';

/** A series as it is written in PromQL. */
export function seriesText({ __name__: name = '', ...labels }: Labels): string {
  const pairs = Object.entries(labels).map(([label, value]) => {
    const written = /^[A-Za-z_]\w*$/.test(label) ? label : JSON.stringify(label);
    return `${written}=${JSON.stringify(value)}`;
  });
  return pairs.length === 0 ? name || '{}' : `${name}{${pairs.join(', ')}}`;
}

/** The same for series with the same labels; a comparison or a function may have dropped the name. */
export function identity({ __name__: _, ...labels }: Labels): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Labels that all series share. */
export function sharedLabels(all: readonly Labels[]): Labels {
  const [first = {}] = all;
  const shared = Object.entries(first).filter(([name, value]) =>
    all.every((labels) => labels[name] === value),
  );
  return Object.fromEntries(shared);
}

/**
 * What tells series apart: the labels that not all of them share, without a VM's UUID where its name does. Of one
 * alone: all of it. Each name is given once.
 */
export function distinctNames(all: readonly Labels[]): readonly string[] {
  const [first] = all;
  if (first === undefined) return [];
  if (all.length === 1) return [seriesText(first)];
  const shared = sharedLabels(all);
  const named = (dropped: (name: string) => boolean) =>
    all.map((labels) =>
      seriesText(Object.fromEntries(Object.entries(labels).filter(([name]) => !dropped(name)))),
    );
  const short = named((name) => name in shared || name === 'uuid');
  return new Set(short).size === all.length ? short : named((name) => name in shared);
}

/** Labels whose values say by themselves what they are, in the order in which they are read. */
const TELLING = ['vm', 'host', 'device', 'mountpoint', 'container', 'alertname', 'condition'];

/** As `distinctNames`, for where there is little room: `shop-database · hv-2`, where that tells them apart. */
export function legendNames(all: readonly Labels[]): readonly string[] {
  const long = distinctNames(all);
  if (all.length < 2) return long;
  const shared = sharedLabels(all);
  const short = all.map(({ uuid: _, ...labels }) => {
    const own = Object.keys(labels).filter((name) => !(name in shared));
    const parts = own.sort(byTelling).map((name) => {
      const value = labels[name] ?? '';
      return name === '__name__' || TELLING.includes(name) ? value : `${name}=${value}`;
    });
    return parts.length === 0 ? '{}' : parts.join(' · ');
  });
  return new Set(short).size === all.length ? short : long;
}

function byTelling(a: string, b: string): number {
  const rank = (name: string) =>
    name === '__name__' ? -1 : TELLING.includes(name) ? TELLING.indexOf(name) : TELLING.length;
  return rank(a) - rank(b) || (a < b ? -1 : 1);
}

/** Labels of a table's columns: those that differ first, each with how many values it has. */
export function labelColumns(all: readonly Labels[]): readonly string[] {
  const values = new Map<string, Set<string>>();
  for (const labels of all) {
    for (const [name, value] of Object.entries(labels)) {
      const known = values.get(name) ?? new Set();
      known.add(value);
      values.set(name, known);
    }
  }
  const isShared = (name: string) =>
    values.get(name)?.size === 1 && all.every((labels) => name in labels);
  const rank = (name: string) =>
    name === '__name__' ? 0 : name === 'host' ? 1 : name === 'vm' ? 2 : 3;
  return [...values.keys()].sort(
    (a, b) => Number(isShared(a)) - Number(isShared(b)) || rank(a) - rank(b) || (a < b ? -1 : 1),
  );
}

/** Do all the words stand in the series' text? No word: yes. */
export function fitsWords(labels: Labels, words: string): boolean {
  const text = seriesText(labels).toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
