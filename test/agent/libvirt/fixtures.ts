import { readFileSync } from 'node:fs';
import type { TypedParams } from '../../../agent/libvirt/procedures.ts';
import { domainStats } from '../../../agent/libvirt/stats.ts';
import type { DomainReading } from '../../../agent/libvirt/vm-measurements.ts';

/** What a real libvirt 9.0 answered at one instant: VMs of the testbed, by name. */
export interface Capture {
  readonly nowMs: number;
  readonly vms: Readonly<Record<string, DomainReading>>;
}

interface CaptureFile {
  readonly nowMs: number;
  readonly atMs: number;
  readonly records: readonly {
    readonly domain: { readonly name: string; readonly uuid: string; readonly id: number };
    readonly params: Readonly<Record<string, number | string>>;
  }[];
}

/** The captures of `fixtures/<name>.json`, in the order they were made. */
export function captures(name: 'loaded' | 'paused' | 'off' | 'hung'): Capture[] {
  const url = new URL(`fixtures/${name}.json`, import.meta.url);
  const files: CaptureFile[] = JSON.parse(readFileSync(url, 'utf8'));
  return files.map(({ nowMs, atMs, records }) => {
    const vms: Record<string, DomainReading> = {};
    for (const { domain, params } of records) {
      const fields: TypedParams = new Map(Object.entries(params));
      const stats = domainStats({ domain, params: fields });
      if (stats === undefined) throw new Error(`${name}.json: ${domain.name} has no state`);
      vms[domain.name] = { stats, hung: false, job: undefined, atMs };
    }
    return { nowMs, vms };
  });
}

/** The only capture of a file that has one. */
export function capture(name: 'paused' | 'off' | 'hung'): Capture {
  const [only] = captures(name);
  if (only === undefined) throw new Error(`${name}.json is empty`);
  return only;
}

export function vmOf(from: Capture, name: string): DomainReading {
  const reading = from.vms[name];
  if (reading === undefined) throw new Error(`no ${name} among ${Object.keys(from.vms)}`);
  return reading;
}
