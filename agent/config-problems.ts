import * as v from 'valibot';
import { SettingsSchema } from './config-schema.ts';

export type SettingPath = readonly (string | number)[];

/** What is wrong with one value or key. */
export interface Problem {
  readonly path: SettingPath;
  readonly reason: string;
}

/**
 * Everything wrong with settings, given what their schema says; none when they can be used. First what
 * the schema does not see or tell: all unknown keys of a mapping, and lists where mappings belong.
 */
export function problemsOf(
  settings: unknown,
  issues: readonly v.BaseIssue<unknown>[],
): readonly Problem[] {
  const shape = shapeProblems(SettingsSchema, settings, []);
  const told = new Set(shape.map(({ path }) => path.join('\n')));
  const others = issues
    .filter((issue) => !isUnknownKey(issue))
    .map(problemOf)
    .filter(({ path }) => !path.some((_, i) => told.has(path.slice(0, i + 1).join('\n'))));
  return [...shape, ...others];
}

/** `scrape[0].interval` */
export function formatPath(path: SettingPath): string {
  return path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? part : `.${part}`))
    .join('');
}

function isUnknownKey(issue: v.BaseIssue<unknown>): boolean {
  return issue.type === 'strict_object' && issue.expected === 'never';
}

function problemOf(issue: v.BaseIssue<unknown>): Problem {
  const path = (issue.path ?? []).map(({ key }) => (typeof key === 'number' ? key : String(key)));
  return { path, reason: reasonOf(issue) };
}

const WORDS: Readonly<Record<string, string>> = {
  Object: 'a mapping',
  Array: 'a list',
  string: 'a text',
  number: 'a number',
};

function reasonOf({ type, kind, message, expected, received }: v.BaseIssue<unknown>): string {
  if (type === 'strict_object' && received === 'undefined') return 'is missing';
  if (kind !== 'schema' || !message.startsWith('Invalid')) {
    return message.startsWith('Invalid') ? `must be ${expected}, not ${received}` : message;
  }
  const wanted = WORDS[expected ?? ''] ?? expected ?? 'another value';
  return `must be ${wanted}, not ${WORDS[received] ?? received}`;
}

function shapeProblems(schema: unknown, value: unknown, path: SettingPath): Problem[] {
  const known = shapeOf(schema);
  if (known === undefined || typeof value !== 'object' || value === null) return [];
  const { item, entries } = known;
  if (Array.isArray(value)) {
    return item === undefined
      ? [{ path, reason: 'must be a mapping, not a list' }]
      : value.flatMap((one, i) => shapeProblems(item, one, [...path, i]));
  }
  if (entries === undefined) return [];
  return Object.entries(value).flatMap(([key, child]) =>
    Object.hasOwn(entries, key)
      ? shapeProblems(entries[key], child, [...path, key])
      : [{ path: [...path, key], reason: unknownReason(key, Object.keys(entries)) }],
  );
}

const Shape = v.object({
  type: v.string(),
  wrapped: v.optional(v.unknown()),
  entries: v.optional(v.record(v.string(), v.unknown())),
  item: v.optional(v.unknown()),
});

/** The keys of a mapping's schema, none of a record's, or the schema of a list's items. */
function shapeOf(
  schema: unknown,
): Omit<v.InferOutput<typeof Shape>, 'type' | 'wrapped'> | undefined {
  const parsed = v.safeParse(Shape, schema);
  if (!parsed.success) return undefined;
  const { type, wrapped, entries, item } = parsed.output;
  if (wrapped !== undefined) return shapeOf(wrapped);
  return ['strict_object', 'record', 'array'].includes(type) ? { entries, item } : undefined;
}

function unknownReason(key: string, known: readonly string[]): string {
  const near = nearest(key, known);
  return near === undefined
    ? `no such setting; there are ${known.join(', ')}`
    : `no such setting; did you mean ${near}?`;
}

/** Mistyped letters that still suggest a name: more, and any short name would be near. */
const EDITS_MAX = 3;

/** The name with the fewest edits from what was written, if it is near at all. */
function nearest(written: string, names: readonly string[]): string | undefined {
  const plain = plainName(written);
  const [best] = names
    .map((name) => ({ name, edits: editDistance(plain, plainName(name)) }))
    .sort((a, b) => a.edits - b.edits);
  const limit = Math.min(EDITS_MAX, Math.floor(written.length / 2));
  return best !== undefined && best.edits <= limit ? best.name : undefined;
}

/** `sample_interval` is written as in other programs: nothing but the spelling differs. */
function plainName(name: string): string {
  return name.slice(0, 64).replaceAll(/[-_]/g, '').toLowerCase();
}

/** Letters inserted, left out, changed, or swapped with the next. Optimal string alignment. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let edits = Math.min(
        (last[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (last[j - 1] ?? 0) + (same ? 0 : 1),
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        edits = Math.min(edits, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(edits);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
