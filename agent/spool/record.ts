import { crc32 } from 'node:zlib';
import { newerVersionText } from '../../core/newer-version.ts';

/**
 * A record of the spool, in a segment or in the log of an open minute:
 *
 *     record := "HV" version:u8 kind:u8 payloadBytes:u32 sequence:f64 id:f64 timestampMs:f64
 *               total:f64 count:u32 freshCount:u32 crc32(payload):u32 crc32(header before):u32 payload
 *
 * all little-endian. The two checksums are apart, so that of a record with a damaged payload it is
 * still known what is lost, and where the next one begins.
 */
export interface SpoolRecord {
  readonly kind: RecordKind;
  /** Rises with every record written to segments; 0 in the log of an open minute. */
  readonly sequence: number;
  /** Of the batch it is about; 0 for none. */
  readonly id: number;
  /** The last instant of a minute, or the instant of a sample: ms since 1970. */
  readonly timestampMs: number;
  /** Fresh samples in all minutes up to this record: what lies between two records can be counted. */
  readonly total: number;
  /** Samples it is about. */
  readonly count: number;
  /** Of these, the ones that the server did not have yet. */
  readonly freshCount: number;
  readonly payload: Uint8Array;
}

const KINDS = ['minute', 'stored', 'lost', 'begun', 'sample', 'partStored'] as const;

/**
 * `minute`: a closed host-minute; the payload is its chunk. `stored`: the server has that minute.
 * `lost`: so many samples are lost; the payload is the reason. In the log of an open minute, `begun`:
 * a sample is being taken that has probably so many points; `sample`: its points; `partStored`: the
 * server has so many of the samples.
 */
export type RecordKind = (typeof KINDS)[number];

/** Where a record was found: `offset` is its first byte, `bytes` its whole length. */
export interface FoundRecord {
  readonly record: SpoolRecord;
  readonly offset: number;
  readonly bytes: number;
}

/** Bytes that are no whole record. */
export interface Damage {
  /** How many records were found before it. */
  readonly after: number;
  /** The header, where that is whole and only the payload is cut or changed. */
  readonly header: Omit<SpoolRecord, 'payload'> | undefined;
  /** The kind as far as it can be guessed from a header that is cut. */
  readonly kind: RecordKind | undefined;
}

export interface Scan {
  readonly found: readonly FoundRecord[];
  readonly damage: readonly Damage[];
}

/** Every version has this header, its length and its checksum: so that what a later one wrote is known for whole. */
const VERSION = 1;
const MAGIC = 0x5648; // "HV"
/** The length of a record's header. */
const HEADER_BYTES = 56;
const HEADER_CRC_AT = 52;

/** A chunk has at most 390 KB; a sample of 10,000 series, all of them new, some 2 MB. */
const PAYLOAD_MAX_BYTES = 16 << 20;

const NOTHING = new Uint8Array(0);

/** A record that says no more than it is told to. */
export function recordOf(entry: Partial<SpoolRecord> & { readonly kind: RecordKind }): SpoolRecord {
  return {
    ...{ sequence: 0, id: 0, timestampMs: 0, total: 0, count: 0, freshCount: 0, payload: NOTHING },
    ...entry,
  };
}

/** A record as bytes. Throws for numbers that do not fit: that is a bug. */
export function encodeRecord(record: SpoolRecord): Buffer {
  const { payload } = record;
  const bytes = Buffer.alloc(HEADER_BYTES + payload.byteLength);
  bytes.writeUInt16LE(MAGIC, 0);
  bytes.writeUInt8(VERSION, 2);
  bytes.writeUInt8(KINDS.indexOf(record.kind), 3);
  bytes.writeUInt32LE(payload.byteLength, 4);
  bytes.writeDoubleLE(record.sequence, 8);
  bytes.writeDoubleLE(record.id, 16);
  bytes.writeDoubleLE(record.timestampMs, 24);
  bytes.writeDoubleLE(record.total, 32);
  bytes.writeUInt32LE(record.count, 40);
  bytes.writeUInt32LE(record.freshCount, 44);
  bytes.writeUInt32LE(crc32(payload), 48);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, HEADER_CRC_AT)), HEADER_CRC_AT);
  bytes.set(payload, HEADER_BYTES);
  return bytes;
}

/** The record that takes up exactly these bytes; `undefined` if they are not what was written. */
export function decodeRecord(bytes: Buffer): SpoolRecord | undefined {
  const { found, damage } = scanRecords(bytes);
  const [first] = found;
  return damage.length === 0 && first?.bytes === bytes.byteLength ? first.record : undefined;
}

/**
 * All whole records of a file, in order, and what lies between. After damage it goes on at the next
 * header whose checksum is right. Throws where a newer agent wrote one: it is not lost, and none of the file may be
 * given up.
 */
export function scanRecords(bytes: Buffer): Scan {
  const found: FoundRecord[] = [];
  const damage: Damage[] = [];
  let offset = 0;
  while (offset < bytes.byteLength) {
    const head = headerAt(bytes, offset);
    if (head === undefined) {
      const next = nextHeader(bytes, offset + 1);
      damage.push({ after: found.length, header: undefined, kind: kindAt(bytes, offset) });
      offset = next;
      continue;
    }
    const { payloadBytes, payloadCrc, ...header } = head;
    const end = offset + HEADER_BYTES + payloadBytes;
    const payload = bytes.subarray(offset + HEADER_BYTES, end);
    if (payload.byteLength === payloadBytes && crc32(payload) === payloadCrc) {
      found.push({ record: { ...header, payload }, offset, bytes: end - offset });
      offset = end;
    } else {
      damage.push({ after: found.length, header, kind: header.kind });
      // The end may be wrong too, where bytes were lost: what follows is looked for from the header on.
      offset = nextHeader(bytes, offset + HEADER_BYTES);
    }
  }
  return { found, damage };
}

function headerAt(bytes: Buffer, offset: number) {
  if (offset + HEADER_BYTES > bytes.byteLength) return undefined;
  const head = bytes.subarray(offset, offset + HEADER_BYTES);
  if (head.readUInt16LE(0) !== MAGIC) return undefined;
  if (crc32(head.subarray(0, HEADER_CRC_AT)) !== head.readUInt32LE(HEADER_CRC_AT)) return undefined;
  const version = head.readUInt8(2);
  if (version > VERSION)
    throw new Error(newerVersionText('a record of the spool', version, VERSION));
  const kind = kindAt(bytes, offset);
  if (kind === undefined) return undefined;
  const payloadBytes = head.readUInt32LE(4);
  if (payloadBytes > PAYLOAD_MAX_BYTES) return undefined;
  return {
    kind,
    payloadBytes,
    sequence: head.readDoubleLE(8),
    id: head.readDoubleLE(16),
    timestampMs: head.readDoubleLE(24),
    total: head.readDoubleLE(32),
    count: head.readUInt32LE(40),
    freshCount: head.readUInt32LE(44),
    payloadCrc: head.readUInt32LE(48),
  };
}

function kindAt(bytes: Buffer, offset: number): RecordKind | undefined {
  if (offset + 4 > bytes.byteLength) return undefined;
  if (bytes.readUInt16LE(offset) !== MAGIC || bytes[offset + 2] !== VERSION) return undefined;
  return KINDS[bytes[offset + 3] ?? KINDS.length];
}

/** Where the next whole header is from an offset on, or the end. */
function nextHeader(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf('HV', from); at >= 0; at = bytes.indexOf('HV', at + 1)) {
    if (headerAt(bytes, at) !== undefined) return at;
  }
  return bytes.byteLength;
}
