import { createHash } from 'node:crypto';
import { labelValue, withLabels } from '../core/series/labels.ts';
import type { Series } from '../core/series/series.ts';
import { readCapture } from './plain-series.ts';

/** A host-minute with five VMs, captured under load. */
const FILE = new URL('data/host-with-5-vms-under-load.json.gz', import.meta.url);

/** The captured series under a host's name, with UUIDs as random as real ones, others for each host. */
export function captured(host: string): Series[] {
  return readCapture(FILE).map((one) => {
    const uuid = labelValue(one.labels, 'uuid');
    const own = { host, ...(uuid === '' ? {} : { uuid: randomUuid(`${host} ${uuid}`) }) };
    return { ...one, labels: withLabels(one.labels, own) };
  });
}

/** How many VMs the captured host has. */
export const CAPTURED_VMS = 5;

export interface MadeHost {
  readonly host: string;
  readonly series: readonly Series[];
}

/** A host with the captured VMs, so many times. */
export function madeHost(host: string, vmSets: number): MadeHost {
  const base = captured(host);
  const vms = base.filter(({ labels }) => labelValue(labels, 'uuid') !== '');
  const more = Array.from({ length: vmSets - 1 }, (_, set) =>
    vms.map((one) => {
      const uuid = randomUuid(`${host} ${set} ${labelValue(one.labels, 'uuid')}`);
      const vm = `${labelValue(one.labels, 'vm')}-${set}`;
      return { ...one, labels: withLabels(one.labels, { vm, uuid }) };
    }),
  );
  return { host, series: [...base, ...more.flat()] };
}

/** As random as any, and the same for the same text. */
export function randomUuid(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
}

/** Series that vary as the captured ones did within their minute; what stood still stands still. */
export function like(series: readonly Series[], at: readonly number[]): Series[] {
  const timestamps = Float64Array.from(at);
  return series.map(({ labels, values }) => ({
    labels,
    timestamps,
    values: timestamps.map(() => values[Math.floor(Math.random() * values.length)] ?? 0),
  }));
}
