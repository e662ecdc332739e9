/**
 * What is known of who reports: of each host when it was there, what it is, which VMs it told of, and
 * which of them it had. All times are ms since 1970.
 */

/** A VM as a host reported it; under a new name it is a second entry, so that both names lead to it. */
export interface VmEntry {
  readonly uuid: string;
  readonly name: string;
  /** When the VM was first heard of, on whichever host; absent: not known. */
  readonly firstSeenMs?: number | undefined;
  /** When this host last told of it by this name. */
  readonly lastSeenMs: number;
  readonly vcpus?: number | undefined;
  readonly memoryBytes?: number | undefined;
}

/** A time in which a host was the one that had a VM. A VM has one such host at a time. */
export interface Stay {
  readonly uuid: string;
  readonly fromMs: number;
  /** Up to, but without, this time; absent: it is there still. */
  readonly toMs?: number | undefined;
}

/** What a host is, as far as its metrics tell. */
export interface HostFacts {
  readonly os?: string | undefined;
  readonly kernel?: string | undefined;
  readonly arch?: string | undefined;
  readonly cpu?: string | undefined;
  /** What it runs within, if it is a VM itself. */
  readonly virtualization?: string | undefined;
  /** What runs its VMs: `qemu`, `hyperv` ... */
  readonly hypervisor?: string | undefined;
  /** A fingerprint of its machine id: of a host under another name it is the same. */
  readonly machine?: string | undefined;
  readonly agentVersion?: string | undefined;
  readonly cpuCount?: number | undefined;
  readonly memoryBytes?: number | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

export interface HostEntry {
  readonly host: string;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  /** Of a minute's chunk, when the entry was written: tells what reading the host costs. */
  readonly chunkBytes?: number | undefined;
  readonly facts?: HostFacts | undefined;
  readonly vms: readonly VmEntry[];
  /** In no order. Absent: it has had none. */
  readonly stays?: readonly Stay[] | undefined;
}

/** How far `lastSeenMs` may be behind the truth: an entry is written when it changes, else once in this time. */
export const INVENTORY_LAG_MS = 3_600_000;

/**
 * A host not heard for so long is kept apart from those that report, and so is what a host told of VMs it
 * has no more: a question about now does not read it.
 */
export const APART_AFTER_MS = 2 * 24 * 3_600_000;
