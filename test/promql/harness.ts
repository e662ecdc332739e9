import type { Expr } from '../../core/promql/ast.ts';
import { evaluateInstant, type InstantResult } from '../../core/promql/evaluate.ts';
import { createMemorySource } from '../../core/promql/memory-source.ts';
import { parsePromql } from '../../core/promql/parse.ts';
import { parseSeriesNotation } from '../../core/promql/series-notation.ts';
import type { Matcher, SampleSource } from '../../core/promql/source.ts';
import { compareStrings, formatLabels } from '../../core/series/labels.ts';
import { type Series, setStaleAt } from '../../core/series/series.ts';

/** Series written as `up{host="a"} 1 1 0 _ stale`, a point every `stepMs` from time 0. */
export function source(stepMs: number, ...lines: string[]): SampleSource {
  return createMemorySource(lines.map((line) => series(stepMs, line)));
}

function series(stepMs: number, line: string): Series {
  const notated = parseSeriesNotation(line);
  if (!notated.ok) throw new Error(notated.error.message);
  const points = [...notated.value.points.entries()].filter(([, point]) => point !== undefined);
  const values = Float64Array.from(points, ([, point]) => Number(point));
  for (const [i, [, point]] of points.entries()) if (point === 'stale') setStaleAt(values, i);
  const timestamps = Float64Array.from(points, ([index]) => index * stepMs);
  return { labels: notated.value.labels, timestamps, values };
}

export function parsed(query: string): Expr {
  const expr = parsePromql(query);
  if (!expr.ok) throw new Error(expr.error.message);
  return expr.value;
}

/** Result lines such as `up{host="a"} 1`, sorted unless `ordered`; an error is one line. */
export function ask(from: SampleSource, query: string, atMs: number, ordered = false): string[] {
  const expr = parsePromql(query);
  if (!expr.ok) return [`error: ${expr.error.message}`];
  const result = evaluateInstant(expr.value, atMs, from);
  if (!result.ok) return [`error: ${result.error.message}`];
  const lines = resultLines(result.value);
  return ordered ? lines : lines.sort(compareStrings);
}

function resultLines(result: InstantResult): string[] {
  switch (result.kind) {
    case 'scalar':
    case 'string':
      return [String(result.value)];
    case 'vector':
      return result.samples.map(({ labels, value }) => `${formatLabels(labels)} ${value}`);
    case 'matrix':
      return result.series.map(
        ({ labels, timestamps, values }) =>
          `${formatLabels(labels)} ${[...values].map((v, i) => `${v}@${timestamps[i]}`).join(' ')}`,
      );
  }
}

/** An expression without places in the text and without functions, to be compared. */
export function bare(expr: Expr): unknown {
  return JSON.parse(
    JSON.stringify(expr, (key, value: unknown) => {
      if (key === 'position' || key === 'opPosition' || key === 'matches') return undefined;
      if (Array.isArray(value) && key === 'matchers') return value.map(matcherText).sort();
      return typeof value === 'number' ? String(value) : value;
    }),
  );
}

function matcherText({ name, op, value }: Matcher): string {
  return `${JSON.stringify(name)}${op}${JSON.stringify(value)}`;
}
