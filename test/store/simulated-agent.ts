import type { Batch } from '../../agent/batch.ts';
import { CollectorRunner } from '../../agent/collector-runner.ts';
import type { Collector, Measurement } from '../../agent/collectors/collector.ts';
import { MinuteBuffer } from '../../agent/minute-buffer.ts';
import { Sampler } from '../../agent/sampler.ts';
import { FUTURE_LIMIT_MS, phaseMs } from '../../core/host-minute.ts';

/** What happens to an agent at one of its instants. */
export interface AgentStep {
  /** Of each collector: which devices it tells of, or that it fails or has nothing to read. */
  readonly collectors: readonly (readonly string[] | 'failed' | 'absent')[];
  /** What comes of a post now. */
  readonly network: 'up' | 'down' | 'refuses';
  readonly isUrgent: boolean;
  /** Is there time for a minute of the backlog? */
  readonly catchesUp: boolean;
  /** Before this step the agent ends so, and begins anew. */
  readonly restart: 'none' | 'killed' | 'stopped';
  /** By how much the host's clock is set before this step. */
  readonly setMs: number;
}

export interface AgentKind {
  readonly host: string;
  readonly sampleMs: number;
  /** Without, what is not posted ends with the agent, and the next one does not know of it. */
  readonly hasSpool: boolean;
  /** An agent of an earlier version does not say how complete its samples are. */
  readonly isOld: boolean;
}

const METRICS = ['host_disk_busy_percent', 'host_disk_read_bytes_per_second'] as const;

/** The agent's own sampler and buffer, driven step by step, with a network that has faults. */
export class SimulatedAgent {
  readonly kind: AgentKind;
  readonly #post: (chunk: Uint8Array) => Promise<void>;
  #step: AgentStep | undefined;
  #clockOffMs = 0;
  #shiftMs = 0;
  #lastMs: number | undefined;
  #dropped = new Map<string, number>();
  #buffer: MinuteBuffer;
  #sampler: Sampler;
  /** Chunks of earlier runs that wait in the spool. */
  #orphans: Uint8Array[] = [];
  #triedId = 0;
  #value = 0;

  constructor(kind: AgentKind, post: (chunk: Uint8Array) => Promise<void>) {
    this.kind = kind;
    this.#post = post;
    this.#buffer = new MinuteBuffer(kind.host, this.#dropped);
    this.#sampler = this.#newSampler(0);
  }

  /** Its next instant by a true clock, from `trueMs` on. */
  nextMs(trueMs: number): number {
    const phase = phaseMs(this.kind.host);
    const { sampleMs } = this.kind;
    return (Math.floor((trueMs - phase) / sampleMs) + 1) * sampleMs + phase;
  }

  async run(step: AgentStep, trueMs: number): Promise<void> {
    this.#step = step;
    this.#clockOffMs += step.setMs;
    if (step.restart !== 'none') await this.#restart(step, trueMs);
    const nowMs = trueMs + this.#clockOffMs + this.#shiftMs;
    if (this.#lastMs !== undefined && nowMs <= this.#lastMs) {
      if (this.#lastMs - nowMs <= FUTURE_LIMIT_MS) return;
      this.#buffer.discardAfter(nowMs);
      this.#shiftMs += 1;
    }
    this.#lastMs = nowMs;
    const sample = await this.#sampler.sample(nowMs);
    const points = sample.points.filter(
      ({ labels }) => !this.kind.isOld || !labels.includes('hypervigil_agent_complete_seconds'),
    );
    this.#buffer.add({ ...sample, points });
    this.#buffer.closeBefore(nowMs + this.kind.sampleMs);
    await this.#deliver(step);
  }

  async #deliver({ network, isUrgent, catchesUp }: AgentStep): Promise<void> {
    const part = isUrgent ? this.#buffer.soFar() : undefined;
    if (part !== undefined && !(await this.#settle(part, network))) return;
    const newest = this.#buffer.newest();
    if (newest !== undefined && newest.id > this.#triedId) {
      this.#triedId = newest.id;
      if (!(await this.#settle(newest, network))) return;
    }
    // A backlog follows slowly, oldest first.
    if (!catchesUp) return;
    const [orphan] = this.#orphans;
    const oldest = this.#buffer.oldest();
    if (orphan !== undefined) {
      if (network === 'up') await this.#post(orphan);
      if (network !== 'down') this.#orphans.shift();
      if (network === 'refuses') this.#lose('refused');
    } else if (oldest !== undefined) await this.#settle(oldest, network);
  }

  async #settle(batch: Batch, network: AgentStep['network']): Promise<boolean> {
    const chunk = await this.#buffer.chunkOf(batch);
    if (network === 'down' || typeof chunk === 'string') return false;
    if (network === 'refuses') this.#buffer.discard(batch, 'refused');
    else {
      await this.#post(chunk);
      this.#buffer.acknowledge(batch);
    }
    return true;
  }

  async #restart(step: AgentStep, trueMs: number): Promise<void> {
    const { hasSpool } = this.kind;
    if (step.restart === 'stopped') {
      const atMs = Math.max(trueMs - 1 + this.#clockOffMs, (this.#lastMs ?? 0) + 1);
      this.#buffer.add(this.#sampler.farewell(atMs, 'stopped'));
      this.#lastMs = atMs;
      this.#triedId = 0;
      this.#buffer.close();
      await this.#deliver(step);
    } else this.#buffer.close();
    for (let left = this.#buffer.oldest(); left !== undefined; left = this.#buffer.oldest()) {
      const chunk = await this.#buffer.chunkOf(left);
      if (hasSpool && typeof chunk !== 'string') this.#orphans.push(chunk);
      this.#buffer.acknowledge(left);
    }
    const earlierMs = hasSpool ? this.#lastMs : undefined;
    if (!hasSpool) {
      this.#lastMs = undefined;
      this.#dropped = new Map();
    }
    this.#triedId = 0;
    this.#buffer = new MinuteBuffer(this.kind.host, this.#dropped);
    this.#sampler = this.#newSampler(earlierMs);
  }

  #lose(reason: string): void {
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + 1);
  }

  #newSampler(earlierMs: number | undefined): Sampler {
    const names = ['disk', 'other', 'third'];
    const collectors = names.map((name, i) => this.#collector(name, i));
    return new Sampler({
      host: this.kind.host,
      version: '1',
      batchIntervalMs: 60_000,
      runner: new CollectorRunner(collectors, 1000, () => {}),
      cpuSeconds: () => 0,
      residentBytes: () => 50 << 20,
      dropped: this.#dropped,
      earlierMs,
      isBehind: () => this.#buffer.waitingMinutes > 0 || this.#orphans.length > 0,
      log: () => {},
    });
  }

  #collector(name: string, index: number): Collector {
    return {
      name,
      check: async () => ({ status: 'ok', sees: '' }),
      collect: async () => {
        const told = this.#step?.collectors[index] ?? 'absent';
        if (told === 'failed') throw new Error('gone');
        if (told === 'absent') return told;
        return told.flatMap((device) =>
          METRICS.map(
            (metric): Measurement => ({
              name: metric,
              labels: { device: `${name}-${device}` },
              value: this.#value++,
            }),
          ),
        );
      },
    };
  }
}
