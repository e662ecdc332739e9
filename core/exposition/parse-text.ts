import { err, ok, type Result } from '../result.ts';
import { readSampleLine, type SampleLine } from './sample-line.ts';

/** One line of an exporter's page. */
export interface ExposedSeries {
  readonly name: string;
  /** In the order of the page; without `__name__`. */
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly value: number;
}

/** What is wrong with a page, and where. */
export interface ExpositionError {
  /** From 1. */
  readonly line: number;
  readonly reason: string;
}

/**
 * The series of a page in Prometheus' text format or OpenMetrics' (which differ only in comments,
 * units of time, and exemplars; none of these are kept). Only names that `wanted` takes are read
 * further. One bad line makes the whole page bad, as for Prometheus: half a page would look like
 * series that ended. Source: prometheus.io/docs/instrumenting/exposition_formats.
 */
export function parseTextExposition(
  text: string,
  wanted: (name: string) => boolean,
): Result<readonly ExposedSeries[], ExpositionError> {
  const series: ExposedSeries[] = [];
  let lineNumber = 0;
  for (let from = 0; from < text.length; ) {
    let to = text.indexOf('\n', from);
    if (to < 0) to = text.length;
    lineNumber += 1;
    const line = text.slice(from, text[to - 1] === '\r' ? to - 1 : to);
    from = to + 1;
    if (line === '# EOF') break;
    if (line.startsWith('#')) continue;
    const parsed = readSampleLine(line, wanted);
    if (!parsed.ok) return err({ line: lineNumber, reason: parsed.error.text });
    if (parsed.value !== undefined) series.push(exposed(parsed.value));
  }
  return ok(series);
}

function exposed({ name, labels, value }: SampleLine): ExposedSeries {
  return { name, labels, value };
}
