import * as v from 'valibot';
import { MinuteColumns } from '../minute-columns.ts';
import type { Sample } from '../sample.ts';
import { type RecordKind, type SpoolRecord, scanRecords } from './record.ts';

/**
 * Samples of a minute that is not closed yet, as records: cheap to write, since the labels of a
 * series come only once, and short-lived. (A chunk for each would cost 0.3 ms of CPU time.)
 */
export class OpenMinuteWriter {
  readonly #places = new Map<string, number>();

  /** The payload of a sample's record. Values are finite or `ended`, as those of collectors are. */
  encode({ points }: Sample): Uint8Array {
    const first = this.#places.size;
    const labels: (readonly string[])[] = [];
    const series: number[] = [];
    const values: (number | 'ended')[] = [];
    for (const point of points) {
      let place = this.#places.get(point.key);
      if (place === undefined) {
        place = this.#places.size;
        this.#places.set(point.key, place);
        labels.push(point.labels);
      }
      series.push(place);
      values.push(point.value);
    }
    return Buffer.from(JSON.stringify({ first, labels, series, values }));
  }
}

const SamplePayload = v.object({
  /** The place of the first of `labels`: a sample before it may be damaged. */
  first: v.number(),
  labels: v.array(v.array(v.string())),
  series: v.array(v.number()),
  values: v.array(v.union([v.number(), v.literal('ended')])),
});

/** What is left of a minute that an agent could not close. */
export interface InterruptedMinute {
  readonly columns: MinuteColumns;
  /** Values of it that the server has. */
  readonly settledCount: number;
  /** Values of the samples that were being taken when the agent ended: probably so many. */
  readonly unfinishedCount: number;
  /** Fresh samples in all minutes before it. */
  readonly totalBefore: number;
  /** Values that were written and can't be read. */
  readonly damagedCount: number;
}

/** Reads the log of an open minute, as far as it is whole. */
export function readOpenMinute(bytes: Buffer): InterruptedMinute {
  const { found, damage } = scanRecords(bytes);
  const columns = new MinuteColumns();
  const known: (readonly string[])[] = [];
  let settledCount = 0;
  let begun: SpoolRecord | undefined;
  let damagedCount = damage.reduce((sum, { header, kind }) => sum + countOf(header, kind), 0);
  for (const { record } of found) {
    if (record.kind === 'begun') begun = record;
    if (record.kind === 'partStored') settledCount = Math.max(settledCount, record.count);
    if (record.kind !== 'sample') continue;
    begun = undefined;
    const sample = sampleOf(record, known);
    if (sample === undefined) damagedCount += record.count;
    else columns.add(sample);
  }
  // Of a sample that is damaged the beginning is there too.
  const unfinishedCount = begun === undefined || damagedCount > 0 ? 0 : Math.max(1, begun.count);
  const totalBefore = found.at(-1)?.record.total ?? 0;
  return { columns, settledCount, unfinishedCount, totalBefore, damagedCount };
}

function countOf(header: { readonly count: number } | undefined, kind: RecordKind | undefined) {
  if (kind === 'begun' || kind === 'partStored') return 0;
  return Math.max(1, header?.count ?? 1);
}

/** `undefined` where the series it tells of were named in a sample that is damaged. */
function sampleOf(record: SpoolRecord, known: (readonly string[])[]): Sample | undefined {
  const { first, labels, series, values } = v.parse(
    SamplePayload,
    JSON.parse(Buffer.from(record.payload).toString('utf8')),
  );
  for (const [i, ofSeries] of labels.entries()) known[first + i] = ofSeries;
  const points: Sample['points'][number][] = [];
  for (const [i, place] of series.entries()) {
    const ofSeries = known[place];
    const value = values[i];
    if (ofSeries === undefined || value === undefined) return undefined;
    points.push({ key: String(place), labels: ofSeries, value });
  }
  return { timestampMs: record.timestampMs, points };
}
