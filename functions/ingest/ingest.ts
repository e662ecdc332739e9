import { decodeChunk } from '../../core/chunk/decode.ts';
import { encodeChunk } from '../../core/chunk/encode.ts';
import { type ChunkError, MAX_CHUNK_BYTES } from '../../core/chunk/format.ts';
import { countSamples, mergeSeries } from '../../core/chunk/merge.ts';
import { FUTURE_LIMIT_MS, minuteOf } from '../../core/host-minute.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { hourOfMinute, isLate } from '../../core/rollup/hours.ts';
import { formatLabels, labelValue, METRIC_NAME } from '../../core/series/labels.ts';
import type { Series } from '../../core/series/series.ts';
import type { ChunkStore, StoredChunk } from '../store/chunks.ts';
import type { MarkLate } from '../store/late-marker.ts';

/** Why a batch was not taken; `status` is the HTTP status that says so. */
export interface Refusal {
  readonly status: 400 | 401 | 403 | 404 | 405 | 413 | 415 | 429 | 503;
  readonly code: string;
  readonly message: string;
  /** When to come again, for 429 and 503. */
  readonly retryAfterMs?: number;
  /** Whose key it was, where that is known; for the log. */
  readonly host?: string;
}

/** What became of a batch: `stored`, or `known` when the table had all of it already. */
export interface Receipt {
  readonly outcome: 'stored' | 'known' | 'expired';
  readonly samples: number;
}

/** What ingest needs of the world. */
export interface IngestPorts {
  readonly chunks: Pick<ChunkStore, 'put' | 'get'>;
  readonly nowMs: () => number;
  /** How long a minute chunk is kept. */
  readonly retentionMs: number;
  /** Told of a chunk that is stored after its hour may have been rolled up. */
  readonly markLate: MarkLate;
}

/**
 * Whose label tells the boot that a chunk is from. Sampling is aligned to the clock, so two machines
 * under one name (a copied disk) send chunks that begin alike and are not each other's retries: both
 * are kept, and the rules can tell that there are two.
 */
const ORIGIN_METRIC = 'host_info';
const ORIGIN_LABEL = 'boot';

/** Names and values of one series together, as of remote write's: a series must fit many times into a chunk. */
const MAX_SERIES_CHARS = 16_384;

/** Of what is refused. */
const SHOWN_CHARS = 200;

/** Two agents of one name may race for an item; each lost race means that another one was stored. */
const MAX_MERGES = 5;

/** A newer release has stored what this one can't read: it is being deployed, or was. */
const NEWER_RETRY_MS = 60_000;

/**
 * An agent drops what is refused with 400 or 413. What a newer one sends is refused with 415: it keeps that, says
 * so, and sends it again until the server has been brought up to date.
 */
const STATUS_OF: Readonly<Record<ChunkError['code'], Refusal['status']>> = {
  truncated: 400,
  checksum: 400,
  malformed: 400,
  too_large: 413,
  version: 415,
};

/**
 * Checks a batch and stores it: one conditional write, whatever was sent before. A retry changes
 * nothing, a longer chunk of the same minute replaces the shorter, and what an agent sends after a
 * restart within a minute is joined to what it sent before.
 */
export async function ingestBatch(
  ports: IngestPorts,
  host: string,
  bytes: Uint8Array,
): Promise<Result<Receipt, Refusal>> {
  const nowMs = ports.nowMs();
  const checked = checkBatch(host, bytes, nowMs);
  if (!checked.ok) return checked;
  const { chunk, series } = checked.value;
  const expiresAtMs = chunk.firstMs + ports.retentionMs;
  if (expiresAtMs <= nowMs) return ok({ outcome: 'expired', samples: chunk.sampleCount });
  const receipt = (await ports.chunks.put(chunk, 'shorter', expiresAtMs))
    ? ok({ outcome: 'stored' as const, samples: chunk.sampleCount })
    : await mergeIntoStored(ports, chunk, series, expiresAtMs);
  const hour = hourOfMinute(chunk.minute);
  // Also what is known already: perhaps the mark was not made when it was stored.
  if (receipt.ok && isLate(hour, nowMs)) await ports.markLate(host, hour, nowMs);
  return receipt;
}

