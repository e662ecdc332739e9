import { compareStrings } from '../../series/labels.ts';
import { rfc3339 } from './time-text.ts';
import { type GoStruct, type GoValue, TemplateFailure } from './value.ts';

/** How a type of struct (`template.Alert`) names its fields; others are left out. */
export type JsonNames = Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * A value as Go's encoding/json writes it: keys of a map sorted, `<`, `>` and `&` escaped.
 */
export function jsonText(value: GoValue, names: JsonNames): string {
  switch (typeof value) {
    case 'undefined':
      return 'null';
    case 'string':
      return quoted(value);
    case 'boolean':
    case 'bigint':
      return String(value);
    case 'number':
      if (Number.isFinite(value)) return String(value);
      throw new TemplateFailure(`json: unsupported value: ${value}`);
    default:
      break;
  }
  switch (value.kind) {
    case 'list':
      return `[${value.items.map((item) => jsonText(item, names)).join(',')}]`;
    case 'map': {
      const sorted = [...value.entries].sort(([a], [b]) => compareStrings(a, b));
      return object(sorted.map(([name, item]) => [name, jsonText(item, names)]));
    }
    case 'struct':
      return object(namedFields(value, names).map(([name, item]) => [name, jsonText(item, names)]));
    case 'time':
      return quoted(rfc3339(value));
    case 'duration':
      return String(Math.round(value.seconds * 1e9));
  }
}

function namedFields(struct: GoStruct, names: JsonNames): [string, GoValue][] {
  const own = Object.hasOwn(names, struct.typeName) ? names[struct.typeName] : undefined;
  return [...struct.fields].flatMap(([field, item]) => {
    const name = own !== undefined && Object.hasOwn(own, field) ? own[field] : undefined;
    return name === undefined ? [] : [[name, item] satisfies [string, GoValue]];
  });
}

function object(pairs: readonly (readonly [string, string])[]): string {
  return `{${pairs.map(([name, text]) => `${quoted(name)}:${text}`).join(',')}}`;
}

function quoted(text: string): string {
  return JSON.stringify(text.toWellFormed()).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
