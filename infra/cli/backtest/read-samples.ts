import { ok } from '../../../core/result.ts';
import { labelsFrom } from '../../../core/series/labels.ts';
import type { Series } from '../../../core/series/series.ts';
import type { Answer, ApiClient } from '../client.ts';
import { floatOf, isTooMuch, MatrixAnswer } from '../matrix-answer.ts';
import { MADE_METRICS } from './needed-metrics.ts';

/** Reads samples as they are stored, window by window. */
export interface SampleReader {
  /** All samples later than `fromMs` up to `toMs`. A failure says what could not be read. */
  readonly read: (fromMs: number, toMs: number) => Promise<Answer<readonly Series[]>>;
  /** What answers were short of, a line each, without doubles. */
  readonly warnings: ReadonlySet<string>;
  /** Samples read so far. */
  readonly samples: () => number;
}

/** Below it a window is not halved any more. */
const LEAST_MS = 60_000;
/** A selector of all names would not fit into a request. */
const MAX_SELECTOR_CHARS = 6000;

/**
 * A reader of these metrics. All of them are one query, as the table is read by hosts and minutes:
 * each query more would read the same minutes again. Where a window is too much for one answer it
 * is read in halves.
 */
export function createSampleReader(
  client: ApiClient,
  metrics: ReadonlySet<string> | 'all',
): SampleReader {
  const selectors = selectorsOf(metrics);
  const warnings = new Set<string>();
  let count = 0;
  const read = async (fromMs: number, toMs: number): Promise<Answer<readonly Series[]>> => {
    const all: Series[] = [];
    for (const selector of selectors) {
      const found = await readWindow(selector, fromMs, toMs);
      if (!found.ok) return found;
      all.push(...found.value);
    }
    return ok(all);
  };
  const readWindow = async (
    selector: string,
    fromMs: number,
    toMs: number,
  ): Promise<Answer<Series[]>> => {
    const params = {
      query: `${selector}[${toMs - fromMs}ms]`,
      time: String(toMs / 1000),
      max_source_resolution: '0',
    };
    const answer = await client.get('/api/v1/query', MatrixAnswer, params);
    if (!answer.ok) {
      if (!isTooMuch(answer.error) || toMs - fromMs <= LEAST_MS) return answer;
      const middleMs = fromMs + Math.floor((toMs - fromMs) / 2);
      const first = await readWindow(selector, fromMs, middleMs);
      if (!first.ok) return first;
      const second = await readWindow(selector, middleMs, toMs);
      return second.ok ? ok([...first.value, ...second.value]) : second;
    }
    for (const warning of answer.value.warnings) warnings.add(warning);
    const series = answer.value.data.result.map(({ metric, values }) => seriesOf(metric, values));
    count += series.reduce((sum, { timestamps }) => sum + timestamps.length, 0);
    return ok(series);
  };
  return { read, warnings, samples: () => count };
}

function selectorsOf(metrics: ReadonlySet<string> | 'all'): string[] {
  if (metrics === 'all')
    return [`{__name__!="",__name__!~${JSON.stringify(MADE_METRICS.join('|'))}}`];
  const selectors: string[] = [];
  let names: string[] = [];
  const close = () => {
    if (names.length > 0) selectors.push(`{__name__=~${JSON.stringify(names.join('|'))}}`);
    names = [];
  };
  for (const name of metrics) {
    // Names hold no character that means something in a pattern, unless they are UTF-8 ones.
    names.push(name.replace(/[.*+?^${}()[\]\\|]/g, '\\$&'));
    if (names.join('|').length > MAX_SELECTOR_CHARS) close();
  }
  close();
  return selectors;
}

function seriesOf(
  metric: Readonly<Record<string, string>>,
  points: readonly (readonly [number, string])[],
): Series {
  const timestamps = Float64Array.from(points, ([seconds]) => Math.round(seconds * 1000));
  const values = new Float64Array(points.length);
  points.forEach(([, text], i) => {
    values[i] = floatOf(text);
  });
  return { labels: labelsFrom(metric), timestamps, values };
}
