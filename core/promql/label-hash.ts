import { type Labels, labelPairs } from '../series/labels.ts';
import { withoutMark } from './delayed-names.ts';

const PRIME_1 = 11400714785074694791n;
const PRIME_2 = 14029467366897019727n;
const PRIME_3 = 1609587929392839161n;
const PRIME_4 = 9650029242287828579n;
const PRIME_5 = 2870177450012600261n;

/**
 * The hash that Prometheus gives a label set, as a fraction of its range: `limit_ratio` samples by
 * it, so it must be the same. Each name and value is written with its length before it, then all is
 * hashed with XXH64. Source: prometheus/model/labels/labels_stringlabels.go; xxhash.com, XXH64.
 */
export function labelHashFraction(labels: Labels): number {
  return Number(xxh64(encode(withoutMark(labels)))) / 2 ** 64;
}

function encode(labels: Labels): Uint8Array {
  const bytes: number[] = [];
  for (const part of [...labelPairs(labels)].flat()) {
    const text = new TextEncoder().encode(part);
    const { length } = text;
    if (length < 255) bytes.push(length);
    else bytes.push(255, length & 255, (length >> 8) & 255, (length >> 16) & 255);
    for (const byte of text) bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}

/** XXH64 of bytes, with seed 0. */
export function xxh64(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  let hash = PRIME_5;
  if (bytes.length >= 32) {
    const lanes: [bigint, bigint, bigint, bigint] = [
      wrap(PRIME_1 + PRIME_2),
      PRIME_2,
      0n,
      wrap(-PRIME_1),
    ];
    for (; at + 32 <= bytes.length; at += 32) {
      for (const lane of [0, 1, 2, 3] as const)
        lanes[lane] = round(lanes[lane], view.getBigUint64(at + lane * 8, true));
    }
    const [a, b, c, d] = lanes;
    hash = wrap(rotate(a, 1n) + rotate(b, 7n) + rotate(c, 12n) + rotate(d, 18n));
    for (const lane of lanes) hash = wrap((hash ^ round(0n, lane)) * PRIME_1 + PRIME_4);
  }
  hash = wrap(hash + BigInt(bytes.length));
  for (; at + 8 <= bytes.length; at += 8)
    hash = wrap(rotate(hash ^ round(0n, view.getBigUint64(at, true)), 27n) * PRIME_1 + PRIME_4);
  if (at + 4 <= bytes.length) {
    const mixed = hash ^ wrap(BigInt(view.getUint32(at, true)) * PRIME_1);
    hash = wrap(rotate(mixed, 23n) * PRIME_2 + PRIME_3);
    at += 4;
  }
  for (; at < bytes.length; at++)
    hash = wrap(rotate(hash ^ wrap(BigInt(view.getUint8(at)) * PRIME_5), 11n) * PRIME_1);
  hash = wrap((hash ^ (hash >> 33n)) * PRIME_2);
  hash = wrap((hash ^ (hash >> 29n)) * PRIME_3);
  return hash ^ (hash >> 32n);
}

function round(lane: bigint, input: bigint): bigint {
  return wrap(rotate(wrap(lane + input * PRIME_2), 31n) * PRIME_1);
}

function rotate(value: bigint, bits: bigint): bigint {
  return wrap((value << bits) | (value >> (64n - bits)));
}

function wrap(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}
