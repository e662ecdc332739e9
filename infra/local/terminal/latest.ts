import { compareStrings, labelValue, METRIC_NAME } from '../../../core/series/labels.ts';
import { isStaleAt, type Series } from '../../../core/series/series.ts';

/** The newest numbers of a host or a VM. Absent is what was not measured. */
export interface MachineView {
  readonly lastSampleMs: number;
  readonly cpuPercent?: number;
  readonly memoryPercent?: number;
  /** Of the busiest disk. A VM's: by its requests in flight, at most 100. */
  readonly diskPercent?: number;
  readonly diskBytesPerSecond?: number;
  readonly receiveBytesPerSecond?: number;
  readonly transmitBytesPerSecond?: number;
}

export interface VmView extends MachineView {
  readonly uuid: string;
  readonly name: string;
  /** libvirt's number of the state: 1 running, 5 shut off ... */
  readonly stateNumber: number;
  readonly reason: string;
}

/** The newest numbers in a batch, and the VMs in it in order of their names. */
export interface LatestOfHost extends MachineView {
  readonly vms: readonly VmView[];
}

/** A number older than the newest by more than this is of another sample: it was not measured again. */
const SAME_SAMPLE_MS = 1_000;

/** What a batch says of its host now; `undefined` for a batch without samples. */
export function latestOf(batch: readonly Series[]): LatestOfHost | undefined {
  const newestMs = batch.reduce(
    (newest, { timestamps }) => Math.max(newest, timestamps.at(-1) ?? 0),
    0,
  );
  if (newestMs === 0) return undefined;
  const current = batch.filter((series) => isCurrent(series, newestMs));
  const ofVms = Map.groupBy(current, ({ labels }) => labelValue(labels, 'uuid'));
  const own = ofVms.get('') ?? [];
  ofVms.delete('');
  const vms = [...ofVms].flatMap(([uuid, series]) => vmOf(uuid, series, newestMs) ?? []);
  return {
    ...machineOf('host', own, newestMs),
    vms: vms.sort((a, b) => compareStrings(a.name, b.name) || compareStrings(a.uuid, b.uuid)),
  };
}

function isCurrent({ timestamps, values }: Series, newestMs: number): boolean {
  const last = timestamps.length - 1;
  const lastMs = timestamps[last];
  return lastMs !== undefined && lastMs >= newestMs - SAME_SAMPLE_MS && !isStaleAt(values, last);
}

function vmOf(uuid: string, series: readonly Series[], newestMs: number): VmView | undefined {
  const state = series.find(({ labels }) => labelValue(labels, METRIC_NAME) === 'vm_state');
  const stateNumber = state?.values.at(-1);
  if (state === undefined || stateNumber === undefined) return undefined;
  return {
    ...machineOf('vm', series, newestMs),
    uuid,
    name: labelValue(state.labels, 'vm'),
    stateNumber,
    reason: labelValue(state.labels, 'reason'),
  };
}

function machineOf(
  kind: 'host' | 'vm',
  series: readonly Series[],
  lastSampleMs: number,
): MachineView {
  const valuesOf = (metric: string) =>
    series
      .filter(({ labels }) => labelValue(labels, METRIC_NAME) === `${kind}_${metric}`)
      .flatMap(({ values }) => values.at(-1) ?? [])
      .filter((value) => Number.isFinite(value));
  const numbers = {
    cpuPercent: largest(valuesOf('cpu_usage_percent')),
    memoryPercent: largest(valuesOf('memory_usage_percent')),
    diskPercent:
      kind === 'host'
        ? largest(valuesOf('disk_busy_percent'))
        : // With n requests in flight on average, the disk was busy at most min(n, 1) of the time.
          largest(valuesOf('disk_requests_in_flight').map((n) => Math.min(1, n) * 100)),
    diskBytesPerSecond: sum([
      ...valuesOf('disk_read_bytes_per_second'),
      ...valuesOf('disk_write_bytes_per_second'),
    ]),
    receiveBytesPerSecond: sum(valuesOf('network_receive_bytes_per_second')),
    transmitBytesPerSecond: sum(valuesOf('network_transmit_bytes_per_second')),
  };
  return { lastSampleMs, ...measuredOnly(numbers) };
}

function largest(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : Math.max(...values);
}

function sum(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((a, b) => a + b, 0);
}

type Numbers = Omit<MachineView, 'lastSampleMs'>;

function measuredOnly(numbers: { readonly [K in keyof Numbers]: Numbers[K] | undefined }): Numbers {
  return Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== undefined));
}
