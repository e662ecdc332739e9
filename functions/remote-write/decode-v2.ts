import { type BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { MAX_LABELS_PER_SERIES } from '../../core/chunk/format.ts';
import { expectWire, messageEnd, readerOf, readFields } from './fields.ts';
import { MAX_REQUEST_SYMBOLS, MessageFault, type SentSeries } from './message.ts';
import { SeriesBuilder, SeriesList, tooMany } from './series-builder.ts';

/**
 * Remote write 2.0. Source: prometheus/prompb/io/prometheus/write/v2/types.proto, of which:
 *
 *     message Request { repeated string symbols = 4; repeated TimeSeries timeseries = 5; }
 *     message TimeSeries {
 *       repeated uint32 labels_refs = 1; repeated Sample samples = 2;
 *       repeated Histogram histograms = 3; repeated Exemplar exemplars = 4; Metadata metadata = 5;
 *     }
 *     message Sample { double value = 1; int64 timestamp = 2; int64 start_timestamp = 3; }
 */
export function decodeV2(message: Uint8Array): readonly SentSeries[] {
  // Fields may stand in any order, so the symbols are read before any series is.
  const symbols = readSymbols(message);
  const reader = readerOf(message);
  const list = new SeriesList();
  readFields(reader, message.length, (field, wire) => {
    if (field !== 5) return false;
    list.add(readSeries(reader, messageEnd(reader, message.length, wire, 'series'), symbols));
    return true;
  });
  return list.series;
}

function readSymbols(message: Uint8Array): readonly string[] {
  const reader = readerOf(message);
  const symbols: string[] = [];
  readFields(reader, message.length, (field, wire) => {
    if (field !== 4) return false;
    expectWire(wire, WireType.LengthDelimited, 'symbol');
    if (symbols.push(reader.string()) > MAX_REQUEST_SYMBOLS)
      throw tooMany(MAX_REQUEST_SYMBOLS, 'symbols');
    return true;
  });
  return symbols;
}

function readSeries(reader: BinaryReader, end: number, symbols: readonly string[]): SentSeries {
  const builder = new SeriesBuilder();
  const references: number[] = [];
  readFields(reader, end, (field, wire) => {
    if (field === 1) readReferences(reader, end, wire, references);
    else if (field === 2) builder.readSample(reader, end, wire);
    else if (field === 3) builder.skipHistogram(reader, wire);
    else if (field === 4) builder.skipExemplar(reader, wire);
    else return false;
    return true;
  });
  resolve(builder, references, symbols);
  return builder.build();
}

/** One label more than is taken: enough to tell that there are too many. */
const MAX_REFERENCES = 2 * (MAX_LABELS_PER_SERIES + 1);

/** Packed as proto3 writes them, or one by one as it also allows. */
function readReferences(
  reader: BinaryReader,
  outerEnd: number,
  wire: WireType,
  references: number[],
): void {
  const readOne = () => {
    const reference = reader.uint32();
    if (references.length < MAX_REFERENCES) references.push(reference);
  };
  if (wire === WireType.Varint) {
    readOne();
    return;
  }
  const end = messageEnd(reader, outerEnd, wire, 'label references');
  while (reader.pos < end) readOne();
  if (reader.pos !== end) throw new MessageFault(400, 'a label reference is cut off');
}

function resolve(
  builder: SeriesBuilder,
  references: readonly number[],
  symbols: readonly string[],
): void {
  builder.badReference = references.length % 2 === 1;
  for (let i = 0; i + 1 < references.length; i += 2) {
    const name = symbols[references[i] ?? 0];
    const value = symbols[references[i + 1] ?? 0];
    if (name === undefined || value === undefined) builder.badReference = true;
    else builder.addLabel(name, value);
  }
}
