import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { timeText } from '../../core/exposition/write-openmetrics.ts';
import { labelsKey, labelsOf } from '../../core/series/labels.ts';
import { bitsOf, type Series, setStaleAt } from '../../core/series/series.ts';
import { decodeV1 } from '../../functions/remote-write/decode-v1.ts';
import { openMetricsText } from '../../infra/cli/export/openmetrics-text.ts';
import { Faults } from '../../infra/cli/import/faults.ts';
import { linesOf } from '../../infra/cli/import/line-stream.ts';
import { OpenMetricsReader } from '../../infra/cli/import/openmetrics-reader.ts';
import {
  decodeReadResponse,
  encodeReadRequest,
} from '../../infra/cli/import/remote-read-message.ts';
import { encodeWriteRequest } from '../../infra/cli/import/write-request.ts';
import { joinPieces } from '../../infra/cli/transfer/join-pieces.ts';
import { type Group, SeriesRuns } from '../../infra/cli/transfer/series-runs.ts';

const ALL = { fromMs: -Infinity, toMs: Infinity, selectors: [] };

const text = fc.oneof(
  fc.stringMatching(/^[a-z_]{1,6}(_total)?$/),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 5 }),
  fc.constantFrom('\\', '"', '\n', '{}', '} 1 2', ' # ', 'host_oom_kills_total', 'le'),
);
const label = text.filter((name) => name !== '__name__');
const time = fc.nat({ max: 253_402_300_799_000 });
const value = fc.oneof(
  fc.double(),
  fc.constantFrom(-0, 0.1, 1e21, 5e-324, Number.NaN, Infinity, -Infinity),
);

/** A series in order, of a few samples. */
const series: fc.Arbitrary<Series> = fc
  .tuple(
    text,
    fc.array(fc.tuple(label, text), { maxLength: 3 }),
    fc.uniqueArray(fc.tuple(time, value), {
      selector: ([ms]) => ms,
      minLength: 1,
      maxLength: 8,
    }),
  )
  .map(([name, labels, samples]) => {
    const sorted = samples.toSorted(([a], [b]) => a - b);
    return {
      labels: labelsOf([['__name__', name], ...labels]),
      timestamps: Float64Array.from(sorted, ([ms]) => ms),
      values: Float64Array.from(sorted, ([, one]) => one),
    };
  });
const manySeries = fc.uniqueArray(series, {
  selector: ({ labels }) => labelsKey(labels),
  maxLength: 8,
});

/** As text that differs where anything does; NaN are all alike. */
function told(all: readonly Series[]): string[] {
  return all
    .map(({ labels, timestamps, values }) =>
      JSON.stringify([
        labels,
        [...timestamps],
        Array.from(values, (one) => (Object.is(one, -0) ? '-0' : String(one))),
      ]),
    )
    .sort();
}

const open: SeriesRuns[] = [];
afterEach(async () => {
  for (const runs of open.splice(0)) await runs.close();
});

function newRuns(memorySamples: number, maxRuns: number): SeriesRuns {
  const runs = new SeriesRuns(memorySamples, maxRuns);
  open.push(runs);
  return runs;
}

async function read(page: string, partBytes: number): Promise<{ all: Series[]; faults: string[] }> {
  const faults = new Faults();
  const reader = new OpenMetricsReader(ALL, faults);
  const bytes = Buffer.from(page);
  async function* parts() {
    for (let at = 0; at < bytes.length; at += partBytes) yield bytes.subarray(at, at + partBytes);
  }
  reader.begin('page');
  for await (const lines of linesOf(parts())) for (const line of lines) reader.read(line);
  reader.end();
  const all = reader.take().map(({ labels, timestamps, values }) => ({
    labels,
    timestamps: Float64Array.from(timestamps),
    values: Float64Array.from(values),
  }));
  return { all, faults: faults.lines() };
}

test('what is written as OpenMetrics is read as what it was', async () => {
  await fc.assert(
    fc.asyncProperty(manySeries, fc.integer({ min: 1, max: 50 }), async (all, partBytes) => {
      async function* groups(): AsyncGenerator<Group> {
        for (const one of all) yield { rank: '', pieces: [one] };
      }
      let page = '';
      for await (const part of openMetricsText(groups(), { series: 0, samples: 0 })) page += part;
      const found = await read(page, partBytes);
      expect(found.faults).toEqual([]);
      expect(told(found.all)).toEqual(told(all));
    }),
  );
});

