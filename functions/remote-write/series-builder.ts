import { type BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { MAX_LABELS_PER_SERIES } from '../../core/chunk/format.ts';
import { expectWire, messageEnd, readFields } from './fields.ts';
import {
  MAX_REQUEST_CHARACTERS,
  MAX_REQUEST_LABELS,
  MAX_REQUEST_SAMPLES,
  MAX_REQUEST_SERIES,
  MessageFault,
  type SentSeries,
} from './message.ts';

/** Collects one TimeSeries of either version; the parts are alike but for how labels are written. */
export class SeriesBuilder {
  readonly #labels: string[] = [];
  readonly #timestamps: number[] = [];
  readonly #bits: bigint[] = [];
  #labelCount = 0;
  #histogramCount = 0;
  #exemplarCount = 0;
  badReference = false;

  addLabel(name: string, value: string): void {
    if (this.#labelCount++ < MAX_LABELS_PER_SERIES) this.#labels.push(name, value);
  }

  /** Both versions: `double value = 1; int64 timestamp = 2`. A field left out is 0. */
  readSample(reader: BinaryReader, outerEnd: number, wire: WireType): void {
    const end = messageEnd(reader, outerEnd, wire, 'sample');
    let timestamp = 0;
    let bits = 0n;
    readFields(reader, end, (field, wireType) => {
      if (field === 1) {
        expectWire(wireType, WireType.Bit64, 'sample value');
        // As bits: a staleness marker may not survive being a number.
        bits = BigInt(reader.fixed64());
      } else if (field === 2) {
        expectWire(wireType, WireType.Varint, 'sample timestamp');
        timestamp = Number(reader.int64());
      } else return false;
      return true;
    });
    this.#timestamps.push(timestamp);
    this.#bits.push(bits);
  }

  skipHistogram(reader: BinaryReader, wire: WireType): void {
    expectWire(wire, WireType.LengthDelimited, 'histogram');
    reader.skip(wire);
    this.#histogramCount++;
  }

  skipExemplar(reader: BinaryReader, wire: WireType): void {
    expectWire(wire, WireType.LengthDelimited, 'exemplar');
    reader.skip(wire);
    this.#exemplarCount++;
  }

  build(): SentSeries {
    return {
      labels: this.#labels,
      labelCount: this.#labelCount,
      badReference: this.badReference,
      timestamps: this.#timestamps,
      bits: this.#bits,
      histogramCount: this.#histogramCount,
      exemplarCount: this.#exemplarCount,
    };
  }
}

/** A request's series, of which there are not more than fit in memory. */
export class SeriesList {
  readonly series: SentSeries[] = [];
  #sampleCount = 0;
  #labels = 0;
  #characters = 0;

  add(series: SentSeries): void {
    this.series.push(series);
    this.#sampleCount += series.timestamps.length;
    this.#labels += series.labels.length / 2;
    for (const text of series.labels) this.#characters += text.length;
    if (this.series.length > MAX_REQUEST_SERIES) throw tooMany(MAX_REQUEST_SERIES, 'series');
    if (this.#sampleCount > MAX_REQUEST_SAMPLES) throw tooMany(MAX_REQUEST_SAMPLES, 'samples');
    if (this.#labels > MAX_REQUEST_LABELS) throw tooMany(MAX_REQUEST_LABELS, 'labels');
    if (this.#characters > MAX_REQUEST_CHARACTERS)
      throw tooMany(MAX_REQUEST_CHARACTERS, 'characters of labels');
  }
}

export function tooMany(most: number, what: string): MessageFault {
  return new MessageFault(413, `more than ${most} ${what} in one request`);
}
