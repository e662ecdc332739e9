import { CATALOGUE } from '../../core/catalogue/catalogue.ts';
import type { Metric } from '../../core/catalogue/metric.ts';

/** What completion says of a metric. */
export interface KnownMetric {
  readonly name: string;
  /** `''` where it has none: a state, a count. */
  readonly unit: string;
  readonly help: string;
  /** All that its series have, in the order in which they tell most. */
  readonly labels: readonly string[];
}

const ALL: readonly Metric[] = CATALOGUE;

/** Units as people write them after a number. */
const SIGNS: Readonly<Record<Metric['unit'], string>> = {
  percent: '%',
  bytes: 'bytes',
  bytes_per_second: 'bytes/s',
  per_second: '/s',
  seconds: 's',
  celsius: '°C',
  count: '',
  state: '0/1',
  info: '',
};

const METRICS: ReadonlyMap<string, KnownMetric> = new Map(
  ALL.map(({ name, unit, help, labels }) => [
    name,
    { name, unit: SIGNS[unit], help, labels: [...identity(name), ...labels] },
  ]),
);

/** Every metric that Hypervigil makes by itself, by name. */
export function knownMetrics(): ReadonlyMap<string, KnownMetric> {
  return METRICS;
}

/** Who a series is of; senders of a tenant's own are another matter. */
function identity(name: string): string[] {
  return name.startsWith('vm_') ? ['host', 'vm', 'uuid'] : ['host'];
}

/** Label names of all metrics in the catalogue, and those of alerts. */
export function knownLabels(): readonly string[] {
  const names = [...METRICS.values()].flatMap(({ labels }) => labels);
  return [...new Set([...names, 'alertname', 'alertstate', 'severity'])].sort();
}

/**
 * Metrics whose name, unit or help has every one of the words; those named so first. No word: all, in the catalogue's order.
 */
export function searchMetrics(
  words: string,
  among: readonly KnownMetric[],
): readonly KnownMetric[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const rank = ({ name, unit, help }: KnownMetric): number => {
    const inName = wanted.filter((word) => name.toLowerCase().includes(word)).length;
    const text = `${name} ${unit} ${help}`.toLowerCase();
    return wanted.every((word) => text.includes(word)) ? inName : -1;
  };
  return among
    .map((metric) => ({ metric, rank: rank(metric) }))
    .filter((one) => one.rank >= 0)
    .sort((a, b) => b.rank - a.rank)
    .map(({ metric }) => metric);
}
