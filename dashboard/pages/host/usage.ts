import type { ChartSeries } from '../../chart/chart-types.ts';
import { type Lines, linesOf, newestValue, sumOf } from '../../chart/lines.ts';
import { type Steps, stepsOf, type TimeSpan } from '../../chart/range.ts';

/** What VMs share of their host. */
export const RESOURCES = ['cpu', 'memory', 'disk', 'network', 'steal'] as const;
export type Resource = (typeof RESOURCES)[number];

/** What each is made of: the sum of these metrics of a VM. */
const METRICS: Readonly<Record<Resource, readonly string[]>> = {
  cpu: ['vm_cpu_usage_percent'],
  memory: ['vm_memory_resident_bytes'],
  disk: ['vm_disk_read_bytes_per_second', 'vm_disk_write_bytes_per_second'],
  network: ['vm_network_receive_bytes_per_second', 'vm_network_transmit_bytes_per_second'],
  steal: ['vm_cpu_steal_percent'],
};

export const VM_USAGE_METRICS = ['vm_info', ...Object.values(METRICS).flat()];
/** A series for each VM and metric; vCPUs are a label of `vm_info`. */
export const VM_USAGE_LABELS = ['uuid', 'vm', 'vcpus'];

/** What a VM uses, at each time; an absent one is not known. */
export interface VmUsage {
  readonly uuid: string;
  readonly name: string;
  readonly vcpus?: number;
  readonly values: Readonly<Record<Resource, readonly (number | null)[]>>;
}

/** Of some hundred VMs an answer would be too long: then the steps are wider. */
const VALUES_MOST = 150_000;

export function usageSteps({ fromMs, toMs }: TimeSpan, vms: number): Steps {
  const steps = stepsOf({ fromMs, toMs });
  const lengthMs = toMs - fromMs;
  const times = (stepMs: number) =>
    Math.ceil(((lengthMs / stepMs) * VM_USAGE_METRICS.length * vms) / VALUES_MOST);
  if (times(steps.stepMs) <= 1) return steps;
  const wide = stepsOf({ fromMs: toMs - lengthMs * times(steps.stepMs), toMs });
  // Of a year with hundreds of VMs even days are too many.
  return { ...wide, stepMs: wide.stepMs * Math.max(1, times(wide.stepMs * 2)) };
}

/**
 * What each VM uses: CPU in percent of all CPUs of the host, memory in bytes of the host that its process holds, disk
 * and network in bytes a second, steal in percent of what its vCPUs could use.
 *
 * @param cpuCount of the host; `undefined`: not known, and so is its share
 */
export function vmUsages(lines: Lines, cpuCount: number | undefined): VmUsage[] {
  const { count } = lines.grid;
  const names = new Map<string, string>();
  const vcpus = new Map<string, number>();
  for (const { labels } of lines.lines) {
    const uuid = labels['uuid'] ?? '';
    if (uuid === '') continue;
    names.set(uuid, labels['vm'] ?? uuid);
    const own = Number(labels['vcpus'] ?? Number.NaN);
    if (own > 0) vcpus.set(uuid, own);
  }
  const of = (uuid: string, resource: Resource) => {
    const found = METRICS[resource].flatMap((metric) =>
      linesOf(lines, metric).filter(({ labels }) => labels['uuid'] === uuid),
    );
    return sumOf(
      found.map(({ values }) => values),
      count,
    );
  };
  return [...names].map(([uuid, name]) => {
    const own = vcpus.get(uuid);
    const share = own === undefined || !cpuCount ? undefined : own / cpuCount;
    const cpu = of(uuid, 'cpu').map((value) =>
      value === null || share === undefined ? null : value * share,
    );
    const values = {
      cpu,
      memory: of(uuid, 'memory'),
      disk: of(uuid, 'disk'),
      network: of(uuid, 'network'),
      steal: of(uuid, 'steal'),
    };
    return { uuid, name, ...(own === undefined ? {} : { vcpus: own }), values };
  });
}

/** Each with a colour of its own; the others are one area. */
const STACKED_MOST = 8;

/**
 * VMs on one another, the greatest at the bottom; each keeps its colour from chart to chart. Steal is no part of a
 * whole: lines.
 */
export function usageSeries(
  usages: readonly VmUsage[],
  resource: Resource,
  colors: ReadonlyMap<string, number>,
  othersText: (count: number) => string,
): ChartSeries[] {
  const used = usages
    .map(({ uuid, name, values }) => ({ uuid, name, values: values[resource] }))
    .filter(({ values }) => values.some((value) => value !== null))
    .toSorted((a, b) => total(b.values) - total(a.values));
  const isStacked = resource !== 'steal';
  const named = used.slice(0, STACKED_MOST);
  const rest = used.slice(STACKED_MOST);
  const twice = duplicates(named.map(({ name }) => name));
  const series = named.map(({ uuid, name, values }, i) => ({
    label: twice.has(name) ? `${name} (${uuid.slice(0, 8)})` : name,
    values,
    color: colors.get(uuid) ?? i,
    ...(isStacked ? { stacked: true } : {}),
  }));
  if (rest.length === 0 || !isStacked) return series;
  const count = rest[0]?.values.length ?? 0;
  const values = sumOf(
    rest.map((one) => one.values),
    count,
  );
  return [...series, { label: othersText(rest.length), values, color: 7, stacked: true }];
}

/** A colour for each VM: by what it uses of the CPU, as that is looked at first. */
export function vmColors(usages: readonly VmUsage[]): Map<string, number> {
  const sorted = usages.toSorted((a, b) => total(b.values.cpu) - total(a.values.cpu));
  // The last one of the palette is for all others.
  return new Map(sorted.map(({ uuid }, i) => [uuid, i % (STACKED_MOST - 1)]));
}

/** What a VM uses at the end of the range; `undefined`: it is not known (any more). */
export function usageNow(
  { values }: VmUsage,
  resource: Resource,
  timesMs: readonly number[],
): number | undefined {
  return newestValue(timesMs, values[resource]);
}

function total(values: readonly (number | null)[]): number {
  return values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
}

function duplicates(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.filter((name, i) => names.indexOf(name) !== i));
}
