import { HOST_METRICS } from '../catalogue/host-metrics.ts';
import { type Labels, labelsToObject, METRIC_NAME } from '../series/labels.ts';
import type { HostFacts } from './entry.ts';

const OWN_LABELS: ReadonlySet<string> = new Set([
  METRIC_NAME,
  'host',
  ...(HOST_METRICS.find(({ name }) => name === 'host_info')?.labels ?? []),
]);

/** What `host_info` says of a host: all labels that are not its own are tags. */
export function hostInfoFacts(labels: Labels): HostFacts {
  const all = labelsToObject(labels);
  const own = (name: 'os' | 'kernel' | 'arch' | 'cpu' | 'virtualization' | 'machine') => {
    const value = all[name];
    return value === undefined || value === '' ? {} : { [name]: value };
  };
  return {
    ...own('os'),
    ...own('kernel'),
    ...own('arch'),
    ...own('cpu'),
    ...own('virtualization'),
    ...own('machine'),
    tags: Object.fromEntries(Object.entries(all).filter(([name]) => !OWN_LABELS.has(name))),
  };
}
