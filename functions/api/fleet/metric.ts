import { metricNamed } from '../../../core/catalogue/catalogue.ts';
import type { Metric } from '../../../core/catalogue/metric.ts';
import { err, ok, type Result } from '../../../core/result.ts';
import { type ApiError, badParameter } from '../reply.ts';

/** One number of each VM and host, and how it is made of series that differ in a disk or network card. */
export interface FleetMetric {
  /** As it was asked for. */
  readonly name: string;
  /** Absent: there is none of VMs. */
  readonly ofVms?: string;
  /** Absent: there is none of hosts. */
  readonly ofHosts?: string;
  readonly isSummed: boolean;
  readonly unit: Metric['unit'];
}

/** What says how busy or full one part is: of several the worst counts. */
const WORST: ReadonlySet<Metric['unit']> = new Set(['percent', 'seconds', 'celsius']);
const NO_NUMBERS: ReadonlySet<Metric['unit']> = new Set(['state', 'info']);

/** Reads the parameter `metric`: `vm_cpu_usage_percent` stands for the host's `host_cpu_usage_percent`, too. */
export function readMetric(name: string): Result<FleetMetric, ApiError> {
  const of = /^(vm|host)_(.+)$/.exec(name)?.[2];
  const metric = metricNamed(name);
  if (of === undefined || metric === undefined || NO_NUMBERS.has(metric.unit))
    return err(badParameter('metric', `${JSON.stringify(name)} is no number of a VM or a host`));
  const { unit } = metric;
  const like = (other: string) => (metricNamed(other)?.unit === unit ? other : undefined);
  const [ofVms, ofHosts] = [like(`vm_${of}`), like(`host_${of}`)];
  return ok({
    name,
    ...(ofVms === undefined ? {} : { ofVms }),
    ...(ofHosts === undefined ? {} : { ofHosts }),
    isSummed: !WORST.has(unit),
    unit,
  });
}
