import { type Labels, labelValue, METRIC_NAME } from '../series/labels.ts';

/** The label that is a VM's identity on whatever host it runs. */
export const VM_LABEL = 'uuid';

/** What the names of all metrics of a VM begin with. */
const VM_METRIC = 'vm_';

/** Is a metric one of VMs, by its name? */
export function isVmMetric(name: string): boolean {
  return name.startsWith(VM_METRIC);
}

/**
 * The VM (its UUID) whose history a host's series is a part of; `''` if it is one of the host. Other things
 * have UUIDs too, which nobody could list: filesystems, for one.
 */
export function vmOfSeries(labels: Labels): string {
  return isVmMetric(labelValue(labels, METRIC_NAME)) ? labelValue(labels, VM_LABEL) : '';
}
