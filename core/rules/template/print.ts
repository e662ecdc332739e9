import { quote } from '../../promql/string-literal.ts';
import { compareStrings } from '../../series/labels.ts';
import { kvText, pairsText } from './alertmanager-types.ts';
import { formatFloat } from './float-text.ts';
import { goDurationText, timeText } from './time-text.ts';
import { type GoValue, typeName } from './value.ts';

/** A value as Go's `%v` prints it. */
export function textOf(value: GoValue): string {
  switch (typeof value) {
    case 'undefined':
      return '<nil>';
    case 'number':
      return formatFloat(value, 'g');
    case 'string':
    case 'boolean':
    case 'bigint':
      return String(value);
    default:
      break;
  }
  switch (value.kind) {
    case 'time':
      return timeText(value);
    case 'duration':
      return goDurationText(value.seconds);
    case 'list':
      if (value.of === 'Pairs') return pairsText(value);
      return `[${value.items.map(textOf).join(' ')}]`;
    case 'map': {
      if (value.of === 'KV') return kvText(value);
      const sorted = [...value.entries].sort(([a], [b]) => compareStrings(a, b));
      return `map[${sorted.map(([name, item]) => `${name}:${textOf(item)}`).join(' ')}]`;
    }
    case 'struct':
      return `{${[...value.fields.values()].map(textOf).join(' ')}}`;
  }
}

/** What an action writes: like `%v`, but for nothing at all. */
export function writtenText(value: GoValue): string {
  return value === undefined ? '<no value>' : textOf(value);
}

/** Go's `print`: a space between two operands of which neither is a string. */
export function printText(values: readonly GoValue[]): string {
  let text = '';
  values.forEach((value, i) => {
    const before = values[i - 1];
    if (i > 0 && typeof value !== 'string' && typeof before !== 'string') text += ' ';
    text += textOf(value);
  });
  return text;
}

const VERB = /%(?<flags>[-+# 0]*)(?<width>\d*)(?:\.(?<precision>\d*))?(?<verb>[\s\S]?)/gu;
const WIDTH_MAX = 1000; // enough for any message; a width of 10^9 would fill the memory

interface Spec {
  readonly flags: string;
  readonly precision: number | undefined;
  readonly verb: string;
}

/** Go's `printf`, with `%!d(string=x)` for what does not fit, as fmt has it. */
export function printfText(format: string, values: readonly GoValue[]): string {
  let used = 0;
  const text = format.replace(VERB, (...match) => {
    const groups: Record<string, string | undefined> = match.at(-1);
    const verb = groups['verb'] ?? '';
    if (verb === '%') return '%';
    if (verb === '') return '%!(NOVERB)';
    if (used >= values.length) return `%!${verb}(MISSING)`;
    const precision = groups['precision'];
    const spec: Spec = {
      flags: groups['flags'] ?? '',
      precision: precision === undefined ? undefined : Math.min(Number(precision), WIDTH_MAX),
      verb,
    };
    const value = values[used++];
    return pad(formatOne(spec, value), spec, Math.min(Number(groups['width']), WIDTH_MAX), value);
  });
  if (used >= values.length) return text;
  const extra = values.slice(used).map((value) => `${typeName(value)}=${textOf(value)}`);
  return `${text}%!(EXTRA ${extra.join(', ')})`;
}

function pad(text: string, { flags, verb }: Spec, width: number, value: GoValue): string {
  const length = [...text].length;
  if (length >= width) return text;
  if (flags.includes('-')) return text + ' '.repeat(width - length);
  const isNumber = typeof value === 'number' ? Number.isFinite(value) : typeof value === 'bigint';
  if (!flags.includes('0') || (!isNumber && verb !== 's') || verb === 'q' || verb === 'c')
    return ' '.repeat(width - length) + text;
  const sign = isNumber ? (/^[-+ ]/.exec(text)?.[0] ?? '') : '';
  return sign + '0'.repeat(width - length) + text.slice(sign.length);
}

function formatOne(spec: Spec, value: GoValue): string {
  const { verb } = spec;
  if (verb === 'T') return typeName(value);
  if (value === undefined) return verb === 'v' ? '<nil>' : `%!${verb}(<nil>)`;
  const text =
    typeof value === 'number'
      ? formatNumber(spec, value)
      : typeof value === 'bigint'
        ? formatInt(spec, value)
        : typeof value === 'boolean'
          ? verb === 't' || verb === 'v'
            ? String(value)
            : undefined
          : formatText(spec, value);
  return text ?? `%!${verb}(${typeName(value)}=${textOf(value)})`;
}

function formatNumber({ verb, flags, precision }: Spec, value: number): string | undefined {
  let text: string;
  if (verb === 'v' || verb === 'g' || verb === 'G') text = formatFloat(value, 'g', precision);
  else if (verb === 'e' || verb === 'E') text = formatFloat(value, 'e', precision ?? 6);
  else if (verb === 'f' || verb === 'F') text = formatFloat(value, 'f', precision ?? 6);
  else return undefined;
  if (verb === 'G' || verb === 'E') text = text.replace('e', 'E');
  // Go writes +Inf with its sign only when asked to by the flag.
  if (text === '+Inf' && verb !== 'v' && verb !== 'g' && !flags.includes('+')) return text;
  return withSign(text, flags);
}

function withSign(text: string, flags: string): string {
  if (/^[-+]/.test(text) || text === 'NaN') return text;
  if (flags.includes('+')) return `+${text}`;
  return flags.includes(' ') ? ` ${text}` : text;
}

function formatInt({ verb, flags }: Spec, value: bigint): string | undefined {
  const hash = flags.includes('#');
  switch (verb) {
    case 'v':
    case 'd':
      return withSign(String(value), flags);
    case 'x':
      return withSign(inBase(value, 16, hash ? '0x' : ''), flags);
    case 'X':
      return withSign(inBase(value, 16, '').toUpperCase(), flags);
    case 'o':
      return withSign(inBase(value, 8, hash ? '0' : ''), flags);
    case 'b':
      return withSign(inBase(value, 2, ''), flags);
    case 'c':
      return charOf(value);
    case 'q':
      return `'${charOf(value)}'`;
    case 'U':
      return `U+${value.toString(16).toUpperCase().padStart(4, '0')}`;
    default:
      return undefined;
  }
}

function inBase(value: bigint, base: number, prefix: string): string {
  return value < 0n ? `-${prefix}${(-value).toString(base)}` : prefix + value.toString(base);
}

function charOf(value: bigint): string {
  const isCodePoint = value >= 0n && value <= 0x10ffffn;
  return isCodePoint ? String.fromCodePoint(Number(value)) : '\ufffd';
}

function formatText({ verb, precision }: Spec, value: GoValue): string | undefined {
  const text = textOf(value);
  const cut = precision === undefined ? text : [...text].slice(0, precision).join('');
  if (verb === 's' || verb === 'v') return cut;
  if (verb === 'q') return quote(cut);
  if (typeof value !== 'string' || (verb !== 'x' && verb !== 'X')) return undefined;
  const bytes = [...new TextEncoder().encode(cut)];
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return verb === 'x' ? hex : hex.toUpperCase();
}
