import { err, ok, type Result } from '../../../core/result.ts';

type Labels = Readonly<Record<string, string>>;

/**
 * One label, or several as a series has them: `severity=critical`, `host="web 1"`, `{a="b", c="d"}`. Error: where the
 * text is none.
 */
export function parseLabels(text: string): Result<Labels, 'noName' | 'noValue' | 'quote'> {
  const inner = text.trim().replace(/^\{(.*)\}$/s, '$1');
  const labels: Record<string, string> = {};
  let rest = inner.trim();
  while (rest !== '') {
    const [head = '', name = ''] = /^([^=!~{}",\s]+)\s*/.exec(rest) ?? [];
    if (name === '') return err('noName');
    rest = rest.slice(head.length);
    if (!rest.startsWith('=')) return err('noValue');
    rest = rest.slice(1).trimStart();
    const value = readValue(rest);
    if (value === undefined) return err('quote');
    labels[name] = value.text;
    rest = rest.slice(value.length).replace(/^\s*,?\s*/, '');
  }
  return Object.keys(labels).length === 0 ? err('noName') : ok(labels);
}

/** Up to a comma, or what stands in quotes. `undefined`: the quotes are not closed. */
function readValue(text: string): { readonly text: string; readonly length: number } | undefined {
  if (!text.startsWith('"')) {
    const [plain = ''] = /^[^,]*/.exec(text) ?? [];
    return { text: plain.trim(), length: plain.length };
  }
  const [quoted] = /^"(?:[^"\\]|\\.)*"/s.exec(text) ?? [];
  if (quoted === undefined) return undefined;
  const plain = quoted
    .slice(1, -1)
    .replace(/\\(.)/gs, (_, char: string) => (char === 'n' ? '\n' : char));
  return { text: plain, length: quoted.length };
}

/** The labels that an address names: `labels={severity="critical"}`; none where that can't be read. */
export function labelsOf(query: URLSearchParams): Labels {
  const parsed = parseLabels(query.get('labels') ?? '');
  return parsed.ok ? parsed.value : {};
}

/** Labels as a series has them, which `parseLabels` reads; `''`: there are none. */
export function labelsText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => {
    const escaped = value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
    return `${name}="${escaped}"`;
  });
  return pairs.length === 0 ? '' : `{${pairs.join(', ')}}`;
}

/** What somebody may want to type next: names that alerts here have, and values of a name that was begun. */
export function suggestions(
  typed: string,
  alerts: readonly Labels[],
  chosen: Labels,
): readonly string[] {
  const names = new Map<string, Set<string>>();
  for (const labels of alerts) {
    for (const [name, value] of Object.entries(labels)) {
      const values = names.get(name) ?? new Set();
      names.set(name, values);
      values.add(value);
    }
  }
  for (const [name, values] of USUAL)
    names.set(name, new Set([...(names.get(name) ?? []), ...values]));
  const at = typed.indexOf('=');
  const free = [...names.keys()].filter((name) => !Object.hasOwn(chosen, name)).sort(byUse);
  if (at < 0) return free.map((name) => `${name}=`);
  const name = typed.slice(0, at).trim();
  return [...(names.get(name) ?? [])].sort().map((value) => `${name}=${value}`);
}

const USUAL: readonly (readonly [string, readonly string[]])[] = [
  ['alertname', []],
  ['severity', ['critical', 'warning', 'info']],
  ['host', []],
  ['vm', []],
];

/** Those that routes are about come first. */
function byUse(a: string, b: string): number {
  const rank = (name: string) => {
    const at = USUAL.findIndex(([usual]) => usual === name);
    return at < 0 ? USUAL.length : at;
  };
  return rank(a) - rank(b) || (a < b ? -1 : 1);
}
