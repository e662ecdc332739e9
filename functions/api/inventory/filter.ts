import { matchesHostPattern } from '../../../core/host-pattern.ts';
import { err, ok, type Result } from '../../../core/result.ts';
import { limitParam, timeParam } from '../params.ts';
import { type ApiError, badParameter } from '../reply.ts';

/** What is asked of the lists of hosts and VMs. */
export interface ListFilter {
  /** The name, or a VM's UUID: one of these patterns; none: any. */
  readonly names: readonly string[];
  /** The host a VM is on: one of these patterns; none: any. */
  readonly hosts: readonly string[];
  /** All of these must be so. */
  readonly tags: readonly TagCondition[];
  /** One of these; none: any but `gone`. */
  readonly states: readonly string[];
  /** As it was at this time, ms since 1970; absent: as it is. */
  readonly atMs?: number;
  readonly limit: number;
  /** What the last page ended with; `''`: from the beginning. */
  readonly after: string;
}

interface TagCondition {
  readonly name: string;
  /** Absent: any value. */
  readonly pattern?: string;
}

/** A page: some 5 MB of VMs. */
const LIMIT = 5000;

/** Reads `name`, `host`, `tag`, `state`, `at`, `limit` and `next`. */
export function readFilter(
  params: URLSearchParams,
  known: readonly string[],
): Result<ListFilter, ApiError> {
  const limit = limitParam(params);
  if (!limit.ok) return limit;
  const at = timeParam(params, 'at', Number.NaN);
  if (!at.ok) return at;
  const tags: TagCondition[] = [];
  for (const text of given(params, 'tag')) {
    const [, name = '', , pattern] = /^([^=]+)(=(.*))?$/s.exec(text) ?? [];
    if (name === '') return err(badParameter('tag', `${JSON.stringify(text)} is not NAME=VALUE`));
    tags.push(pattern === undefined ? { name } : { name, pattern });
  }
  const states = given(params, 'state');
  const unknown = states.find((state) => !known.includes(state));
  if (unknown !== undefined)
    return err(
      badParameter('state', `${JSON.stringify(unknown)} is not one of ${known.join(', ')}`),
    );
  return ok({
    names: given(params, 'name'),
    hosts: given(params, 'host'),
    tags,
    states,
    ...(Number.isNaN(at.value) ? {} : { atMs: at.value }),
    limit: limit.value === 0 ? LIMIT : Math.min(limit.value, LIMIT),
    after: params.get('next') ?? '',
  });
}

function given(params: URLSearchParams, name: string): string[] {
  return params.getAll(name).filter((text) => text !== '');
}

/** Does one of the texts fit one of the patterns, or are there no patterns? */
export function fitsAny(patterns: readonly string[], texts: readonly string[]): boolean {
  if (patterns.length === 0) return true;
  return patterns.some((pattern) => texts.some((text) => matchesHostPattern(pattern, text)));
}

export function fitsTags(
  conditions: readonly TagCondition[],
  tags: Readonly<Record<string, string>>,
): boolean {
  return conditions.every(({ name, pattern }) => {
    const value = tags[name];
    return value !== undefined && (pattern === undefined || matchesHostPattern(pattern, value));
  });
}

/** Some of what fits, and where the next page begins; `keyOf` orders them. */
export function page<T>(
  all: readonly T[],
  keyOf: (one: T) => string,
  { limit, after }: ListFilter,
): { readonly some: readonly T[]; readonly next?: string } {
  const rest = all
    .map((one) => ({ one, key: keyOf(one) }))
    .filter(({ key }) => after === '' || key > after)
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const some = rest.slice(0, limit);
  const last = some.at(-1);
  return {
    some: some.map(({ one }) => one),
    ...(last === undefined || some.length === rest.length ? {} : { next: last.key }),
  };
}
