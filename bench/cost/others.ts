import { MINUTES_PER_MONTH } from './assumptions.ts';
import { CLOUDWATCH, DATADOG, MANAGED_PROMETHEUS, tiered } from './prices.ts';
import type { TrafficProfile } from './traffic.ts';

/** What another product would cost a month for the same series. */
export interface OtherBill {
  readonly name: string;
  readonly usd: number;
  /** What was counted, and what was left out in its favour. */
  readonly counted: string;
}

const GB = 2 ** 30;
const SECONDS_PER_MONTH = MINUTES_PER_MONTH * 60;

/** The most metrics of one PutMetricData. */
const METRICS_PER_REQUEST = 1000;
/** Source: https://aws.amazon.com/prometheus/pricing/: "typically 1 or 2 bytes"; kept 150 days unless set. */
const BYTES_PER_SAMPLE = 1.5;
const PROMETHEUS_KEPT_DAYS = 150;

/** The same fleet, watched by others, at list prices. */
export function otherBills({ shape, seriesPerHost }: TrafficProfile): OtherBill[] {
  const { hosts, vmsPerHost, seriesPerVm, intervalMs } = shape;
  const series = hosts * seriesPerHost;
  const vms = hosts * vmsPerHost;
  const customPerHost = vmsPerHost * seriesPerVm;
  const samples = (series * SECONDS_PER_MONTH) / (intervalMs / 1000);
  const requests =
    hosts *
    MINUTES_PER_MONTH *
    Math.ceil((seriesPerHost * (60_000 / intervalMs)) / METRICS_PER_REQUEST);
  // Rules look at the last sample of every series once a minute.
  const queried = series * MINUTES_PER_MONTH;
  const storedGb = (samples * (PROMETHEUS_KEPT_DAYS / 30.4) * BYTES_PER_SAMPLE) / GB;
  const custom = Math.max(0, customPerHost - DATADOG.includedMetricsPerHost) * hosts;
  return [
    {
      name: 'CloudWatch agent, custom metrics',
      usd: tiered(CLOUDWATCH.metric, series) + requests * CLOUDWATCH.apiRequest,
      counted: `${count(series)} metrics, ${count(requests)} requests; no alarm, no question`,
    },
    {
      name: 'Datadog, agents on hosts',
      usd: hosts * DATADOG.host + custom * DATADOG.customMetric,
      counted: `${count(hosts)} hosts (Pro, annual); VMs' series as custom metrics, ${DATADOG.includedMetricsPerHost} a host included`,
    },
    ...(vms === 0
      ? []
      : [
          {
            name: 'Datadog, agents in VMs too',
            usd: (hosts + vms) * DATADOG.host,
            counted: `${count(hosts + vms)} hosts (Pro, annual), no custom metric`,
          },
        ]),
    {
      name: 'Amazon Managed Prometheus',
      usd:
        tiered(MANAGED_PROMETHEUS.ingestedSample, samples) +
        storedGb * MANAGED_PROMETHEUS.storedGbMonth +
        queried * MANAGED_PROMETHEUS.queriedSample,
      counted: `${count(samples)} samples, ${PROMETHEUS_KEPT_DAYS} days kept; rules look at each series once a minute; without Grafana and the agents that send`,
    },
  ];
}

function count(value: number): string {
  return value.toLocaleString('en-US', { notation: 'compact', maximumSignificantDigits: 3 });
}
