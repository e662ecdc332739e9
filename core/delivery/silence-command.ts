import type { AlertLabels } from '../alertmanager/matcher.ts';
import type { NotifiedAlert } from '../alertmanager/notification-types.ts';
import { formatMatchers } from '../alertmanager/parse-matcher.ts';
import { compareStrings } from '../series/labels.ts';

/** These say how an alert is, not which one it is, or change while it is the same. */
const LEFT_OUT = new Set(['severity', 'uuid', 'reason', 'state']);
const FIRST = ['alertname', 'vm', 'host'];
const MATCHERS_MAX = 8;
const VALUE_MAX_CHARS = 200;

/**
 * The command that silences these alerts for two hours, ready for a shell: by the labels they have
 * in common. `undefined` when they have none.
 */
export function silenceCommand(
  alerts: readonly NotifiedAlert[],
  externalUrl: string,
): string | undefined {
  const labels = silencedLabels(alerts);
  if (labels.length === 0) return undefined;
  const matchers = labels.map(([name, value]) => shellWord(`${name}=${matcherValue(value)}`));
  const url = externalUrl === '' ? '' : ` --alertmanager.url=${shellWord(externalUrl)}`;
  return `amtool silence add${url} ${matchers.join(' ')} -d 2h -c "why"`;
}

/** The page that makes the same silence, filled in; `undefined` when there is no such page, or nothing in common. */
export function silenceLink(
  alerts: readonly NotifiedAlert[],
  externalUrl: string,
): string | undefined {
  const labels = silencedLabels(alerts);
  if (labels.length === 0 || externalUrl === '') return undefined;
  const filter = formatMatchers(labels.map(([name, value]) => ({ name, op: '=', value })));
  return `${externalUrl.replace(/\/+$/, '')}/#/silences/new?filter=${encodeURIComponent(filter.toWellFormed())}`;
}

/** The labels that these alerts have in common and that say which they are, the telling ones first. */
function silencedLabels(alerts: readonly NotifiedAlert[]): [string, string][] {
  return Object.entries(commonLabels(alerts.map((alert) => alert.labels)))
    .filter(([name, value]) => !LEFT_OUT.has(name) && isShort(value))
    .sort(([a], [b]) => rank(a) - rank(b) || compareStrings(a, b))
    .slice(0, MATCHERS_MAX);
}

/** Pairs that are the same in all of the maps. */
export function commonLabels(all: readonly AlertLabels[]): AlertLabels {
  const [first, ...others] = all;
  return Object.fromEntries(
    Object.entries(first ?? {}).filter(([name, value]) =>
      others.every((labels) => Object.hasOwn(labels, name) && labels[name] === value),
    ),
  );
}

/** A longer one nobody types, and a cut one would match nothing. */
function isShort(value: string): boolean {
  return value !== '' && value.length <= VALUE_MAX_CHARS;
}

function rank(name: string): number {
  const place = FIRST.indexOf(name);
  return place === -1 ? FIRST.length : place;
}

/** Bare where Alertmanager reads it as it stands, else in double quotes. */
function matcherValue(value: string): string {
  if (/^[\w./:@+-]+$/.test(value)) return value;
  const escaped = value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
  return `"${escaped}"`;
}

function shellWord(text: string): string {
  return /^[\w./:@+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
