import { GRAPH } from './messages.ts';

/** An expression that answers a question people have. */
export interface Example {
  readonly text: (typeof GRAPH)[`example${string}` & keyof typeof GRAPH];
  readonly expr: string;
  readonly tab: 'graph' | 'table';
}

/** What people ask first of a fleet of virtual machines. */
export const EXAMPLES: readonly Example[] = [
  { text: GRAPH.exampleTopCpu, expr: 'topk(10, vm_cpu_usage_percent)', tab: 'graph' },
  { text: GRAPH.exampleSteal, expr: 'topk(10, vm_cpu_steal_percent) > 1', tab: 'table' },
  { text: GRAPH.exampleCpuOfHosts, expr: 'host_cpu_usage_percent', tab: 'graph' },
  {
    text: GRAPH.exampleMemory,
    expr: 'topk(10, 100 * sum by (host) (vm_memory_total_bytes) / on (host) host_memory_total_bytes)',
    tab: 'table',
  },
  {
    text: GRAPH.exampleDiskFull,
    expr: 'predict_linear(host_filesystem_available_bytes[6h], 4 * 86400) < 0',
    tab: 'table',
  },
  {
    text: GRAPH.exampleDiskLeast,
    expr: 'bottomk(10, host_filesystem_available_bytes)',
    tab: 'table',
  },
  {
    text: GRAPH.exampleNetwork,
    expr: 'topk(10, sum by (host, vm) (vm_network_receive_bytes_per_second))',
    tab: 'graph',
  },
  { text: GRAPH.exampleDown, expr: 'up == 0', tab: 'table' },
  { text: GRAPH.exampleConditions, expr: 'vm_condition', tab: 'table' },
  {
    text: GRAPH.exampleFiring,
    expr: 'count by (alertname) (ALERTS{alertstate="firing"})',
    tab: 'table',
  },
];
