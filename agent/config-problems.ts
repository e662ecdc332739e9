import * as v from 'valibot';
import { SettingsSchema } from './config-schema.ts';

export type SettingPath = readonly (string | number)[];

/** What is wrong with one value or key. */
export interface Problem {
  readonly path: SettingPath;
  readonly reason: string;
}

/** Everything wrong with settings, unknown keys first; none when they can be used. */
export function problemsOf(settings: unknown, issues: readonly v.BaseIssue<unknown>[]): Problem[] {
  const others = issues.filter((issue) => !isUnknownKey(issue)).map(problemOf);
  return [...unknownKeys(SettingsSchema, settings, []), ...others];
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

/** Keys that no schema knows. (The schema itself stops at the first one of a mapping.) */
function unknownKeys(schema: unknown, value: unknown, path: SettingPath): Problem[] {
  const known = keysOf(schema);
  if (Array.isArray(value)) {
    const items = known?.item;
    return value.flatMap((item, i) => unknownKeys(items, item, [...path, i]));
  }
  if (known?.entries === undefined || typeof value !== 'object' || value === null) return [];
  const { entries } = known;
  return Object.entries(value).flatMap(([key, child]) =>
    Object.hasOwn(entries, key)
      ? unknownKeys(entries[key], child, [...path, key])
      : [{ path: [...path, key], reason: unknownReason(key, Object.keys(entries)) }],
  );
}

interface Known {
  readonly entries?: Readonly<Record<string, unknown>> | undefined;
  readonly item?: unknown;
}

const Schema = v.object({
  wrapped: v.optional(v.unknown()),
  pipe: v.optional(v.array(v.unknown())),
  entries: v.optional(v.record(v.string(), v.unknown())),
  item: v.optional(v.unknown()),
});

/** The keys of a mapping's schema, or the schema of a list's items, whatever is wrapped around. */
function keysOf(schema: unknown): Known | undefined {
  const parsed = v.safeParse(Schema, schema);
  if (!parsed.success) return undefined;
  const { wrapped, pipe, entries, item } = parsed.output;
  if (entries !== undefined || item !== undefined) return { entries, item };
  return wrapped === undefined && pipe === undefined ? undefined : keysOf(wrapped ?? pipe?.[0]);
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
