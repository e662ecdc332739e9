import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { Matcher } from '../../../core/promql/source.ts';
import { labelsOf } from '../../../core/series/labels.ts';
import { bitsOf, type Series } from '../../../core/series/series.ts';
import { readTimeSeries } from '../../../functions/remote-write/decode-v1.ts';
import { messageEnd, readerOf, readFields } from '../../../functions/remote-write/fields.ts';

/** Both ends included, ms since 1970. */
export interface ReadSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

/** EQ, NEQ, RE, NRE. */
const MATCHER_TYPES: Readonly<Record<Matcher['op'], number>> = {
  '=': 0,
  '!=': 1,
  '=~': 2,
  '!~': 3,
};

/**
 * A request for samples, a query for each selector. Source: prometheus/prompb/remote.proto:
 *
 *     message ReadRequest { repeated Query queries = 1; repeated ResponseType accepted_response_types = 2; }
 *     message Query { int64 start_timestamp_ms = 1; int64 end_timestamp_ms = 2; repeated LabelMatcher matchers = 3; }
 *     message LabelMatcher { Type type = 1; string name = 2; string value = 3; }
 *
 * The type of response left out is SAMPLES.
 */
export function encodeReadRequest(
  selectors: readonly (readonly Matcher[])[],
  { fromMs, toMs }: ReadSpan,
): Uint8Array {
  const out = new BinaryWriter();
  for (const matchers of selectors) {
    out.tag(1, WireType.LengthDelimited).fork();
    out.tag(1, WireType.Varint).int64(fromMs);
    out.tag(2, WireType.Varint).int64(toMs);
    for (const { op, name, value } of matchers) {
      out.tag(3, WireType.LengthDelimited).fork();
      out.tag(1, WireType.Varint).int32(MATCHER_TYPES[op]);
      out.tag(2, WireType.LengthDelimited).string(name);
      out.tag(3, WireType.LengthDelimited).string(value);
      out.join();
    }
    out.join();
  }
  return out.finish();
}

/** What a response holds. */
export interface ReadResponse {
  readonly series: readonly Series[];
  readonly samples: number;
  /** Native histograms, which are counted only. */
  readonly histograms: number;
}

/**
 * The series of all queries. Throws where it is no such message.
 *
 *     message ReadResponse { repeated QueryResult results = 1; }
 *     message QueryResult { repeated TimeSeries timeseries = 1; }
 */
export function decodeReadResponse(message: Uint8Array): ReadResponse {
  const reader = readerOf(message);
  const series: Series[] = [];
  let [samples, histograms] = [0, 0];
  readFields(reader, message.length, (field, wire) => {
    if (field !== 1) return false;
    const end = messageEnd(reader, message.length, wire, 'result');
    readFields(reader, end, (inner, innerWire) => {
      if (inner !== 1) return false;
      const sent = readTimeSeries(reader, messageEnd(reader, end, innerWire, 'series'));
      histograms += sent.histogramCount;
      samples += sent.timestamps.length;
      if (sent.timestamps.length === 0) return true;
      const values = new Float64Array(sent.bits.length);
      bitsOf(values).set(sent.bits);
      const labels = labelsOf(pairs(sent.labels));
      series.push({ labels, timestamps: Float64Array.from(sent.timestamps), values });
      return true;
    });
    return true;
  });
  return { series, samples, histograms };
}

function pairs(flat: readonly string[]): [string, string][] {
  return Array.from({ length: flat.length / 2 }, (_, i) => [
    flat[2 * i] ?? '',
    flat[2 * i + 1] ?? '',
  ]);
}

/** How long a Snappy block says that it is unpacked. */
export function unpackedBytes(block: Uint8Array): number {
  return new BinaryReader(block).uint32();
}
