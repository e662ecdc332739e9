/** Matchers as Alertmanager writes them. */

/**
 * @typedef {{ readonly name: string, readonly value: string, readonly isRegex: boolean, readonly isEqual: boolean }} Matcher
 */

const MATCHER =
  /^\s*(?:"((?:[^"\\]|\\.)*)"|([^\s"{}=!~,\\'`]+))\s*(=~|!~|!=|=)\s*(?:"((?:[^"\\]|\\.)*)"|([^\s"{},]*))\s*(?:,|$)/s;

/**
 * Reads `host="web-1", vm=~"db.*"`, in braces or without them.
 *
 * @param {string} text
 * @returns {readonly Matcher[]} throws an `Error` that says where it can't be read
 */
export function readMatchers(text) {
  let rest = text.trim().replace(/^\{(.*)\}$/s, '$1');
  /** @type {Matcher[]} */
  const matchers = [];
  while (rest.trim() !== '') {
    const found = MATCHER.exec(rest);
    if (found === null) throw new Error(`not a matcher such as host="web-1": ${rest.trim()}`);
    const [whole, quotedName, name = '', op = '', quoted, bare = ''] = found;
    matchers.push({
      name: quotedName === undefined ? name : unescaped(quotedName),
      value: quoted === undefined ? bare : unescaped(quoted),
      isRegex: op.endsWith('~'),
      isEqual: op.startsWith('='),
    });
    rest = rest.slice(whole.length);
  }
  return matchers;
}

/** @param {string} text */
function unescaped(text) {
  return text.replace(/\\(.)/gs, (whole, char) =>
    char === 'n' ? '\n' : '"\\'.includes(char) ? char : whole,
  );
}

/** @param {Matcher} matcher */
export function matcherText({ name, value, isRegex, isEqual }) {
  const op = `${isEqual ? '=' : '!'}${isRegex ? '~' : isEqual ? '' : '='}`;
  const escaped = value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
  const shown = /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name);
  return `${shown}${op}"${escaped}"`;
}

/** These say how an alert is, not which one it is, or change while it is the same. */
const LEFT_OUT = new Set(['severity', 'uuid', 'reason', 'state']);

/**
 * What silences an alert, also when it comes back.
 *
 * @param {Readonly<Record<string, string>>} labels
 * @returns {readonly Matcher[]}
 */
export function matchersOf(labels) {
  return Object.entries(labels)
    .filter(([name, value]) => !LEFT_OUT.has(name) && value !== '')
    .map(([name, value]) => ({ name, value, isRegex: false, isEqual: true }));
}
