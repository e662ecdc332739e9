import * as v from 'valibot';
import { MINUTE_MS } from '../host-minute.ts';
import { HOST_CONDITIONS, type HostState } from '../topology/topology-state.ts';

/**
 * A host of the topology, as it is stored: what is the same at every tick while all goes on as before, and
 * apart from that the minute it was last heard in. For a host posts at the same second of each minute, and
 * its libvirt answers at the same samples.
 */

const maybeMs = v.exactOptional(v.number());

export const hostRecordSchema = v.object({
  condition: v.picklist(HOST_CONDITIONS),
  /** When in its minute it was last heard. */
  inMinuteMs: v.number(),
  batchIntervalMs: maybeMs,
  stopped: v.exactOptional(
    v.object({ atMs: v.number(), reason: v.picklist(['stopped', 'shutdown']) }),
  ),
  /** So long before it was last heard; or, where that is not just before, the time itself. */
  libvirtUpAgoMs: maybeMs,
  libvirtUpMs: maybeMs,
  libvirtDownAgoMs: maybeMs,
  libvirtDownMs: maybeMs,
});

export type HostRecord = Readonly<v.InferOutput<typeof hostRecordSchema>>;

/** The minute since 1970 in which the host was last heard. */
export function heardMinute({ lastMs }: HostState): number {
  return Math.floor(lastMs / MINUTE_MS);
}

/** What of the host is stored beside its `heardMinute`. */
export function packHost(host: HostState): HostRecord {
  const { condition, lastMs, batchIntervalMs, stopped, libvirtUpMs, libvirtDownMs } = host;
  const upAgoMs = agoMs(lastMs, libvirtUpMs);
  const downAgoMs = agoMs(lastMs, libvirtDownMs);
  return {
    condition,
    inMinuteMs: lastMs - heardMinute(host) * MINUTE_MS,
    ...(batchIntervalMs === undefined ? {} : { batchIntervalMs }),
    ...(stopped === undefined ? {} : { stopped }),
    ...(upAgoMs === undefined ? absolute('libvirtUpMs', libvirtUpMs) : { libvirtUpAgoMs: upAgoMs }),
    ...(downAgoMs === undefined
      ? absolute('libvirtDownMs', libvirtDownMs)
      : { libvirtDownAgoMs: downAgoMs }),
  };
}

export function unpackHost(host: string, record: HostRecord, minute: number): HostState {
  const { condition, inMinuteMs, batchIntervalMs, stopped } = record;
  const lastMs = minute * MINUTE_MS + inMinuteMs;
  const upMs = timeOf(lastMs, record.libvirtUpAgoMs, record.libvirtUpMs);
  const downMs = timeOf(lastMs, record.libvirtDownAgoMs, record.libvirtDownMs);
  return {
    host,
    condition,
    lastMs,
    ...(batchIntervalMs === undefined ? {} : { batchIntervalMs }),
    ...(stopped === undefined ? {} : { stopped }),
    ...(upMs === undefined ? {} : { libvirtUpMs: upMs }),
    ...(downMs === undefined ? {} : { libvirtDownMs: downMs }),
  };
}

/** `undefined` where there is no such time, or it does not go along with the host's. */
function agoMs(lastMs: number, atMs: number | undefined): number | undefined {
  if (atMs === undefined) return undefined;
  const ms = lastMs - atMs;
  return ms >= 0 && ms < MINUTE_MS ? ms : undefined;
}

function absolute(name: 'libvirtUpMs' | 'libvirtDownMs', atMs: number | undefined) {
  return atMs === undefined ? {} : { [name]: atMs };
}

function timeOf(
  lastMs: number,
  agoMs: number | undefined,
  atMs: number | undefined,
): number | undefined {
  return agoMs === undefined ? atMs : lastMs - agoMs;
}
