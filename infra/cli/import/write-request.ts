import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { labelPairs } from '../../../core/series/labels.ts';
import { bitsOf, type Series } from '../../../core/series/series.ts';

/**
 * A request of remote write 1.0: every receiver takes it, and with many samples a series its labels weigh
 * little. Source: prometheus/prompb/remote.proto and types.proto.
 */
export function encodeWriteRequest(series: readonly Series[]): Uint8Array {
  const out = new BinaryWriter();
  for (const one of series) {
    out.tag(1, WireType.LengthDelimited).fork();
    for (const [name, value] of inByteOrder(one)) {
      out.tag(1, WireType.LengthDelimited).fork();
      out.tag(1, WireType.LengthDelimited).string(name);
      out.tag(2, WireType.LengthDelimited).string(value);
      out.join();
    }
    out.raw(encodeSamples(one)).join();
  }
  return out.finish();
}

/** As Go sorts; JavaScript's own order differs beyond U+FFFF. */
function inByteOrder({ labels }: Series): [string, string][] {
  return [...labelPairs(labels)].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** `{ double value = 1; int64 timestamp = 2; }` as field 2, with its tags, its length, and 10 bytes of time at most. */
const SAMPLE_BYTES_MAX = 2 + 9 + 11;

/** By hand: a writer's fork and join for each of millions would take most of the time. */
function encodeSamples({ timestamps, values }: Series): Uint8Array {
  const bytes = Buffer.allocUnsafe(timestamps.length * SAMPLE_BYTES_MAX);
  const bits = bitsOf(values);
  let at = 0;
  for (const [i, timestampMs] of timestamps.entries()) {
    bytes[at] = 0x12;
    const lengthAt = at + 1;
    at += 2;
    bytes[at] = 0x09;
    // As bits: a staleness marker may not survive being a number.
    at = bytes.writeBigUInt64LE(bits[i] ?? 0n, at + 1);
    bytes[at] = 0x10;
    at = writeVarint(bytes, timestampMs, at + 1);
    bytes[lengthAt] = at - lengthAt - 1;
  }
  return bytes.subarray(0, at);
}

/** A whole number from 0 to 2^53. */
function writeVarint(bytes: Buffer, value: number, from: number): number {
  let at = from;
  let rest = value;
  while (rest >= 0x80) {
    bytes[at++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  bytes[at++] = rest;
  return at;
}
