import { HOST_METRICS } from '../core/catalogue/host-metrics.ts';
import type { Metric } from '../core/catalogue/metric.ts';
import { VM_METRICS } from '../core/catalogue/vm-metrics.ts';
import { labelsFrom } from '../core/series/labels.ts';
import type { Series } from '../core/series/series.ts';

export const EVERY_MS = 10_000;
const HOST_SERIES = 60;
const VM_SERIES = 20;
const VMS_PER_HOST = 5;

/** A repeatable stand-in for measurements: the same fleet on every run. */
function createRandom(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const LABEL_VALUES: Readonly<Record<string, readonly string[]>> = {
  device: ['sda'],
  mountpoint: ['/', '/var'],
  fstype: ['ext4', 'xfs'],
  reason: ['running'],
};

/** The label sets of a metric on one host or VM: one, or one for each device. */
function instances({ name, labels }: Metric): Record<string, string>[] {
  const count = labels.some((label) => (LABEL_VALUES[label]?.length ?? 1) > 1) ? 2 : 1;
  return Array.from({ length: count }, (_, i) => {
    const own = labels.map((label) => [label, LABEL_VALUES[label]?.[i] ?? 'x'] as const);
    return { __name__: name, ...Object.fromEntries(own) };
  });
}

/** What a service exports beside our own metrics: counters and a histogram. */
const SERVICE: readonly Record<string, string>[] = [
  ...['GET', 'POST'].flatMap((method) =>
    ['200', '404', '500'].map((code) => ({ __name__: 'http_requests_total', method, code })),
  ),
  ...['0.1', '0.5', '1', '2.5', '10', '+Inf'].map((le) => ({
    __name__: 'http_request_duration_seconds_bucket',
    le,
  })),
];

const HOST_LABELS = [
  ...SERVICE,
  { __name__: 'up' },
  ...HOST_METRICS.flatMap((metric: Metric) => instances(metric)),
].slice(0, HOST_SERIES);
const VM_LABELS = VM_METRICS.flatMap((metric: Metric) => instances(metric)).slice(0, VM_SERIES);

/**
 * 60 series for each host and 20 for each of its five VMs, a sample every 10 s; each host begins at a
 * second of its own. The series of a host share their timestamps.
 */
export function makeFleet(hosts: number, endMs: number, minutes: number): Series[] {
  const random = createRandom();
  const count = (minutes * 60_000) / EVERY_MS;
  const fleet: Series[] = [];
  for (let index = 0; index < hosts; index++) {
    const host = `host-${index}`;
    const lastMs = endMs - Math.floor(random() * 10) * 1000;
    const timestamps = Float64Array.from(
      { length: count },
      (_, i) => lastMs - (count - 1 - i) * EVERY_MS,
    );
    const add = (labels: Record<string, string>, own: Record<string, string>) =>
      fleet.push({
        labels: labelsFrom({ ...labels, ...own }),
        timestamps,
        values: samples(labels, count, random),
      });
    for (const labels of HOST_LABELS) add(labels, { host });
    for (let vm = 0; vm < VMS_PER_HOST; vm++) {
      const own = { host, vm: `vm-${index}-${vm}`, uuid: `uuid-${index}-${vm}` };
      for (const labels of VM_LABELS) add(labels, own);
    }
  }
  return fleet;
}

function samples(
  labels: Readonly<Record<string, string>>,
  count: number,
  random: () => number,
): Float64Array {
  const name = labels['__name__'] ?? '';
  const values = new Float64Array(count);
  if (/_total$|_bucket$/.test(name)) {
    const pace =
      labels['le'] === undefined
        ? 20
        : 10 * Math.min(Number(labels['le'].replace('+Inf', '20')), 20);
    let total = 0;
    for (let i = 0; i < count; i++) {
      total += Math.floor(random() * pace);
      values[i] = total;
    }
    return values;
  }
  if (/^up$|_up$|_info$|_state$/.test(name)) return values.fill(1);
  let level = random() * (name.endsWith('_bytes') ? 1e11 : 80);
  for (let i = 0; i < count; i++) {
    level = Math.abs(level * (1 + (random() - 0.5) * 0.02));
    values[i] = Math.round(level * 100) / 100;
  }
  return values;
}
