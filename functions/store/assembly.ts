import type { HostSamples } from '../../core/alerting/up.ts';
import { decodeChunk } from '../../core/chunk/decode.ts';
import { MINUTE_MS, minuteOf } from '../../core/host-minute.ts';
import { matchesAll } from '../../core/rules/written-samples.ts';
import { type Labels, labelValue, METRIC_NAME } from '../../core/series/labels.ts';
import type { Series } from '../../core/series/series.ts';
import type { StoredChunk } from './chunks.ts';
import { CompleteHosts, tellsOfCompleteness } from './complete-hosts.ts';
import { senderOf, senderWriter, writerName } from './item-keys.ts';
import { wantsUp } from './read-up.ts';
import type { StoredRollup } from './rollup-reader.ts';
import type { Selection } from './selection.ts';
import { SeriesParts } from './series-parts.ts';
import type { Tier, TierOf } from './tiers.ts';

const BATCH_INTERVAL = 'hypervigil_agent_batch_interval_seconds';
/** Named in a warning; the rest are counted. */
const MISSES_NAMED = 3;
/** Values of one row of points of an hour. */
const HOUR_COLUMNS = 5;

/** What has been read so far, decoded at once, so that bytes are not kept. */
export class Assembly {
  readonly #want: (labels: Labels) => boolean;
  readonly #wantUp: boolean;
  readonly #wantComplete: boolean;
  /** Chunks by minute and writer: one may be asked for by key and come with a whole minute too. */
  readonly #added = new Map<number, Set<string>>();
  readonly #parts = new SeriesParts();
  readonly #times = new Map<string, Float64Array[]>();
  readonly #intervals = new Map<string, { minute: number; seconds: number }>();
  readonly #tiers = new Set<Tier>();
  readonly #missed: string[] = [];
  readonly #doubtful = new Set<string>();
  #allDoubtful = false;
  readonly #damaged: string[] = [];
  /** What hosts say of how complete their newest samples are, if that is wanted. */
  readonly complete = new CompleteHosts();
  /** Kept so far. */
  samples = 0;
  /** Read so far. */
  chunks = 0;

  constructor(selections: readonly Selection[], wantComplete = false) {
    this.#want = wantOf(selections);
    this.#wantUp = selections.some(wantsUp);
    this.#wantComplete = wantComplete;
  }

  get missed(): number {
    return this.#missed.length;
  }

  /** Something that could not be read, of whomever. */
  miss(what: string): void {
    this.#missed.push(what);
    this.#allDoubtful = true;
  }

  missHost(host: string, minute: number): void {
    this.#missed.push(`${host} ${minuteText(minute)}`);
    this.#doubtful.add(host);
  }

  /** Was something of this host not read? Then it must not be called silent. */
  isDoubtful(host: string): boolean {
    return this.#allDoubtful || this.#doubtful.has(host);
  }

  add(found: readonly StoredChunk[]): void {
    for (const chunk of found) {
      const added = this.#added.get(chunk.minute) ?? new Set();
      if (added.has(chunk.writer)) continue;
      this.#added.set(chunk.minute, added.add(chunk.writer));
      this.#addOne(chunk);
    }
  }

  /** All whose chunks were read: hosts, and senders by their names. */
  writers(): { hosts: ReadonlySet<string>; senders: ReadonlySet<string> } {
    const hosts = new Set<string>();
    const senders = new Set<string>();
    for (const writers of this.#added.values()) {
      for (const writer of writers) {
        const sender = senderOf(writer);
        if (sender === undefined) hosts.add(writer);
        else senders.add(sender);
      }
    }
    return { hosts, senders };
  }

