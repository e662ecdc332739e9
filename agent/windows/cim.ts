import * as v from 'valibot';
import { type CimQuery, cimScript } from './script.ts';

/**
 * Values as ConvertTo-Json of Windows PowerShell 5.1 writes them. Whatever a class or a version does
 * not have is `null` or missing, and `undefined` here.
 */

/**
 * A number; 64-bit ones come as number or text. Above 2^53 the last bits are lost: of the time since
 * 1601 in 100 ns some 2 microseconds.
 */
export const cimNumber = v.optional(
  v.pipe(
    v.nullable(v.union([v.number(), v.pipe(v.string(), v.regex(/^-?\d+$/), v.transform(Number))])),
    v.transform((value) => value ?? undefined),
  ),
);

export const cimText = v.optional(
  v.pipe(
    v.nullable(v.string()),
    v.transform((value) => value?.trim() || undefined),
  ),
);

export const cimFlag = v.optional(
  v.pipe(
    v.nullable(v.boolean()),
    v.transform((value) => value ?? undefined),
  ),
);

/** An array of numbers; one of a single number may come as that number. */
export const cimNumbers = v.optional(
  v.pipe(
    v.nullable(v.union([v.array(v.number()), v.number()])),
    v.transform((value): readonly number[] =>
      value === null ? [] : typeof value === 'number' ? [value] : value,
    ),
  ),
  [],
);

/** Where the class is not said otherwise. */
const CIMV2 = 'root/cimv2';

/** A class of CIM with those of its properties that are wanted. */
export interface CimClass<Entries extends v.ObjectEntries> {
  readonly script: string;
  readonly rows: v.GenericSchema<
    unknown,
    readonly v.InferOutput<v.ObjectSchema<Entries, undefined>>[]
  >;
}

/** An instance of a class. */
export type RowOf<Class> =
  Class extends CimClass<infer Entries> ? v.InferOutput<v.ObjectSchema<Entries, undefined>> : never;

/** Names what is read of a class: `entries` by property. */
export function cimClass<const Entries extends v.ObjectEntries>(
  className: string,
  entries: Entries,
  options: Partial<Pick<CimQuery, 'namespace' | 'where'>> = {},
): CimClass<Entries> {
  const { namespace = CIMV2, where } = options;
  const properties = Object.keys(entries);
  return {
    script: cimScript({ namespace, className, properties, where }),
    rows: v.pipe(
      v.unknown(),
      v.transform((payload) => renamed(rowsIn(payload), properties)),
      v.array(v.object(entries)),
    ),
  };
}

/**
 * Rows with the names of their properties as they were asked for: CIM does not tell large letters
 * from small ones, and PowerShell gives them as the class spells them.
 */
function renamed(rows: unknown, properties: readonly string[]): unknown {
  if (!Array.isArray(rows)) return rows;
  const names = new Map(properties.map((name) => [name.toLowerCase(), name]));
  return rows.map((row: unknown) => {
    if (typeof row !== 'object' || row === null) return row;
    return Object.fromEntries(
      Object.entries(row).map(([name, value]) => [names.get(name.toLowerCase()) ?? name, value]),
    );
  });
}

/**
 * The objects in an answer. An array may come as such, as `{value: [...], Count: n}` where something
 * has extended the type of arrays in that PowerShell, and a single object without its array.
 */
export function rowsIn(payload: unknown): unknown {
  if (payload === null || payload === '') return [];
  if (Array.isArray(payload) || typeof payload !== 'object') return payload;
  const { value, Count: count } = payload as { value?: unknown; Count?: unknown };
  return Array.isArray(value) && typeof count === 'number' ? value : [payload];
}
