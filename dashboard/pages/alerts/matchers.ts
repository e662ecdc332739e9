import type { MatcherAnswer as Matcher } from '../../../core/answers/alert-board.ts';

export type { MatcherAnswer as Matcher } from '../../../core/answers/alert-board.ts';

const MATCHER =
  /^\s*(?:"((?:[^"\\]|\\.)*)"|([^\s"{}=!~,\\'`]+))\s*(=~|!~|!=|=)\s*(?:"((?:[^"\\]|\\.)*)"|([^\s"{},]*))\s*(?:,|$)/s;

/** What could be read of a text of matchers, and what is left where it could not go on; `''`: all was. */
export interface ReadMatchers {
  readonly matchers: readonly Matcher[];
  readonly rest: string;
}

/** Reads `host="web-1", vm=~"db.*"`, in braces or without them, as Alertmanager writes it. */
export function readMatchers(text: string): ReadMatchers {
  let rest = text.trim().replace(/^\{(.*)\}$/s, '$1');
  const matchers: Matcher[] = [];
  while (rest.trim() !== '') {
    const found = MATCHER.exec(rest);
    if (found === null) return { matchers, rest: rest.trim() };
    const [whole, quotedName, name = '', op = '', quoted, bare = ''] = found;
    matchers.push({
      name: quotedName === undefined ? name : unescaped(quotedName),
      value: quoted === undefined ? bare : unescaped(quoted),
      isRegex: op.endsWith('~'),
      isEqual: op.startsWith('='),
    });
    rest = rest.slice(whole.length);
  }
  return { matchers, rest: '' };
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/gs, (whole, char: string) =>
    char === 'n' ? '\n' : '"\\'.includes(char) ? char : whole,
  );
}

/** As Alertmanager reads it: `host=~"web.*"`. */
export function matcherText({ name, value, isRegex, isEqual }: Matcher): string {
  const op = `${isEqual ? '=' : '!'}${isRegex ? '~' : isEqual ? '' : '='}`;
  const escaped = value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
  const shown = /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name);
  return `${shown}${op}"${escaped}"`;
}

/** Are two conditions the same? */
export function isSameMatcher(a: Matcher, b: Matcher): boolean {
  return matcherText(a) === matcherText(b);
}

/** These say how an alert is, not which one it is, or change while it is the same. */
const LEFT_OUT: ReadonlySet<string> = new Set(['severity', 'uuid', 'reason', 'state']);

/** What silences an alert, also when it comes back. */
export function matchersOf(labels: Readonly<Record<string, string>>): Matcher[] {
  return Object.entries(labels)
    .filter(([name, value]) => !LEFT_OUT.has(name) && value !== '')
    .map(([name, value]) => ({ name, value, isRegex: false, isEqual: true }));
}

/** What a person typed to find alerts: matchers, or a word that alerts have anywhere. */
export function readFilter(text: string): { filter: readonly string[]; word: string } {
  const trimmed = text.trim();
  const { matchers, rest } = readMatchers(trimmed);
  const isMatchers = /[=~]/.test(trimmed) && rest === '';
  return isMatchers
    ? { filter: matchers.map(matcherText), word: '' }
    : { filter: [], word: trimmed };
}