test('a reader of any text says what is wrong, and never throws', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (page) => {
      await read(`${page}\n`, 7);
    }),
  );
});

test('a time is the same ms to those who round and to those who cut off', () => {
  fc.assert(
    fc.property(time, (ms) => {
      expect(Math.trunc(Number(timeText(ms)) * 1000)).toBe(ms);
      expect(Math.round(Number(timeText(ms)) * 1000)).toBe(ms);
    }),
    { numRuns: 2000 },
  );
});

test('samples are sorted by rank, however little fits into memory', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', '\ud800'), series), { maxLength: 30 }),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 4 }),
      async (pieces, memorySamples, maxRuns) => {
        const runs = newRuns(memorySamples, maxRuns);
        for (const [rank, one] of pieces) await runs.add(rank, one);
        const found: [string, string[]][] = [];
        for await (const { rank, pieces: ofRank } of runs.sorted())
          found.push([rank, ofRank.map((one) => told([one]).join())]);
        const ranks = [...new Set(pieces.map(([rank]) => rank))].sort();
        const wanted = ranks.map((rank) => [
          rank,
          pieces.filter(([of]) => of === rank).map(([, one]) => told([one]).join()),
        ]);
        expect(found).toEqual(wanted);
      },
    ),
    { numRuns: 40 },
  );
});

test('pieces of a series are its samples in order, the first of each instant', () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.tuple(fc.nat({ max: 9 }), fc.nat({ max: 3 })))), (parts) => {
      const pieces = parts.map((samples) => ({
        labels: [],
        timestamps: Float64Array.from(samples, ([ms]) => ms),
        values: Float64Array.from(samples, ([, one]) => one),
      }));
      if (pieces.length === 0) return;
      const first = new Map<number, number>();
      const isOther = parts.flat().map(([ms, one]) => {
        if (!first.has(ms)) first.set(ms, one);
        return first.get(ms) !== one;
      });
      const { series: joined, conflicts } = joinPieces(pieces);
      const rows = Array.from(joined.timestamps, (ms, i) => [ms, joined.values[i]]);
      expect(rows).toEqual([...first].sort(([a], [b]) => a - b));
      expect(conflicts).toBe(isOther.filter(Boolean).length);
    }),
  );
});

test('requests are remote write, to the bit', () => {
  fc.assert(
    fc.property(manySeries, (all) => {
      for (const { values } of all) if (values.length > 2) setStaleAt(values, 0);
      const sent = decodeV1(encodeWriteRequest(all));
      expect(sent.map(({ timestamps, bits }) => [timestamps, bits])).toEqual(
        all.map(({ timestamps, values }) => [[...timestamps], [...bitsOf(values)]]),
      );
      expect(sent.map(({ labels }) => labels.length / 2)).toEqual(
        all.map(({ labels }) => labels.length / 2),
      );
    }),
  );
});

test('a response of remote read is the series of all its queries, to the bit', () => {
  const one: Series = {
    labels: labelsOf([
      ['__name__', 'up'],
      ['job', 'a'],
    ]),
    timestamps: Float64Array.of(1000, 2000),
    values: Float64Array.of(1, 0),
  };
  setStaleAt(one.values, 1);
  // A result holds series as a write request does.
  const result = encodeWriteRequest([one]);
  const response = new BinaryWriter();
  for (let query = 0; query < 2; query++)
    response.tag(1, WireType.LengthDelimited).fork().raw(result).join();
  const found = decodeReadResponse(response.finish());
  expect(found).toMatchObject({ samples: 4, histograms: 0 });
  expect(found.series.map(({ labels, values }) => [labels, [...bitsOf(values)]])).toEqual([
    [one.labels, [...bitsOf(one.values)]],
    [one.labels, [...bitsOf(one.values)]],
  ]);
});

test('a request of remote read has times and matchers', () => {
  const matches = () => true;
  const bytes = encodeReadRequest([[{ name: 'job', op: '!~', value: 'a.*', matches }]], {
    fromMs: 1,
    toMs: 300,
  });
  expect(Buffer.from(bytes).toString('latin1')).toBe(
    '\n\x13\x08\x01\x10\xac\x02\x1a\x0c\x08\x03\x12\x03job\x1a\x03a.*',
  );
});
