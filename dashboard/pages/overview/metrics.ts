/** What cells can be coloured by, beside the state. Names are in the messages. */
export const METRICS = [
  'vm_cpu_usage_percent',
  'vm_memory_usage_percent',
  'vm_cpu_steal_percent',
  'vm_disk_latency_seconds',
  'vm_disk_read_bytes_per_second',
  'vm_disk_write_bytes_per_second',
  'vm_network_receive_bytes_per_second',
  'vm_network_transmit_bytes_per_second',
] as const;
export type MetricName = (typeof METRICS)[number];

export function isMetricName(text: string): text is MetricName {
  return METRICS.some((name) => name === text);
}
