/**
 * The chunk: what an agent sends and what the table keeps. Self-describing, so no registry of
 * schemas exists and any chunk ever written stays readable.
 *
 *     chunk  := version:u8 dictionary:u8 bodyBytes:varint deflated(body) crc32:u32le
 *     body   := times labels modes firsts deltas
 *
 * - `times`: the columns of timestamps that series share (times.ts);
 * - `labels`: the series, grouped by their labels other than the name (targets.ts);
 * - `modes`, `firsts`, `deltas`: a stream each over all series, in order (values.ts): like stands
 *   beside like, which is what deflate lives on.
 *
 * The body is deflated with a preset dictionary (dictionary.ts), so catalogue names cost nearly
 * nothing. The checksum covers everything before it: a flipped bit is found before inflating.
 *
 * Every version begins with its number and ends with this checksum, so that a reader can tell a chunk of a later
 * one, which it must not lose, from one that is damaged.
 */
export const CHUNK_VERSION = 1;

/** The media type of a chunk over HTTP. */
export const CHUNK_MEDIA_TYPE = 'application/vnd.hypervigil.chunk';

/** A chunk lives in one DynamoDB item of at most 400 KB, its key and attributes included. */
export const MAX_CHUNK_BYTES = 390_000;
/** An inflated body is refused above this: some 10x what fits, compressed, into an item. */
export const MAX_BODY_BYTES = 4 << 20;
/** 200 VMs x 30 series + 200 of the host, with room: a body of 4 MiB can't mean more than this. */
export const MAX_SERIES = 100_000;
/** Each sample takes a byte of the body at least. */
export const MAX_SAMPLES = 1 << 20;
export const MAX_LABELS_PER_SERIES = 64;
/**
 * Names and values of all series together, each counted as often as a series has it: a group says a long text once
 * for 100,000 series. 100,000 x 335; what one request of remote write may have. Some 64 MB as keys of series.
 */
export const MAX_LABEL_CHARACTERS = 32 << 20;
/** Labels of all groups together, inherited ones included, as each keeps its own list: some 100 MB. */
export const MAX_GROUP_LABELS = 2_000_000;
export const CHECKSUM_BYTES = 4;

/** Why bytes are not a chunk. `version`: they are one, whole, and it takes a newer release to read it. */
export interface ChunkError {
  readonly code: 'truncated' | 'checksum' | 'version' | 'too_large' | 'malformed';
  readonly message: string;
}

/** Thrown inside the decoder only; `decodeChunk` turns it into a value. */
export class ChunkFault extends Error {
  readonly code: ChunkError['code'];

  constructor(code: ChunkError['code'], message: string) {
    super(message);
    this.code = code;
  }
}
