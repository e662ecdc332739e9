import { AGENT_METRICS } from './agent-metrics.ts';
import { CONTAINER_METRICS } from './container-metrics.ts';
import { HARDWARE_METRICS } from './hardware-metrics.ts';
import { HOST_METRICS } from './host-metrics.ts';
import type { Metric } from './metric.ts';
import { SCRAPE_METRICS } from './scrape-metrics.ts';
import { VM_METRICS } from './vm-metrics.ts';

/** Made by the evaluator from what arrived: silence is a 0, not a gap. */
const DERIVED_METRICS = [
  {
    name: 'up',
    unit: 'state',
    help: '1 while the host reports, 0 when its batches stay away.',
    labels: [],
    source: 'the evaluator: a batch within the last minutes',
    resolution: 1,
  },
  {
    name: 'host_condition',
    unit: 'state',
    help: '1 while a host is not simply up; `condition` is dark (silent, and nobody knows why), stopped (its agent was stopped), shutdown (the system was), or maintenance. No series while it is up.',
    labels: ['condition'],
    source: 'the evaluator: what arrived, and hypervigil_agent_stopped',
    resolution: 1,
  },
  {
    name: 'vm_condition',
    unit: 'state',
    help: '1 while something is the matter with a VM; `condition` is crashed, panicked, failed, vanished, lost, hung, ioerror, paused, busy (paused for a job), host_dark, no_data (its libvirt does not answer) or duplicate (two hosts run its UUID). `host` is where it is now. No series while it runs or is off on purpose.',
    labels: ['condition'],
    source: 'the evaluator: vm_state and vm_job_active of all hosts',
    resolution: 1,
  },
] as const satisfies readonly Metric[];

/** Every metric Hypervigil makes by itself. */
export const CATALOGUE = [
  ...HOST_METRICS,
  ...HARDWARE_METRICS,
  ...AGENT_METRICS,
  ...VM_METRICS,
  ...CONTAINER_METRICS,
  ...SCRAPE_METRICS,
  ...DERIVED_METRICS,
];

/** Names the agent may use; a typo is a type error. */
export type HostMetricName = (typeof HOST_METRICS | typeof HARDWARE_METRICS)[number]['name'];
export type VmMetricName = (typeof VM_METRICS)[number]['name'];
export type ContainerMetricName = (typeof CONTAINER_METRICS)[number]['name'];
export type AgentMetricName = (typeof AGENT_METRICS | typeof SCRAPE_METRICS)[number]['name'];

const BY_NAME: ReadonlyMap<string, Metric> = new Map(
  CATALOGUE.map((metric) => [metric.name, metric]),
);

/** What the catalogue says of a metric; `undefined` for one that is not ours. */
export function metricNamed(name: string): Metric | undefined {
  return BY_NAME.get(name);
}
