import { HOUR_MS } from '../../core/time.ts';
import { meanWork } from './meter.ts';
import type { SimulatedFleet } from './simulated-fleet.ts';
import type { QueryWork } from './traffic.ts';

/** Panels of a dashboard about one host, as Grafana asks for them: the last hour, a point every 15 s. */
const PANELS = [
  'host_cpu_usage_percent',
  'host_cpu_iowait_percent',
  'host_load1',
  'host_memory_usage_percent',
  'host_memory_available_bytes',
  'host_disk_busy_percent',
  'host_disk_write_bytes_per_second',
  'host_filesystem_usage_percent',
  'host_network_receive_bytes_per_second',
  'host_network_transmit_bytes_per_second',
];

/** What a panel costs that a warm function answers. */
export async function measureQueries(fleet: SimulatedFleet): Promise<QueryWork[]> {
  const ask = await fleet.openApi();
  const [host] = fleet.hosts;
  const panel = (metric: string) =>
    ask('/api/v1/query_range', {
      query: `${metric}{host="${host?.name}"}`,
      start: String((fleet.nowMs - HOUR_MS) / 1000),
      end: String(fleet.nowMs / 1000),
      step: '15',
    });
  // Warm: token and inventory are known, the code is compiled.
  for (const metric of PANELS) await panel(metric);
  const answers = [];
  for (const metric of PANELS) answers.push(await panel(metric));
  const responseBytes = answers.reduce((sum, one) => sum + one.responseBytes, 0) / answers.length;
  return [
    {
      name: 'a panel: one host, the last hour',
      ...meanWork(answers.map(({ used }) => used)),
      responseBytes,
    },
  ];
}
