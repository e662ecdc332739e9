import * as v from 'valibot';
import { encodeChunk } from '../../core/chunk/encode.ts';
import { countSamples } from '../../core/chunk/merge.ts';
import { minuteOf } from '../../core/host-minute.ts';
import type { HostEntry } from '../../core/inventory/entry.ts';
import { evaluateInstant } from '../../core/promql/evaluate.ts';
import { parsePromql } from '../../core/promql/parse.ts';
import { labelsFrom } from '../../core/series/labels.ts';
import { DAY_MS } from '../../core/time.ts';
import { instantJson } from '../../functions/api/json.ts';
import { selectionsOf } from '../../functions/api/selections.ts';
import { ingestBatch } from '../../functions/ingest/ingest.ts';
import type { SenderEntry } from '../../functions/store/inventory.ts';
import { senderSortKey } from '../../functions/store/item-keys.ts';
import { type ReaderPorts, readSeries } from '../../functions/store/reader.ts';
import { MemoryChunks } from './memory-chunks.ts';
import { type AgentKind, type AgentStep, SimulatedAgent } from './simulated-agent.ts';

/** A whole minute; agents have run since. */
export const START_MS = Date.UTC(2026, 2, 1, 12);
const RETENTION = { rawMs: 7 * DAY_MS, minuteMs: 30 * DAY_MS, hourMs: 400 * DAY_MS };

/** A table with agents and a sender that write to it. */
export class SimulatedFleet {
  readonly chunks = new MemoryChunks();
  readonly agents: SimulatedAgent[];
  readonly hosts: HostEntry[];
  readonly senders: SenderEntry[] = [];
  nowMs = START_MS;

  constructor(kinds: readonly AgentKind[]) {
    const ports = {
      chunks: this.chunks,
      nowMs: () => this.nowMs,
      retentionMs: DAY_MS,
      markLate: async () => {},
    };
    this.agents = kinds.map(
      (kind) =>
        new SimulatedAgent(kind, async (chunk) => {
          await ingestBatch(ports, kind.host, chunk);
        }),
    );
    // So large that a second round is worth it, whatever it saves.
    this.hosts = kinds.map(({ host }) => ({
      host,
      firstSeenMs: START_MS,
      lastSeenMs: START_MS,
      chunkBytes: 380_000,
      vms: [],
    }));
  }

  /** All agents' instants up to a time, each with its own step; none where it can't run. */
  async runUntil(
    endMs: number,
    stepOf: (agent: number, atMs: number) => AgentStep | undefined,
  ): Promise<void> {
    const next = this.agents.map((agent) => agent.nextMs(this.nowMs));
    for (;;) {
      const atMs = Math.min(...next);
      if (atMs > endMs) break;
      this.nowMs = atMs;
      for (const [i, agent] of this.agents.entries()) {
        if (next[i] !== atMs) continue;
        const step = stepOf(i, atMs);
        if (step !== undefined) await agent.run(step, atMs);
        next[i] = agent.nextMs(atMs);
      }
    }
    this.nowMs = endMs;
  }

  /** A sender's sample; of a series of its own, and of one that a host has too. */
  async send(sender: string, agoMs: number) {
    const atMs = this.nowMs - agoMs;
    const names = [
      { __name__: 'up', job: 'node', instance: `i-${agoMs % 3}` },
      { __name__: 'host_disk_busy_percent', host: 'a', device: 'disk-a' },
    ];
    const series = names.map((labels) => ({
      labels: labelsFrom(labels),
      timestamps: Float64Array.of(atMs),
      values: Float64Array.of(agoMs),
    }));
    const writer = senderSortKey(sender, String(atMs));
    const minute = minuteOf(sender, atMs);
    const bytes = encodeChunk(series);
    const chunk = { writer, minute, bytes, firstMs: atMs, sampleCount: countSamples(series) };
    await this.chunks.put(chunk, 'shorter', 0);
    if (this.senders.every((known) => known.sender !== sender))
      this.senders.push({ sender, firstSeenMs: atMs, lastSeenMs: this.nowMs + DAY_MS });
  }

  /** The answer, and how many items it took; `whole` reads all there is to look at in one round. */
  async ask(query: string, atMs: number, lookbackMs: number, whole: boolean) {
    const expr = parsePromql(query);
    if (!expr.ok) throw new Error(expr.error.message);
    const grid = { startMs: atMs, endMs: atMs, stepMs: 0 };
    const selections = selectionsOf(expr.value, grid, lookbackMs).map(
      ({ newestOnly, ...selection }) =>
        whole || !newestOnly ? selection : { ...selection, newestOnly },
    );
    this.chunks.read = 0;
    const read = await readSeries(this.#reader(), selections, this.nowMs, 1);
    if (!read.ok) throw new Error(read.error.message);
    const value = evaluateInstant(expr.value, atMs, read.value.source, { lookbackMs });
    if (!value.ok) throw new Error(`${query}: ${value.error.message}`);
    const { json } = instantJson(value.value, atMs, 0);
    return { answer: linesOf(JSON.parse(json)), items: this.chunks.read };
  }

  #reader(): ReaderPorts {
    return {
      chunks: this.chunks,
      inventory: { hosts: async () => this.hosts, senders: async () => this.senders },
      shardCount: 1,
      rollups: { read: async () => [] },
      rollupState: async () => ({ doneHour: undefined, doneBlock: undefined, late: new Map() }),
      retention: RETENTION,
      limits: { hostMinutes: 100_000, readUnits: 40_000 },
      clockMs: () => 0,
    };
  }
}

const vectorSchema = v.object({
  result: v.array(
    v.object({
      metric: v.record(v.string(), v.string()),
      value: v.tuple([v.number(), v.string()]),
    }),
  ),
});

/** A line for each series, in an order of its own. */
function linesOf(json: unknown): string[] {
  const { result } = v.parse(vectorSchema, json);
  return result
    .map(({ metric, value }) => {
      const labels = Object.entries(metric).map((pair) => pair.join('='));
      return `${labels.sort().join(' ')}: ${value[1]}`;
    })
    .sort();
}
