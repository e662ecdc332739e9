import * as v from 'valibot';
import { VM_KINDS } from './vm-kind.ts';

/** What the topology remembers from tick to tick: plain JSON, all times ms since 1970. */

/** `stopped`: the agent alone was stopped. `shutdown`: the whole system was. Both say so themselves. */
export const HOST_CONDITIONS = ['up', 'dark', 'stopped', 'shutdown', 'maintenance'] as const;
export type HostCondition = (typeof HOST_CONDITIONS)[number];

const ms = v.number();
const maybeMs = v.exactOptional(ms);

const hostSchema = v.object({
  host: v.string(),
  condition: v.picklist(HOST_CONDITIONS),
  lastMs: ms,
  batchIntervalMs: maybeMs,
  /** Its agent's last goodbye; the last thing heard of it, unless `lastMs` is later. */
  stopped: v.exactOptional(v.object({ atMs: ms, reason: v.picklist(['stopped', 'shutdown']) })),
  /** When its libvirt last answered, and last did not. Absent: never. */
  libvirtUpMs: maybeMs,
  libvirtDownMs: maybeMs,
});

const sightingSchema = v.object({
  host: v.string(),
  kind: v.picklist(VM_KINDS),
  reason: v.string(),
  sinceMs: ms,
  /**
   * Absent: as late as the host's libvirt answered, so that the record of a VM that simply runs is
   * the same at every tick.
   */
  lastMs: maybeMs,
  aliveMs: maybeMs,
  offMs: maybeMs,
  /** Its last time, and a job's: absent where they are the sighting's own. */
  crash: v.exactOptional(
    v.object({ kind: v.picklist(['crashed', 'panicked', 'failed']), sinceMs: ms, lastMs: maybeMs }),
  ),
  goneMs: maybeMs,
  missedMs: maybeMs,
  job: v.exactOptional(v.object({ operation: v.string(), atMs: maybeMs })),
});

/** A VM but for its UUID. */
export const vmRecordSchema = v.object({
  vm: v.string(),
  /** Where it was and is, the present place last; at least one. */
  places: v.pipe(v.array(v.object({ host: v.string(), fromMs: ms })), v.minLength(1)),
  /** What each host last said of it. */
  seen: v.array(sightingSchema),
});

const vmSchema = v.object({ uuid: v.string(), ...vmRecordSchema.entries });

/** Decodes a state that is stored as a whole. */
export const topologyStateSchema = v.object({
  /** When it was made; 0 before the first. */
  atMs: ms,
  hosts: v.array(hostSchema),
  vms: v.array(vmSchema),
  /** Labels of the series it made last, so that those that end can be marked. */
  written: v.array(v.array(v.string())),
});

export type TopologyState = Readonly<v.InferOutput<typeof topologyStateSchema>>;
export type HostState = Readonly<v.InferOutput<typeof hostSchema>>;
export type VmState = Readonly<v.InferOutput<typeof vmSchema>>;
export type StoredSighting = Readonly<v.InferOutput<typeof sightingSchema>>;

export const FIRST_TOPOLOGY: TopologyState = { atMs: 0, hosts: [], vms: [], written: [] };