async function mergeIntoStored(
  ports: IngestPorts,
  chunk: StoredChunk,
  series: readonly Series[],
  expiresAtMs: number,
): Promise<Result<Receipt, Refusal>> {
  for (let merges = 0; merges < MAX_MERGES; merges++) {
    const stored = await ports.chunks.get(chunk.writer, chunk.minute);
    if (stored === undefined) {
      if (await ports.chunks.put(chunk, 'shorter', expiresAtMs))
        return ok({ outcome: 'stored', samples: chunk.sampleCount });
      continue;
    }
    const isOfOneOrigin = stored.origin === chunk.origin;
    if (
      isOfOneOrigin &&
      stored.firstMs === chunk.firstMs &&
      stored.sampleCount >= chunk.sampleCount
    ) {
      return ok({ outcome: 'known', samples: chunk.sampleCount });
    }
    const decoded = decodeChunk(stored.bytes);
    if (!decoded.ok && decoded.error.code === 'version') {
      return err({
        status: 503,
        code: 'stored_version',
        message: `minute ${chunk.minute} of ${chunk.writer} is stored already: ${decoded.error.message}`,
        retryAfterMs: NEWER_RETRY_MS,
      });
    }
    // A bug of ours or a damaged table: what is there can't be read, so what came is worth more.
    const union = mergeSeries(decoded.ok ? decoded.value.series : [], series);
    const sampleCount = countSamples(union);
    if (decoded.ok && sampleCount === stored.sampleCount)
      return ok({ outcome: 'known', samples: chunk.sampleCount });
    const firstMs = Math.min(chunk.firstMs, stored.firstMs);
    const merged: StoredChunk = {
      writer: chunk.writer,
      minute: chunk.minute,
      bytes: encodeChunk(union),
      firstMs,
      sampleCount,
      ...(isOfOneOrigin && chunk.origin !== undefined ? { origin: chunk.origin } : {}),
    };
    if (merged.bytes.length > MAX_CHUNK_BYTES) {
      return err({
        status: 413,
        code: 'too_large',
        message: `minute ${chunk.minute} of ${chunk.writer} would take ${merged.bytes.length} bytes, more than ${MAX_CHUNK_BYTES}`,
      });
    }
    if (await ports.chunks.put(merged, stored, expiresAtMs))
      return ok({ outcome: 'stored', samples: chunk.sampleCount });
  }
  return err({
    status: 503,
    code: 'contended',
    message: `minute ${chunk.minute} of ${chunk.writer} is being written by another`,
    retryAfterMs: 1000,
  });
}

/** A batch must be one readable chunk of one host-minute of this very host, not of the far future. */
function checkBatch(
  host: string,
  bytes: Uint8Array,
  nowMs: number,
): Result<{ chunk: StoredChunk; series: readonly Series[] }, Refusal> {
  if (bytes.length > MAX_CHUNK_BYTES) return err(tooLarge(bytes.length));
  const decoded = decodeChunk(bytes);
  if (!decoded.ok) {
    return err({
      status: STATUS_OF[decoded.error.code],
      code: `chunk_${decoded.error.code}`,
      message: decoded.error.message,
    });
  }
  const { series, sampleCount } = decoded.value;
  let firstMs = Number.POSITIVE_INFINITY;
  let lastMs = Number.NEGATIVE_INFINITY;
  for (const { labels, timestamps } of series) {
    const owner = labelValue(labels, 'host');
    if (owner !== host) {
      return err({
        status: 403,
        code: 'wrong_host',
        message: `this key is for host "${host}" and can't write ${formatLabels(labels)}`,
      });
    }
    const chars = labels.reduce((sum, text) => sum + text.length, 0);
    if (chars > MAX_SERIES_CHARS) {
      return err({
        status: 400,
        code: 'labels_too_long',
        message: `${formatLabels(labels).slice(0, SHOWN_CHARS)}... has labels of ${chars} characters; at most ${MAX_SERIES_CHARS} are taken`,
      });
    }
    firstMs = Math.min(firstMs, timestamps[0] ?? firstMs);
    lastMs = Math.max(lastMs, timestamps.at(-1) ?? lastMs);
  }
  if (sampleCount === 0)
    return err({ status: 400, code: 'empty', message: 'the chunk holds no sample' });
  const minute = minuteOf(host, firstMs);
  if (minuteOf(host, lastMs) !== minute) {
    return err({
      status: 400,
      code: 'not_one_minute',
      message: `samples from ${isoTime(firstMs)} to ${isoTime(lastMs)} are of more than one host-minute`,
    });
  }
  if (lastMs > nowMs + FUTURE_LIMIT_MS) {
    return err({
      status: 400,
      code: 'future',
      message: `a sample at ${isoTime(lastMs)}, but it is ${isoTime(nowMs)} here: is the host's clock right?`,
    });
  }
  const origin = originOf(series);
  const chunk = { writer: host, minute, bytes, firstMs, sampleCount };
  return ok({ chunk: origin === undefined ? chunk : { ...chunk, origin }, series });
}

/** The one boot that these series are from; `undefined` if they don't say, or say several. */
function originOf(series: readonly Series[]): string | undefined {
  const boots = new Set<string>();
  for (const { labels } of series) {
    if (labelValue(labels, METRIC_NAME) === ORIGIN_METRIC)
      boots.add(labelValue(labels, ORIGIN_LABEL) ?? '');
  }
  const [boot, another] = boots;
  return another !== undefined || boot === '' ? undefined : boot;
}

export function tooLarge(bytes: number): Refusal {
  return {
    status: 413,
    code: 'too_large',
    message: `a body of ${bytes} bytes; at most ${MAX_CHUNK_BYTES} are taken`,
  };
}

/** ISO 8601, or the number itself where no calendar reaches. */
function isoTime(timestampMs: number): string {
  const date = new Date(timestampMs);
  return Number.isNaN(date.getTime()) ? `${timestampMs} ms` : date.toISOString();
}
