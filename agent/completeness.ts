import { FUTURE_LIMIT_MS } from '../core/host-minute.ts';
import type { CollectorRun } from './collector-runner.ts';

/** Reasons for which one series lost a sample; all others lose minutes, or may. */
const OF_ONE_SERIES: ReadonlySet<string> = new Set(['duplicate', 'too_many_series']);

/**
 * Nobody looks further back for the newest sample of a series. A number that stands still costs
 * nothing in a chunk.
 */
const MOST_SECONDS = 3600;

interface CompletenessOptions {
  readonly dropped: ReadonlyMap<string, number>;
  readonly earlierMs: number | undefined;
  readonly isBehind: () => boolean;
}

/**
 * Since when samples tell all: a series that was measured since then is in the newest sample, or has a
 * marker that it ended, and the server has the minutes between. Who looks for the newest value of
 * every series need not read what is older than that sample.
 */
export class Completeness {
  readonly #options: CompletenessOptions;
  /** Before it there may have been series, of which nothing is known. */
  #sinceMs: number | undefined;
  #lastMs = 0;
  #lost = 0;
  /** When each collector last told of its series, be it that there are none. */
  readonly #toldMs = new Map<string, number>();

  constructor(options: CompletenessOptions) {
    this.#options = options;
  }

  /** For how many seconds, as of the sample of this instant, which these runs are. */
  next(timestampMs: number, runs: readonly CollectorRun[]): number {
    this.#moveSince(timestampMs);
    let sinceMs = this.#options.isBehind() ? timestampMs : (this.#sinceMs ?? timestampMs);
    for (const { collector, status } of runs) {
      if (status !== 'failed') this.#toldMs.set(collector, timestampMs);
      // What it told of then has neither ended nor a sample.
      else sinceMs = Math.max(sinceMs, this.#toldMs.get(collector) ?? 0);
    }
    const seconds = Math.floor((timestampMs - sinceMs) / 1000);
    return Math.min(Math.max(0, seconds), MOST_SECONDS);
  }

  #moveSince(timestampMs: number): void {
    const { dropped, earlierMs } = this.#options;
    const lost = lostIn(dropped);
    // An earlier run that left no word may have had a clock as far ahead as a server lets pass.
    if (this.#sinceMs === undefined)
      this.#sinceMs = Math.max(timestampMs, earlierMs ?? timestampMs + FUTURE_LIMIT_MS);
    else if (lost !== this.#lost) this.#sinceMs = Math.max(timestampMs, this.#sinceMs);
    // The clock was set back: there are samples of this run that lie ahead.
    if (timestampMs <= this.#lastMs) this.#sinceMs = Math.max(this.#lastMs, this.#sinceMs);
    this.#lastMs = timestampMs;
    this.#lost = lost;
  }
}

function lostIn(dropped: ReadonlyMap<string, number>): number {
  let lost = 0;
  for (const [reason, count] of dropped) if (!OF_ONE_SERIES.has(reason)) lost += count;
  return lost;
}
