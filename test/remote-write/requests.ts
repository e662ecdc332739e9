import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { snappyCompress } from 'hysnappy';
import { type Labels, labelPairs } from '../../core/series/labels.ts';
import { bitsOf, type Series } from '../../core/series/series.ts';

/** Requests as senders write them, from the published protos (prompb/remote.proto, write/v2/types.proto). */

export const V1 = 'prometheus.WriteRequest';
export const V2 = 'io.prometheus.write.v2.Request';
export type Version = typeof V1 | typeof V2;

/** A series as it goes out: labels in any order, so that wrong ones can be sent as well. */
export interface Outgoing {
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly samples: readonly (readonly [timestampMs: number, bits: bigint])[];
  readonly histogramsMs?: readonly number[];
  readonly exemplars?: number;
}

const bitsOfNumber = (value: number): bigint => bitsOf(Float64Array.of(value))[0] ?? 0n;

/** `[['__name__', 'up']]`, `[[t, 1]]`: one series with numbers for values. */
export function outgoing(
  labels: Readonly<Record<string, string>>,
  samples: readonly (readonly [timestampMs: number, value: number])[],
): Outgoing {
  return {
    labels: Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)),
    samples: samples.map(([timestamp, value]) => [timestamp, bitsOfNumber(value)]),
  };
}

/** A series as a well-behaved sender sends it: label names in the order of their UTF-8. */
export function outgoingSeries({ labels, timestamps, values }: Series): Outgoing {
  const bits = bitsOf(values);
  return {
    labels: sortedPairs(labels),
    samples: Array.from(timestamps, (timestamp, i) => [timestamp, bits[i] ?? 0n]),
  };
}

function sortedPairs(labels: Labels): [string, string][] {
  return [...labelPairs(labels)].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

export function encode(version: Version, series: readonly Outgoing[]): Uint8Array {
  return version === V1 ? encodeV1(series) : encodeV2(series);
}

function encodeV1(series: readonly Outgoing[]): Uint8Array {
  const out = new BinaryWriter();
  for (const one of series) {
    out.tag(1, WireType.LengthDelimited).fork();
    for (const [name, value] of one.labels) {
      out.tag(1, WireType.LengthDelimited).fork();
      out.tag(1, WireType.LengthDelimited).string(name);
      out.tag(2, WireType.LengthDelimited).string(value);
      out.join();
    }
    writeSamples(out, one);
    writeMany(out, 3, one.exemplars ?? 0, (exemplar) =>
      exemplar.tag(2, WireType.Bit64).double(0.5).tag(3, WireType.Varint).int64(1),
    );
    writeHistograms(out, 4, one);
    out.join();
  }
  // Metadata of a family, as Prometheus sends it once a minute.
  out.tag(3, WireType.LengthDelimited).fork();
  out.tag(1, WireType.Varint).int32(2).tag(2, WireType.LengthDelimited).string('up');
  out.tag(4, WireType.LengthDelimited).string('Is it up?').join();
  return out.finish();
}

function encodeV2(series: readonly Outgoing[]): Uint8Array {
  const symbols = new Map([['', 0]]);
  const refer = (text: string): number => {
    const known = symbols.get(text);
    if (known !== undefined) return known;
    symbols.set(text, symbols.size);
    return symbols.size - 1;
  };
  const references = series.map(({ labels }) => labels.flat().map(refer));
  const out = new BinaryWriter();
  for (const symbol of symbols.keys()) out.tag(4, WireType.LengthDelimited).string(symbol);
  series.forEach((one, i) => {
    out.tag(5, WireType.LengthDelimited).fork();
    out.tag(1, WireType.LengthDelimited).fork();
    for (const reference of references[i] ?? []) out.uint32(reference);
    out.join();
    writeSamples(out, one);
    writeHistograms(out, 3, one);
    writeMany(out, 4, one.exemplars ?? 0, (exemplar) =>
      exemplar.tag(2, WireType.Bit64).double(0.5).tag(3, WireType.Varint).int64(1),
    );
    out.tag(5, WireType.LengthDelimited).fork().tag(1, WireType.Varint).int32(2).join();
    out.join();
  });
  return out.finish();
}

function writeSamples(out: BinaryWriter, { samples }: Outgoing): void {
  for (const [timestamp, bits] of samples) {
    out.tag(2, WireType.LengthDelimited).fork();
    out.tag(1, WireType.Bit64).fixed64(bits);
    out.tag(2, WireType.Varint).int64(BigInt(timestamp));
    out.join();
  }
}

function writeHistograms(out: BinaryWriter, field: number, { histogramsMs = [] }: Outgoing): void {
  for (const timestamp of histogramsMs) {
    out.tag(field, WireType.LengthDelimited).fork();
    out.tag(1, WireType.Varint).uint64(3n).tag(3, WireType.Bit64).double(18.4);
    out.tag(15, WireType.Varint).int64(BigInt(timestamp)).join();
  }
}

function writeMany(
  out: BinaryWriter,
  field: number,
  count: number,
  write: (out: BinaryWriter) => void,
): void {
  for (let i = 0; i < count; i++) {
    out.tag(field, WireType.LengthDelimited).fork();
    write(out);
    out.join();
  }
}

export interface EventChanges {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The Function URL event of a POST with these bytes, already compressed. */
export function rawEvent(
  key: string,
  body: Uint8Array,
  { path = '/api/v1/write', method = 'POST', headers = {} }: EventChanges = {},
): LambdaFunctionURLEvent {
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: '',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/x-protobuf',
      'content-encoding': 'snappy',
      'x-prometheus-remote-write-version': '0.1.0',
      ...headers,
    },
    requestContext: {
      accountId: 'anonymous',
      apiId: 'test',
      domainName: 'test',
      domainPrefix: 'test',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
      requestId: 'test',
      routeKey: '$default',
      stage: '$default',
      time: '',
      timeEpoch: 0,
    },
    body: Buffer.from(body).toString('base64'),
    isBase64Encoded: true,
  };
}

/** The event of a request with these series. */
export function writeEvent(
  key: string,
  version: Version,
  series: readonly Outgoing[],
): LambdaFunctionURLEvent {
  return messageEvent(key, version, encode(version, series));
}

export function messageEvent(
  key: string,
  version: Version,
  message: Uint8Array,
): LambdaFunctionURLEvent {
  return rawEvent(key, snappyCompress(message), {
    headers: { 'content-type': `application/x-protobuf;proto=${version}` },
  });
}
