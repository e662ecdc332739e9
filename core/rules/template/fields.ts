import { civilTime } from '../../time.ts';
import { formatTime, goDurationText, timeText } from './time-text.ts';
import { type GoDuration, type GoTime, type GoValue, TemplateFailure, typeName } from './value.ts';

type Method<T> = (receiver: T, args: readonly GoValue[]) => GoValue;

const TIME_METHODS: Readonly<Record<string, Method<GoTime>>> = {
  String: timeText,
  Format: (time, [layout]) => {
    if (typeof layout === 'string') return formatTime(time.atMs, layout);
    throw new TemplateFailure('wrong type for value; expected string');
  },
  Add: (time, [duration]) => {
    if (typeof duration === 'object' && duration.kind === 'duration')
      return { kind: 'time', atMs: time.atMs + duration.seconds * 1000 };
    throw new TemplateFailure('wrong type for value; expected time.Duration');
  },
  UTC: (time) => time,
  Unix: (time) => BigInt(Math.floor(time.atMs / 1000)),
  UnixMilli: (time) => BigInt(Math.floor(time.atMs)),
  Year: (time) => BigInt(civilTime(time.atMs).year),
  Day: (time) => BigInt(civilTime(time.atMs).day),
  Hour: (time) => BigInt(civilTime(time.atMs).hour),
  Minute: (time) => BigInt(civilTime(time.atMs).minute),
  Second: (time) => BigInt(civilTime(time.atMs).second),
};

const DURATION_METHODS: Readonly<Record<string, Method<GoDuration>>> = {
  String: (duration) => goDurationText(duration.seconds),
  Seconds: (duration) => duration.seconds,
  Minutes: (duration) => duration.seconds / 60,
  Hours: (duration) => duration.seconds / 3600,
};

/** Methods of a time or a duration that take one argument; the others take none. */
const TAKES_ONE: ReadonlySet<string> = new Set(['Format', 'Add']);

/**
 * `value.name`: a key of a map (`''` when missing, as Prometheus sets `missingkey=zero`), a field
 * of a struct, or a method, which may have arguments.
 */
export function fieldOf(value: GoValue, name: string, args?: readonly GoValue[]): GoValue {
  if (typeof value === 'object' && (value.kind === 'time' || value.kind === 'duration')) {
    const result = callMethod(value, name, args ?? []);
    if (result !== undefined) return result;
  } else if (args !== undefined) {
    throw new TemplateFailure(`${name} is not a method but has arguments`);
  }
  if (value === undefined) throw new TemplateFailure(`nil data; no entry for key "${name}"`);
  if (typeof value === 'object' && value.kind === 'map') return value.entries.get(name) ?? '';
  if (typeof value === 'object' && value.kind === 'struct' && value.fields.has(name))
    return value.fields.get(name);
  throw new TemplateFailure(`can't evaluate field ${name} in type ${typeName(value)}`);
}

function callMethod(value: GoTime | GoDuration, name: string, args: readonly GoValue[]): GoValue {
  const known =
    value.kind === 'time'
      ? Object.hasOwn(TIME_METHODS, name)
      : Object.hasOwn(DURATION_METHODS, name);
  if (!known) return undefined;
  const wanted = TAKES_ONE.has(name) ? 1 : 0;
  if (args.length !== wanted) {
    throw new TemplateFailure(
      `wrong number of args for ${name}: want ${wanted} got ${args.length}`,
    );
  }
  return value.kind === 'time'
    ? TIME_METHODS[name]?.(value, args)
    : DURATION_METHODS[name]?.(value, args);
}
