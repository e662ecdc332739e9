import { cut } from '../../../core/chunk/encode-in-parts.ts';
import { countSamples } from '../../../core/chunk/merge.ts';
import { ok } from '../../../core/result.ts';
import { hourStartMs } from '../../../core/rollup/hours.ts';
import { labelsKey } from '../../../core/series/labels.ts';
import type { Series } from '../../../core/series/series.ts';
import { MAX_REQUEST_SERIES } from '../../../functions/remote-write/message.ts';
import type { CliFailure, Outcome } from '../failure.ts';
import { joinPieces } from '../transfer/join-pieces.ts';
import type { Target } from './target.ts';

/**
 * Half of what is below Lambda's 6 MB in base64 even if nothing of it can be packed: an hour of 450 series at 15 s, or
 * some hundred chunks of few series, which a receiver writes within seconds.
 */
const MESSAGE_BYTES = 2_000_000;
/** Tag, length, value and time. */
const SAMPLE_BYTES = 18;
const LABEL_BYTES = 8;
/** Refusals that are told; the others are counted. */
const MAX_REFUSALS = 20;

/**
 * Brings samples to a target, hour after hour. Requests hold whole hours, as many as fit: of history the
 * receiver makes rollups from what is in one request.
 */
export class Upload {
  readonly #target: Target;
  #series = new Map<string, Series[]>();
  #bytes = 0;
  #lastHour: number | undefined;
  /** Hours (from 1970) before it are written. */
  #doneHour: number | undefined;
  sent = 0;
  stored = 0;
  /** Instants that had two values. */
  conflicts = 0;
  readonly refusals: string[] = [];
  refusalsLeftOut = 0;

  constructor(target: Target) {
    this.#target = target;
  }

  /** Takes an hour, all pieces of all series; later than those before. */
  async add(hour: number, pieces: readonly Series[]): Promise<Outcome<void>> {
    const joined = this.#join(pieces);
    const bytes = joined.reduce((sum, one) => sum + bytesOf(one), 0);
    if (this.#bytes + bytes > MESSAGE_BYTES) {
      const flushed = await this.#flush();
      if (!flushed.ok) return flushed;
    }
    for (const one of joined.flatMap(fitting)) {
      const isFull = this.#series.size === MAX_REQUEST_SERIES;
      if (isFull || this.#bytes + bytesOf(one) > MESSAGE_BYTES) {
        const flushed = await this.#flush();
        if (!flushed.ok) return flushed;
      }
      const key = labelsKey(one.labels);
      const known = this.#series.get(key);
      if (known === undefined) this.#series.set(key, [one]);
      else known.push(one);
      this.#bytes += bytesOf(one);
    }
    this.#lastHour = hour;
    return ok(undefined);
  }

  /** Writes what is left. */
  finish(): Promise<Outcome<void>> {
    return this.#flush();
  }

  /** The failure, and where a further import goes on. */
  explain({ code, message }: CliFailure): CliFailure {
    if (this.#doneHour === undefined) return { code, message };
    const from = new Date(hourStartMs(this.#doneHour, 0)).toISOString();
    const next = 'what is stored is stored; go on with the same command and';
    return { code, message: `${message}\n${next} --from ${from}` };
  }

  #join(pieces: readonly Series[]): Series[] {
    const byKey = new Map<string, Series[]>();
    for (const piece of pieces) {
      const key = labelsKey(piece.labels);
      const known = byKey.get(key);
      if (known === undefined) byKey.set(key, [piece]);
      else known.push(piece);
    }
    return [...byKey.values()].map((ofSeries) => {
      const { series, conflicts } = joinPieces(ofSeries);
      this.conflicts += conflicts;
      return series;
    });
  }

  async #flush(): Promise<Outcome<void>> {
    if (this.#bytes === 0) return ok(undefined);
    const series = [...this.#series.values()].map((pieces) => joinPieces(pieces).series);
    const written = await this.#target.write(series);
    if (!written.ok) return { ok: false, error: this.explain(written.error) };
    const { samples, refused } = written.value;
    this.sent += countSamples(series);
    this.stored += samples;
    if (refused !== undefined) {
      if (this.refusals.length < MAX_REFUSALS) this.refusals.push(refused);
      else this.refusalsLeftOut++;
    }
    this.#doneHour = this.#lastHour;
    this.#series = new Map();
    this.#bytes = 0;
    return ok(undefined);
  }
}

function bytesOf({ labels, timestamps }: Series): number {
  const ofLabels = labels.reduce((sum, text) => sum + Buffer.byteLength(text) + LABEL_BYTES, 0);
  return ofLabels + timestamps.length * SAMPLE_BYTES;
}

/** A series that is too large for a request alone goes in parts that follow each other. */
function fitting(series: Series): Series[] {
  const most = Math.floor(MESSAGE_BYTES / SAMPLE_BYTES / 2);
  const parts: Series[] = [];
  for (let at = 0; at < series.timestamps.length; at += most)
    parts.push(cut(series, at, Math.min(at + most, series.timestamps.length)));
  return parts;
}
