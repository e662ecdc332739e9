import { LOOKBACK_MS } from '../../../core/promql/context.ts';
import { ok } from '../../../core/result.ts';
import {
  type Labels,
  labelsFrom,
  labelsKey,
  labelValue,
  METRIC_NAME,
} from '../../../core/series/labels.ts';
import { isStaleAt, type Series } from '../../../core/series/series.ts';
import type { Answer, ApiClient } from '../client.ts';
import { isTooMuch, MatrixAnswer } from '../matrix-answer.ts';
import { indexAfter } from './arrival.ts';

/**
 * Where series ended. A range selector gives samples without staleness markers, so that a VM which
 * was undefined looks like one whose host fell silent: its series would be seen for five minutes
 * more. So of each gap it is asked at the ticks in it whether the series still had a value.
 */
export interface EndedSeries {
  readonly labels: Labels;
  /** After the series' last sample and the tick before, at most at the tick that missed it. */
  readonly atMs: number;
}

/** Between two samples, with no other for much longer than usual. */
interface Gap {
  readonly series: Series;
  readonly lastMs: number;
  /** The next sample, or the end of what is read. */
  readonly untilMs: number;
}

/** A sample is late by less than the interval of its series. */
const GAP_INTERVALS = 2.5;
/** What a series of a single sample may have as interval. */
const LONGEST_INTERVAL_MS = 60_000;
/** Hosts named in a query; with more of them all are asked. */
const MAX_HOSTS_NAMED = 50;

/** The ends of series in (`fromMs`, `toMs`], as far as ticks, `stepMs` apart, could tell them. */
export async function findEndedSeries(
  client: ApiClient,
  held: Iterable<Series>,
  [fromMs, toMs]: readonly [number, number],
  ticks: readonly number[],
): Promise<Answer<readonly EndedSeries[]>> {
  const gaps = [...held].flatMap((series) => gapsOf(series, fromMs, toMs, ticks));
  const asked = new Set(gaps.flatMap((gap) => ticksIn(gap, ticks)));
  const firstMs = ticks.find((at) => asked.has(at));
  const lastMs = ticks.findLast((at) => asked.has(at));
  if (firstMs === undefined || lastMs === undefined) return ok([]);
  const present = await readPresence(
    client,
    selectorOf(gaps),
    ticks.filter((at) => at >= firstMs && at <= lastMs),
  );
  if (!present.ok) return present;
  return ok(gaps.flatMap((gap) => endIn(gap, ticks, present.value)));
}

/** Ticks at which a series with a gap still has its last value, unless it has ended. */
function ticksIn({ lastMs, untilMs }: Gap, ticks: readonly number[]): number[] {
  return ticks.filter((at) => at > lastMs && at < untilMs && at - lastMs < LOOKBACK_MS);
}

function gapsOf(series: Series, fromMs: number, toMs: number, ticks: readonly number[]): Gap[] {
  const { timestamps, values } = series;
  const longMs = GAP_INTERVALS * usualInterval(timestamps);
  const gaps: Gap[] = [];
  const first = Math.max(0, indexAfter(timestamps, fromMs - LOOKBACK_MS) - 1);
  for (let i = first; i < timestamps.length; i++) {
    const lastMs = timestamps[i] ?? 0;
    const nextMs = timestamps[i + 1];
    if (isStaleAt(values, i) || (nextMs ?? toMs) - lastMs <= longMs) continue;
    const gap = { series, lastMs, untilMs: nextMs ?? toMs + 1 };
    if (gap.untilMs > fromMs && ticksIn(gap, ticks).length > 0) gaps.push(gap);
  }
  return gaps;
}

function usualInterval(timestamps: Float64Array): number {
  let least = LONGEST_INTERVAL_MS;
  for (let i = 1; i < timestamps.length; i++)
    least = Math.min(least, (timestamps[i] ?? 0) - (timestamps[i - 1] ?? 0));
  return least;
}

function selectorOf(gaps: readonly Gap[]): string {
  const valuesOf = (label: string) => [
    ...new Set(gaps.map(({ series }) => labelValue(series.labels, label))),
  ];
  const pattern = (values: readonly string[]) =>
    JSON.stringify(values.map((value) => value.replace(/[.*+?^${}()[\]\\|]/g, '\\$&')).join('|'));
  const hosts = valuesOf('host');
  const ofHosts =
    hosts.length > MAX_HOSTS_NAMED || hosts.includes('') ? '' : `,host=~${pattern(hosts)}`;
  return `{__name__=~${pattern(valuesOf(METRIC_NAME))}${ofHosts}}`;
}

/** By series: the ticks at which it had a value. Asked for in halves where all is too much. */
async function readPresence(
  client: ApiClient,
  query: string,
  ticks: readonly number[],
): Promise<Answer<Map<string, Set<number>>>> {
  const [first = 0, second = first + 1000] = ticks;
  const answer = await client.get('/api/v1/query_range', MatrixAnswer, {
    query,
    start: String(first / 1000),
    end: String((ticks.at(-1) ?? first) / 1000),
    step: String((second - first) / 1000),
    max_source_resolution: '0',
  });
  if (!answer.ok) {
    if (!isTooMuch(answer.error) || ticks.length < 2) return answer;
    const middle = ticks.length >> 1;
    const before = await readPresence(client, query, ticks.slice(0, middle));
    if (!before.ok) return before;
    const after = await readPresence(client, query, ticks.slice(middle));
    return after.ok ? ok(united(before.value, after.value)) : after;
  }
  return ok(
    new Map(
      answer.value.data.result.map(({ metric, values }) => [
        labelsKey(labelsFrom(metric)),
        new Set(values.map(([seconds]) => Math.round(seconds * 1000))),
      ]),
    ),
  );
}

function united(
  a: ReadonlyMap<string, ReadonlySet<number>>,
  b: ReadonlyMap<string, ReadonlySet<number>>,
): Map<string, Set<number>> {
  const all = new Map<string, Set<number>>();
  for (const [key, ticks] of [...a, ...b])
    all.set(key, new Set([...ticks, ...(all.get(key) ?? [])]));
  return all;
}

function endIn(
  gap: Gap,
  ticks: readonly number[],
  present: ReadonlyMap<string, ReadonlySet<number>>,
): EndedSeries[] {
  const { labels } = gap.series;
  const had = present.get(labelsKey(labels));
  const missedMs = ticksIn(gap, ticks).find((at) => had?.has(at) !== true);
  if (missedMs === undefined) return [];
  const before = ticks.findLast((at) => at < missedMs) ?? gap.lastMs;
  return [{ labels, atMs: Math.max(gap.lastMs, before) + 1 }];
}
