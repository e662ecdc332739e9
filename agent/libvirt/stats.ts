import type { DomainRecord, TypedParams } from './procedures.ts';

/** What libvirt tells of one VM at one instant. Absent fields are `undefined`: not told, not zero. */
export interface DomainStats {
  readonly uuid: string;
  readonly name: string;
  /** Of this run of the VM: another after each start; -1 while it is off. */
  readonly runId: number;
  /** virDomainState: 1 running, 3 paused, 5 shut off, 6 crashed ... */
  readonly state: number;
  /** Its reason; numbered for each state anew. */
  readonly reason: number;
  /** CPU time of the VM's process. Of a VM that is off it is libvirt's own, and left out here. */
  readonly cpuTimeNs: number | undefined;
  readonly vcpuCount: number | undefined;
  /** Time its vCPUs were runnable and waited for a core, all together. */
  readonly vcpuDelayNs: number | undefined;
  readonly balloon: BalloonStats;
  readonly disks: readonly DiskStats[];
  readonly nics: readonly NicStats[];
}

interface BalloonStats {
  /** What the VM is given now. */
  readonly currentKib: number | undefined;
  /** The guest's MemTotal. */
  readonly availableKib: number | undefined;
  /** The guest's MemAvailable. */
  readonly usableKib: number | undefined;
  /** Memory the VM's process holds. */
  readonly rssKib: number | undefined;
  /** When the guest last told, seconds since 1970; 0 for never. */
  readonly lastUpdateSeconds: number | undefined;
}

export interface DiskStats {
  /** The guest's name for it, such as `vda`. */
  readonly name: string;
  /** The image: a file or a block device of the host. */
  readonly path: string | undefined;
  readonly readRequests: number | undefined;
  readonly readBytes: number | undefined;
  readonly readTimeNs: number | undefined;
  readonly writeRequests: number | undefined;
  readonly writeBytes: number | undefined;
  readonly writeTimeNs: number | undefined;
  readonly flushRequests: number | undefined;
  readonly flushTimeNs: number | undefined;
  /** How far into the image the guest has written. */
  readonly allocationBytes: number | undefined;
  /** The size the guest sees. */
  readonly capacityBytes: number | undefined;
  /** The size of the image's container: a file's blocks on disk, or the block device. */
  readonly physicalBytes: number | undefined;
}

/** Receive and transmit are the guest's: libvirt turns the tap's counters round. */
export interface NicStats {
  /** The host's end of it, such as `vnet3`; another after each start of the VM. */
  readonly tap: string | undefined;
  readonly receiveBytes: number | undefined;
  readonly receivePackets: number | undefined;
  readonly receiveErrors: number | undefined;
  readonly receiveDrops: number | undefined;
  readonly transmitBytes: number | undefined;
  readonly transmitPackets: number | undefined;
  readonly transmitErrors: number | undefined;
  readonly transmitDrops: number | undefined;
}

const SHUT_OFF = 5;
const ITEM_MAX_COUNT = 1024; // disks, NICs or vCPUs of one VM

/** `undefined` for a VM that went away while libvirt looked, and so has not even a state. */
export function domainStats({ domain, params }: DomainRecord): DomainStats | undefined {
  const state = numberOf(params, 'state.state');
  const reason = numberOf(params, 'state.reason');
  if (state === undefined || reason === undefined) return undefined;
  const isOff = state === SHUT_OFF;
  return {
    uuid: domain.uuid,
    name: domain.name,
    runId: domain.id,
    state,
    reason,
    cpuTimeNs: isOff ? undefined : numberOf(params, 'cpu.time'),
    vcpuCount: numberOf(params, 'vcpu.current'),
    vcpuDelayNs: isOff ? undefined : vcpuDelay(params),
    balloon: {
      currentKib: numberOf(params, 'balloon.current'),
      availableKib: numberOf(params, 'balloon.available'),
      usableKib: numberOf(params, 'balloon.usable'),
      rssKib: numberOf(params, 'balloon.rss'),
      lastUpdateSeconds: numberOf(params, 'balloon.last-update'),
    },
    disks: disks(params),
    nics: nics(params),
  };
}

/** Numbers have gaps where a vCPU was unplugged, so all up to the maximum are looked at. */
function vcpuDelay(params: TypedParams): number | undefined {
  let delayNs: number | undefined;
  for (let i = 0; i < countOf(params, 'vcpu.maximum'); i++) {
    const ofOne = numberOf(params, `vcpu.${i}.delay`);
    if (ofOne !== undefined) delayNs = (delayNs ?? 0) + ofOne;
  }
  return delayNs;
}

function disks(params: TypedParams): DiskStats[] {
  const found: DiskStats[] = [];
  for (let i = 0; i < countOf(params, 'block.count'); i++) {
    const name = textOf(params, `block.${i}.name`);
    if (name === undefined) continue;
    const field = (suffix: string): number | undefined => numberOf(params, `block.${i}.${suffix}`);
    found.push({
      name,
      path: textOf(params, `block.${i}.path`),
      readRequests: field('rd.reqs'),
      readBytes: field('rd.bytes'),
      readTimeNs: field('rd.times'),
      writeRequests: field('wr.reqs'),
      writeBytes: field('wr.bytes'),
      writeTimeNs: field('wr.times'),
      flushRequests: field('fl.reqs'),
      flushTimeNs: field('fl.times'),
      allocationBytes: field('allocation'),
      capacityBytes: field('capacity'),
      physicalBytes: field('physical'),
    });
  }
  return found;
}

function nics(params: TypedParams): NicStats[] {
  return Array.from({ length: countOf(params, 'net.count') }, (_, i) => {
    const field = (suffix: string): number | undefined => numberOf(params, `net.${i}.${suffix}`);
    return {
      tap: textOf(params, `net.${i}.name`),
      receiveBytes: field('rx.bytes'),
      receivePackets: field('rx.pkts'),
      receiveErrors: field('rx.errs'),
      receiveDrops: field('rx.drop'),
      transmitBytes: field('tx.bytes'),
      transmitPackets: field('tx.pkts'),
      transmitErrors: field('tx.errs'),
      transmitDrops: field('tx.drop'),
    };
  });
}

/** A number of items; absent means none, and a daemon gone wrong can't make it endless. */
function countOf(params: TypedParams, field: string): number {
  return Math.min(numberOf(params, field) ?? 0, ITEM_MAX_COUNT);
}

function numberOf(params: TypedParams, field: string): number | undefined {
  const value = params.get(field);
  return typeof value === 'number' ? value : undefined;
}

function textOf(params: TypedParams, field: string): string | undefined {
  const value = params.get(field);
  return typeof value === 'string' ? value : undefined;
}
