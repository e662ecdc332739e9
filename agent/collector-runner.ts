import type { Collector, Measurement } from './collectors/collector.ts';
import { type Log, messageOf } from './log.ts';

/** What one collector gave; no measurements when it failed, was too slow, or has nothing to read. */
export interface CollectorRun {
  readonly collector: string;
  readonly status: 'up' | 'failed' | 'absent';
  readonly measurements: readonly Measurement[];
}

/** What a collector gave, or what went wrong. */
type Outcome = readonly Measurement[] | 'absent' | { readonly trouble: string };

/** Between two lines about one collector: one that comes and goes must not fill the log. */
const LOG_INTERVAL_MS = 10 * 60_000;

interface Entry {
  readonly collector: Collector;
  /** A run that was given up but has not returned: the collector is not started again before. */
  busy: boolean;
  /** Whether the last line about it said that it fails. */
  saidTrouble: boolean;
  saidAtMs: number;
}

/** Runs collectors side by side, each with a time limit; none can hurt another, or the sample. */
export class CollectorRunner {
  readonly #entries: readonly Entry[];
  readonly #timeoutMs: number;
  readonly #log: Log;

  constructor(collectors: readonly Collector[], timeoutMs: number, log: Log) {
    this.#entries = collectors.map((collector) => ({
      collector,
      busy: false,
      saidTrouble: false,
      saidAtMs: Number.NEGATIVE_INFINITY,
    }));
    this.#timeoutMs = timeoutMs;
    this.#log = log;
  }

  /** One run of each, in the order of the list. Never rejects. */
  async runAll(nowMs: number): Promise<readonly CollectorRun[]> {
    return Promise.all(this.#entries.map((entry) => this.#run(entry, nowMs)));
  }

  async #run(entry: Entry, nowMs: number): Promise<CollectorRun> {
    const { name } = entry.collector;
    const outcome = entry.busy
      ? { trouble: `still busy after more than ${this.#timeoutMs} ms` }
      : await this.#collect(entry, nowMs);
    if (outcome === 'absent') return { collector: name, status: 'absent', measurements: [] };
    if ('trouble' in outcome) {
      this.#sayTrouble(entry, outcome.trouble, nowMs);
      return { collector: name, status: 'failed', measurements: [] };
    }
    if (entry.saidTrouble) {
      this.#log(`collector ${name}: works again`);
      entry.saidTrouble = false;
    }
    return { collector: name, status: 'up', measurements: outcome };
  }

  #sayTrouble(entry: Entry, trouble: string, nowMs: number): void {
    if (entry.saidTrouble || nowMs - entry.saidAtMs < LOG_INTERVAL_MS) return;
    this.#log(`collector ${entry.collector.name}: ${trouble}`);
    entry.saidTrouble = true;
    entry.saidAtMs = nowMs;
  }

  async #collect(entry: Entry, nowMs: number): Promise<Outcome> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Outcome>((resolve) => {
      timer = setTimeout(() => {
        resolve({ trouble: `no answer within ${this.#timeoutMs} ms` });
      }, this.#timeoutMs);
    });
    entry.busy = true;
    const collected = Promise.resolve()
      .then(() => entry.collector.collect({ nowMs, withinMs: this.#timeoutMs }))
      .catch((error: unknown): Outcome => ({ trouble: messageOf(error) }))
      .finally(() => {
        entry.busy = false;
      });
    const outcome = await Promise.race([collected, late]);
    clearTimeout(timer);
    return outcome;
  }
}
