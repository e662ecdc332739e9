import { Buffer } from 'node:buffer';
import { goStrings, joined } from './alertmanager-types.ts';
import { asText, type TemplateFunction } from './builtin-functions.ts';
import { humanizeDuration } from './humanize.ts';
import { type JsonNames, jsonText } from './json-text.ts';
import { compileRegex, replaceAll, toUpper } from './prometheus-functions.ts';
import { formatTime } from './time-text.ts';
import { type GoTime, type GoValue, TemplateFailure, typeName } from './value.ts';
import { isZone } from './zone.ts';

const ANY = Number.POSITIVE_INFINITY;

/** One-argument functions from text to text. */
const TEXT_FUNCTIONS = {
  title,
  toUpper,
  toLower: (text: string) => text.toLowerCase(),
  trimSpace: (text: string) => text.replace(/^[\s\u0085]+|[\s\u0085]+$/g, ''),
  // What is made here is plain text, so nothing is escaped that this would have to allow.
  safeHtml: (text: string) => text,
  safeUrl: (text: string) => text,
  urlUnescape,
  base64encode,
  base64decode,
};

/**
 * The functions that Alertmanager adds to Go's.
 * Source: prometheus.io/docs/alerting/latest/notifications, alertmanager/template/template.go.
 */
export function alertmanagerFunctions(
  nowMs: number,
  jsonNames: JsonNames,
): Readonly<Record<string, TemplateFunction>> {
  const functions: Record<string, TemplateFunction> = {
    join: { arity: [2, 2], call: ([separator, list]) => joined(list, separator) },
    match: {
      arity: [2, 2],
      call: ([pattern, text]) => compileRegex(asText(pattern)).matcher(asText(text)).find(),
    },
    reReplaceAll: {
      arity: [3, 3],
      call: ([pattern, by, text]) => replaceAll(asText(pattern), asText(by), asText(text)),
    },
    stringSlice: { arity: [0, ANY], call: (texts) => goStrings(texts.map(asText)) },
    date: { arity: [2, 2], call: ([layout, time]) => formatTime(asTime(time), asText(layout)) },
    tz: { arity: [2, 2], call: ([zone, time]) => inZone(asText(zone), asTime(time)) },
    now: { arity: [0, 0], call: () => ({ kind: 'time', atMs: nowMs }) },
    since: {
      arity: [1, 1],
      call: ([time]) => ({ kind: 'duration', seconds: (nowMs - asTime(time).atMs) / 1000 }),
    },
    humanizeDuration: { arity: [1, 1], call: ([value]) => humanizeDuration(value) },
    toJson: { arity: [1, 1], call: ([value]) => jsonText(value, jsonNames) },
    list: { arity: [0, ANY], call: (items) => ({ kind: 'list', of: 'any', items }) },
    append: { arity: [1, ANY], call: ([list, ...items]) => appended(list, items) },
    dict: { arity: [0, ANY], call: dict },
  };
  for (const [name, call] of Object.entries(TEXT_FUNCTIONS))
    functions[name] = { arity: [1, 1], call: ([text]) => call(asText(text)) };
  return functions;
}

function asTime(value: GoValue): GoTime {
  if (typeof value === 'object' && value.kind === 'time') return value;
  throw new TemplateFailure(`wrong type for value; expected time.Time; got ${typeName(value)}`);
}

function inZone(zone: string, time: GoTime): GoTime {
  if (!isZone(zone)) throw new TemplateFailure(`unknown time zone ${zone}`);
  return { ...time, zone };
}

function appended(list: GoValue, items: readonly GoValue[]): GoValue {
  if (typeof list === 'object' && list.kind === 'list')
    return { ...list, items: [...list.items, ...items] };
  throw new TemplateFailure(`wrong type for value; expected []interface {}; got ${typeName(list)}`);
}

function dict(values: readonly GoValue[]): GoValue {
  if (values.length % 2 !== 0)
    throw new TemplateFailure('dict requires an even number of arguments');
  const entries = new Map<string, GoValue>();
  for (let i = 0; i < values.length; i += 2) {
    const key = values[i];
    if (typeof key !== 'string') throw new TemplateFailure('dict keys must be strings');
    entries.set(key, values[i + 1]);
  }
  return { kind: 'map', of: 'any', entries };
}

/** Each word with its first letter in upper case and the others in lower case. */
function title(text: string): string {
  return text.replace(/[\p{L}\p{N}\p{M}_]+(?:['’.:·][\p{L}\p{M}_][\p{L}\p{N}\p{M}_]*)*/gu, (word) =>
    word.toLowerCase().replace(/\p{L}/u, capital),
  );
}

/** The German sharp s becomes "Ss". */
function capital(letter: string): string {
  const [first = '', ...rest] = letter.toUpperCase();
  return first + rest.join('').toLowerCase();
}

/** Source: url.QueryUnescape. */
function urlUnescape(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new TemplateFailure(`invalid URL escape in ${JSON.stringify(text)}`);
  }
}

/** In the alphabet that is safe in URLs, with its padding. */
function base64encode(text: string): string {
  return Buffer.from(text).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

function base64decode(text: string): string {
  if (!/^[\w-]*={0,2}$/.test(text) || text.length % 4 !== 0)
    throw new TemplateFailure('illegal base64 data');
  return Buffer.from(text, 'base64url').toString();
}
