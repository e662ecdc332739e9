import { type BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { expectWire, messageEnd, readerOf, readFields } from './fields.ts';
import type { SentSeries } from './message.ts';
import { SeriesBuilder, SeriesList } from './series-builder.ts';

/**
 * Remote write 1.0. Source: prometheus/prompb/remote.proto and types.proto, of which:
 *
 *     message WriteRequest { repeated TimeSeries timeseries = 1; repeated MetricMetadata metadata = 3; }
 *     message TimeSeries {
 *       repeated Label labels = 1; repeated Sample samples = 2;
 *       repeated Exemplar exemplars = 3; repeated Histogram histograms = 4;
 *     }
 *     message Label { string name = 1; string value = 2; }
 *     message Sample { double value = 1; int64 timestamp = 2; }
 */
export function decodeV1(message: Uint8Array): readonly SentSeries[] {
  const reader = readerOf(message);
  const list = new SeriesList();
  readFields(reader, message.length, (field, wire) => {
    // The metadata is said by the catalogue, or by nobody: it is skipped.
    if (field !== 1) return false;
    list.add(readTimeSeries(reader, messageEnd(reader, message.length, wire, 'series')));
    return true;
  });
  return list.series;
}

/** One TimeSeries, which remote read has too. */
export function readTimeSeries(reader: BinaryReader, end: number): SentSeries {
  const builder = new SeriesBuilder();
  readFields(reader, end, (field, wire) => {
    if (field === 1) readLabel(reader, messageEnd(reader, end, wire, 'label'), builder);
    else if (field === 2) builder.readSample(reader, end, wire);
    else if (field === 3) builder.skipExemplar(reader, wire);
    else if (field === 4) builder.skipHistogram(reader, wire);
    else return false;
    return true;
  });
  return builder.build();
}

function readLabel(reader: BinaryReader, end: number, builder: SeriesBuilder): void {
  let name = '';
  let value = '';
  readFields(reader, end, (field, wire) => {
    if (field !== 1 && field !== 2) return false;
    expectWire(wire, WireType.LengthDelimited, 'label text');
    if (field === 1) name = reader.string();
    else value = reader.string();
    return true;
  });
  builder.addLabel(name, value);
}
