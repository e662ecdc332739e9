import { civilTime } from '../../time.ts';
import { type GoMethod, KV_METHODS, LIST_METHODS } from './alertmanager-types.ts';
import { formatTime, goDurationText, timeText } from './time-text.ts';
import {
  entryOf,
  type GoDuration,
  type GoTime,
  type GoValue,
  TemplateFailure,
  typeName,
} from './value.ts';
import { zonedMs } from './zone.ts';

/** Go's zero time, the first second of year 1: what a time that is not known is. */
export const ZERO_TIME_MS = -62_135_596_800_000;

const civil = (time: GoTime) => civilTime(zonedMs(time));

const TIME_METHODS: Readonly<Record<string, GoMethod<GoTime>>> = {
  String: { arity: 0, call: timeText },
  Format: { arity: 1, call: (time, [layout]) => formatTime(time, textArgument(layout)) },
  Add: {
    arity: 1,
    call: (time, [duration]) => {
      if (typeof duration === 'object' && duration.kind === 'duration')
        return { ...time, atMs: time.atMs + duration.seconds * 1000 };
      throw new TemplateFailure('wrong type for value; expected time.Duration');
    },
  },
  Sub: {
    arity: 1,
    call: (time, [other]) => ({
      kind: 'duration',
      seconds: (time.atMs - timeArgument(other).atMs) / 1000,
    }),
  },
  After: { arity: 1, call: (time, [other]) => time.atMs > timeArgument(other).atMs },
  Before: { arity: 1, call: (time, [other]) => time.atMs < timeArgument(other).atMs },
  IsZero: { arity: 0, call: (time) => time.atMs === ZERO_TIME_MS },
  UTC: { arity: 0, call: ({ atMs }) => ({ kind: 'time', atMs }) },
  Unix: { arity: 0, call: (time) => BigInt(Math.floor(time.atMs / 1000)) },
  UnixMilli: { arity: 0, call: (time) => BigInt(Math.floor(time.atMs)) },
  Year: { arity: 0, call: (time) => BigInt(civil(time).year) },
  Day: { arity: 0, call: (time) => BigInt(civil(time).day) },
  Hour: { arity: 0, call: (time) => BigInt(civil(time).hour) },
  Minute: { arity: 0, call: (time) => BigInt(civil(time).minute) },
  Second: { arity: 0, call: (time) => BigInt(civil(time).second) },
};

const DURATION_METHODS: Readonly<Record<string, GoMethod<GoDuration>>> = {
  String: { arity: 0, call: (duration) => goDurationText(duration.seconds) },
  Seconds: { arity: 0, call: (duration) => duration.seconds },
  Minutes: { arity: 0, call: (duration) => duration.seconds / 60 },
  Hours: { arity: 0, call: (duration) => duration.seconds / 3600 },
};

/**
 * `value.name`: a method, which may have arguments, a key of a map (`''` when missing, as Prometheus
 * sets `missingkey=zero`) or a field of a struct.
 */
export function fieldOf(value: GoValue, name: string, args?: readonly GoValue[]): GoValue {
  const call = methodOf(value, name);
  if (call !== undefined) return call(args ?? []);
  if (args !== undefined) throw new TemplateFailure(`${name} is not a method but has arguments`);
  if (value === undefined) throw new TemplateFailure(`nil data; no entry for key "${name}"`);
  if (typeof value === 'object' && value.kind === 'map') return entryOf(value, name);
  if (typeof value === 'object' && value.kind === 'struct' && value.fields.has(name))
    return value.fields.get(name);
  throw new TemplateFailure(`can't evaluate field ${name} in type ${typeName(value)}`);
}

type Call = (args: readonly GoValue[]) => GoValue;

function methodOf(value: GoValue, name: string): Call | undefined {
  if (typeof value !== 'object') return undefined;
  switch (value.kind) {
    case 'time':
      return bound(TIME_METHODS, value, name);
    case 'duration':
      return bound(DURATION_METHODS, value, name);
    case 'map':
      return value.of === 'KV' ? bound(KV_METHODS, value, name) : undefined;
    case 'list':
      return value.of === undefined ? undefined : bound(LIST_METHODS[value.of], value, name);
    case 'struct':
      return undefined;
  }
}

function bound<T>(
  methods: Readonly<Record<string, GoMethod<T>>>,
  receiver: T,
  name: string,
): Call | undefined {
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (method === undefined) return undefined;
  return (args) => {
    if (args.length === method.arity) return method.call(receiver, args);
    throw new TemplateFailure(
      `wrong number of args for ${name}: want ${method.arity} got ${args.length}`,
    );
  };
}

function textArgument(value: GoValue): string {
  if (typeof value === 'string') return value;
  throw new TemplateFailure('wrong type for value; expected string');
}

function timeArgument(value: GoValue): GoTime {
  if (typeof value === 'object' && value.kind === 'time') return value;
  throw new TemplateFailure(`wrong type for value; expected time.Time; got ${typeName(value)}`);
}
