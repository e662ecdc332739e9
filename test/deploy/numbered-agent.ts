import { runAgent } from '../../agent/agent.ts';
import type { Collector, Measurement } from '../../agent/collectors/collector.ts';
import type { AgentConfig } from '../../agent/config.ts';
import { Poster } from '../../agent/poster.ts';
import { openSpool } from '../../agent/spool/open-spool.ts';
import type { Spool } from '../../agent/spool/spool.ts';
import type { Log } from '../secrets/secret-register.ts';

/** What a numbered sample's number is given as: a metric of which nothing is rounded. */
export const NUMBER_METRIC = 'host_processes_count';
const INTERVAL_MS = 1000;

export interface NumberedAgentOptions {
  readonly host: string;
  readonly key: string;
  readonly url: string;
  readonly spoolDir: string;
  /** What it measures at each sample, beside the number. */
  readonly measure: () => readonly Measurement[];
}

/** The agent in this process, with its spool, that samples and posts each second: 1, 2, 3 ... */
export class NumberedAgent {
  readonly host: string;
  readonly #lines: string[] = [];
  readonly #stop = new AbortController();
  readonly #dropped: Map<string, number>;
  /** As the API tells of samples: seconds and number. */
  readonly #begun: (readonly [number, string])[] = [];
  /** Of these, how many the agent has made samples of. */
  #takenCount = 0;
  readonly #ended: Promise<void>;

  private constructor(options: NumberedAgentOptions, dropped: Map<string, number>, spool: Spool) {
    this.host = options.host;
    this.#dropped = dropped;
    this.#ended = this.#run(options, spool);
  }

  static async start(options: NumberedAgentOptions): Promise<NumberedAgent> {
    const dropped = new Map<string, number>();
    const spool = await openSpool(configOf(options), dropped);
    if (!spool.ok) throw new Error(spool.error.message);
    return new NumberedAgent(options, dropped, spool.value);
  }

  /** All samples that it has taken, the oldest first. */
  get taken(): readonly (readonly [number, string])[] {
    return this.#begun.slice(0, this.#takenCount);
  }

  /** Samples that it gave up, by reason. */
  get dropped(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#dropped);
  }

  /** Posts what there is, and ends. */
  stop(): Promise<void> {
    this.#stop.abort();
    return this.#ended;
  }

  log(): Log {
    return { name: `the agent of ${this.host}`, text: this.#lines.join('\n') };
  }

  async #run(options: NumberedAgentOptions, spool: Spool): Promise<void> {
    const { key, url, measure } = options;
    const poster = new Poster({ url: new URL(url), readKey: () => key, version: '0' });
    const ports = {
      collectors: [this.#numbers(measure)],
      poster,
      spool,
      dropped: this.#dropped,
      version: '0',
      stopReason: async () => 'stopped' as const,
      log: (line: string) => this.#lines.push(line),
      onSampled: () => {
        this.#takenCount = this.#begun.length;
      },
    };
    await runAgent(configOf(options), ports, this.#stop.signal);
    poster.close();
  }

  #numbers(measure: () => readonly Measurement[]): Collector {
    return {
      name: 'numbers',
      check: async () => ({ status: 'ok', sees: 'numbers' }),
      collect: async ({ nowMs }) => {
        const number = this.#begun.length + 1;
        this.#begun.push([nowMs / 1000, String(number)]);
        return [{ name: NUMBER_METRIC, labels: {}, value: number }, ...measure()];
      },
    };
  }
}

function configOf({ host, url, spoolDir }: NumberedAgentOptions): AgentConfig {
  const intervals = { sampleIntervalMs: INTERVAL_MS, batchIntervalMs: INTERVAL_MS };
  return { host, url: new URL(url), keyFile: undefined, rootDir: '/', spoolDir, ...intervals };
}
