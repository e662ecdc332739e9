import type { Value } from '../../core/promql/context.ts';
import type { InstantResult } from '../../core/promql/evaluate.ts';
import { formatFloat } from '../../core/rules/template/float-text.ts';
import { compareStrings, type Labels } from '../../core/series/labels.ts';
import type { Series } from '../../core/series/series.ts';

/**
 * Results as Prometheus writes them: values as text, since JSON has no NaN or infinity; times in
 * seconds. Written by hand, as a long chart has a million samples.
 */

/** A longer answer fits into no reply, packed or not. (JavaScript's strings end at 512 MB.) */
const MAX_JSON_CHARS = 64 << 20;

/** Thrown while an answer is written; the handler answers with its message. */
export class ReplyTooLong extends Error {
  constructor() {
    super(
      `the answer has more than ${MAX_JSON_CHARS >> 20} MB: ask for fewer series, a wider step or a shorter time`,
    );
  }
}

/** A JSON array. Throws `ReplyTooLong` before it is one that can't be sent. */
export function jsonList<T>(all: Iterable<T>, toJson: (one: T, index: number) => string): string {
  const parts: string[] = [];
  let chars = 0;
  for (const one of all) {
    const part = toJson(one, parts.length);
    chars += part.length;
    if (chars > MAX_JSON_CHARS) throw new ReplyTooLong();
    parts.push(part);
  }
  return `[${parts.join(',')}]`;
}

/** A float64 as Prometheus' JSON has it, without the quotes. Source: util/jsonutil, MarshalFloat. */
function floatText(value: number): string {
  if (Object.is(value, -0)) return '-0';
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  // JavaScript and Prometheus turn to exponents at the same sizes; Go writes two digits of them.
  return String(value).replace(/e([+-])(\d)$/, 'e$10$2');
}

export function labelsJson(labels: Labels): string {
  let text = '';
  for (let i = 0; i < labels.length; i += 2) {
    text += `${i === 0 ? '' : ','}${JSON.stringify(labels[i])}:${JSON.stringify(labels[i + 1])}`;
  }
  return `{${text}}`;
}

function pointJson(atMs: number, value: number): string {
  return `[${atMs / 1000},"${floatText(value)}"]`;
}

/** A result without its time, and how many series of it were left out. */
export interface ResultJson {
  readonly json: string;
  readonly isTruncated: boolean;
}

/** `{ resultType, result }` of an instant query. `limit` 0: any number of series. */
export function instantJson(result: InstantResult, atMs: number, limit: number): ResultJson {
  switch (result.kind) {
    case 'scalar':
      // A scalar alone is the one number that Prometheus never gives an exponent.
      return resultJson('scalar', `[${atMs / 1000},"${formatFloat(result.value, 'f')}"]`);
    case 'string':
      return resultJson('string', `[${atMs / 1000},${JSON.stringify(result.value)}]`);
    case 'vector':
      return listJson('vector', result.samples, limit, ({ labels, value }) => {
        return `{"metric":${labelsJson(labels)},"value":${pointJson(atMs, value)}}`;
      });
    case 'matrix': {
      const sorted = result.series.toSorted((a, b) => compareLabels(a.labels, b.labels));
      return listJson('matrix', sorted, limit, seriesJson);
    }
  }
}

function seriesJson({ labels, timestamps, values }: Series): string {
  const points = jsonList(timestamps, (atMs, i) => pointJson(atMs, values[i] ?? Number.NaN));
  return `{"metric":${labelsJson(labels)},"values":${points}}`;
}

/** `{ resultType, result }` of a range query, or `undefined` for a value that no range has. */
export function rangeJson(
  value: Value,
  startMs: number,
  stepMs: number,
  limit: number,
): ResultJson | undefined {
  if (value.kind === 'scalar') {
    const points = jsonList(value.values, (one, i) => pointJson(startMs + i * stepMs, one));
    return resultJson('matrix', `[{"metric":{},"values":${points}}]`);
  }
  if (value.kind !== 'vector') return undefined;
  const { labels, values, present, steps } = value.block;
  const rows = labels
    .map((rowLabels, row) => ({ rowLabels, row }))
    .sort((a, b) => compareLabels(a.rowLabels, b.rowLabels));
  return listJson('matrix', rows, limit, ({ rowLabels, row }) => {
    const points: string[] = [];
    for (let step = 0; step < steps; step++) {
      const cell = row * steps + step;
      if (present[cell] !== 1) continue;
      points.push(pointJson(startMs + step * stepMs, values[cell] ?? Number.NaN));
    }
    return `{"metric":${labelsJson(rowLabels)},"values":[${points.join(',')}]}`;
  });
}

function listJson<T>(
  type: string,
  all: readonly T[],
  limit: number,
  toJson: (one: T) => string,
): ResultJson {
  const isTruncated = limit > 0 && all.length > limit;
  const kept = isTruncated ? all.slice(0, limit) : all;
  return { ...resultJson(type, jsonList(kept, toJson)), isTruncated };
}

function resultJson(type: string, result: string): ResultJson {
  return { json: `{"resultType":"${type}","result":${result}}`, isTruncated: false };
}

/** Orders label sets as Prometheus does: name by name, each with its value. */
export function compareLabels(a: Labels, b: Labels): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = compareStrings(a[i] ?? '', b[i] ?? '');
    if (order !== 0) return order;
  }
  return a.length - b.length;
}
