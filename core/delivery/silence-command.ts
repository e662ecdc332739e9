import type { AlertLabels } from '../alertmanager/matcher.ts';
import type { NotifiedAlert } from '../alertmanager/notification-types.ts';
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
  const labels = commonLabels(alerts.map((alert) => alert.labels));
  const names = Object.keys(labels)
    .filter((name) => !LEFT_OUT.has(name) && isShort(labels[name] ?? ''))
    .sort((a, b) => rank(a) - rank(b) || compareStrings(a, b))
    .slice(0, MATCHERS_MAX);
  if (names.length === 0) return undefined;
  const matchers = names.map((name) => shellWord(`${name}=${matcherValue(labels[name] ?? '')}`));
  const url = externalUrl === '' ? '' : ` --alertmanager.url=${shellWord(externalUrl)}`;
  return `amtool silence add${url} ${matchers.join(' ')} -d 2h -c "why"`;
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
