import type { Metric } from './metric.ts';

/** The agent's metrics about itself. */
export const AGENT_METRICS = [
  {
    name: 'hypervigil_agent_info',
    unit: 'info',
    help: 'Always 1; says which agent runs.',
    labels: ['version'],
    source: 'the agent',
    resolution: 1,
  },
  {
    name: 'hypervigil_agent_collector_up',
    unit: 'state',
    help: '1 when the collector gave its numbers, 0 when it failed or was too slow; absent where there is nothing for it to read.',
    labels: ['collector'],
    source: 'the agent',
    resolution: 1,
  },
  {
    name: 'hypervigil_agent_batch_interval_seconds',
    unit: 'seconds',
    help: 'Time between two posts, as configured: a host is missed only after more than this.',
    labels: [],
    source: 'the agent',
    resolution: 1,
  },
  {
    name: 'hypervigil_agent_sample_cpu_seconds',
    unit: 'seconds',
    help: 'CPU time of one sample, all collectors together.',
    labels: [],
    source: 'process.cpuUsage',
    resolution: 0.001,
  },
  {
    name: 'hypervigil_agent_resident_memory_bytes',
    unit: 'bytes',
    help: 'Memory the agent holds.',
    labels: [],
    source: 'process.memoryUsage.rss',
    resolution: 1 << 20,
  },
  {
    name: 'hypervigil_agent_samples_dropped_total',
    unit: 'count',
    help: 'Samples lost, by reason (docs/spool.md); counted on over restarts where there is a spool. No series while none is lost.',
    labels: ['reason'],
    source: 'the agent',
    resolution: 1,
  },
  {
    name: 'hypervigil_agent_complete_seconds',
    unit: 'seconds',
    help: 'For how long, an hour at most, samples have told all: every series that was measured in this time is in this sample or has ended, and the server has every minute before this one. Falls when the agent restarts, loses samples, is behind with posting, or a collector fails.',
    labels: [],
    source: 'the agent',
    resolution: 1,
  },
  {
    name: 'hypervigil_agent_stopped',
    unit: 'state',
    help: '1, once, as the last sample of an agent that was told to end; `reason` is "shutdown" when the whole system was going down, else "stopped".',
    labels: ['reason'],
    source: 'the agent; systemctl is-system-running, OpenRC or the runlevel',
    resolution: 1,
  },
] as const satisfies readonly Metric[];