  #addOne({ writer, minute, bytes }: StoredChunk): void {
    this.chunks++;
    const sender = senderOf(writer);
    const wantInterval = this.#wantUp && sender === undefined;
    const wantComplete = this.#wantComplete && sender === undefined;
    const decoded = decodeChunk(
      bytes,
      (labels) =>
        this.#want(labels) ||
        (wantInterval && isInterval(labels)) ||
        (wantComplete && tellsOfCompleteness(labels)),
    );
    if (!decoded.ok) {
      this.#doubtful.add(writer);
      this.#damaged.push(`${writer} ${minuteText(minute)}: ${decoded.error.message}`);
      return;
    }
    if (wantInterval) push(this.#times, writer, ...decoded.value.times);
    for (const part of decoded.value.series) {
      if (wantInterval && isInterval(part.labels)) this.#noteInterval(writer, minute, part);
      if (wantComplete && tellsOfCompleteness(part.labels))
        this.complete.note(writer, minute, part);
      if (!this.#want(part.labels)) continue;
      if (sender !== undefined) this.complete.doubt(labelValue(part.labels, 'host'));
      this.samples += part.timestamps.length;
      this.#parts.add('raw', sender === undefined ? writer : senderWriter(sender), part);
    }
  }

  /** Rollups of one partition; `owner` wrote those that do not say who did. */
  addRollups(tier: 'minute' | 'hour', owner: string, found: readonly StoredRollup[]): void {
    for (const { sortKey, writer = owner, series, times, problems } of found) {
      this.chunks++;
      this.#tiers.add(tier);
      if (problems.length > 0) {
        this.#damaged.push(...problems.map((problem) => `${owner} ${sortKey}: ${problem}`));
        this.#doubtful.add(writer);
      }
      const wantTimes = this.#wantUp && tier === 'minute' && isHost(writer);
      if (wantTimes) push(this.#times, writer, ...times);
      for (const part of series) {
        if (wantTimes && isInterval(part.labels)) {
          const minute = minuteOf(writer, part.timestamps.at(-1) ?? 0);
          this.#noteInterval(writer, minute, part);
        }
        if (!this.#want(part.labels)) continue;
        this.samples += part.timestamps.length * (tier === 'hour' ? HOUR_COLUMNS : 1);
        this.#parts.add(tier, writer, part);
      }
    }
  }

  /** Which series of rollups it takes. */
  wantOfRollups(labels: Labels): boolean {
    return this.#want(labels) || (this.#wantUp && isInterval(labels));
  }

  /** From which tiers there was anything. */
  has(tier: 'minute' | 'hour'): boolean {
    return this.#tiers.has(tier);
  }

  #noteInterval(host: string, minute: number, { values }: Series): void {
    const seconds = values.at(-1) ?? 0;
    const known = this.#intervals.get(host);
    if (seconds > 0 && (known === undefined || known.minute < minute))
      this.#intervals.set(host, { minute, seconds });
  }

  /** The series that some selections want, each hour from the tier it is read from. */
  series(selections: readonly Selection[], tierOf: TierOf): Series[] {
    return this.#parts.join(wantOf(selections), tierOf);
  }

  /** The hosts that had any sample, and when. */
  hosts(): HostSamples[] {
    return [...this.#times].map(([host, columns]) => {
      const seconds = this.#intervals.get(host)?.seconds;
      const times = new Set(columns.flatMap((column) => [...column]));
      return {
        host,
        timestamps: [...times].sort((a, b) => a - b),
        batchIntervalMs: seconds === undefined ? undefined : seconds * 1000,
      };
    });
  }

  warnings(): string[] {
    const lines = this.#damaged
      .slice(0, MISSES_NAMED)
      .map((line) => `a chunk can't be read: ${line}`);
    if (this.#damaged.length > MISSES_NAMED)
      lines.push(`${this.#damaged.length - MISSES_NAMED} more chunks can't be read`);
    if (this.#missed.length > 0) {
      const named = this.#missed.slice(0, MISSES_NAMED).join(', ');
      const more = this.#missed.length - MISSES_NAMED;
      lines.push(
        `the table was too busy; missing here: ${named}${more > 0 ? ` and ${more} more` : ''}`,
      );
    }
    return lines;
  }
}

function wantOf(selections: readonly Selection[]): (labels: Labels) => boolean {
  const distinct = [...new Set(selections.map(({ matchers }) => matchers))];
  return (labels) => distinct.some((matchers) => matchesAll(matchers, labels));
}

function isHost(writer: string): boolean {
  return writerName(writer) === writer;
}

function push<T>(lists: Map<string, T[]>, key: string, ...values: T[]): void {
  const known = lists.get(key);
  if (known === undefined) lists.set(key, values);
  else known.push(...values);
}

function isInterval(labels: Labels): boolean {
  return labelValue(labels, METRIC_NAME) === BATCH_INTERVAL;
}

/** The minute for people: 2026-03-01T08:15, UTC. */
export function minuteText(minute: number): string {
  return new Date(minute * MINUTE_MS).toISOString().slice(0, 16);
}
