import { DAY_MS } from '../time.ts';
import type { HostEntry, Stay, VmEntry } from './entry.ts';
import { type HostStay, historyOf } from './stays.ts';

/** A host that is silent has its VMs for so long. As ticks have it. */
const SILENT_MS = 7 * DAY_MS;

/**
 * What was put apart of a host, as it reads beside what is known now: nobody writes there any more that a VM
 * left, so once the host is gone a stay without an end lasts as long as it told of the VM.
 */
export function apartEntry(entry: HostEntry, nowMs: number): HostEntry {
  const { stays, vms, lastSeenMs } = entry;
  if (stays === undefined || nowMs - lastSeenMs < SILENT_MS) return entry;
  const closed = stays.map((stay): Stay => {
    if (stay.toMs !== undefined) return stay;
    const told = vms.filter(({ uuid }) => uuid === stay.uuid).map((vm) => vm.lastSeenMs);
    return { ...stay, toMs: Math.max(stay.fromMs, ...(told.length > 0 ? told : [lastSeenMs])) + 1 };
  });
  return { ...entry, stays: closed };
}

/** One entry for each host, of all that there are of it. */
export function mergeEntries(entries: Iterable<HostEntry>): HostEntry[] {
  const byHost = new Map<string, HostEntry[]>();
  for (const entry of entries) {
    const others = byHost.get(entry.host);
    if (others === undefined) byHost.set(entry.host, [entry]);
    else others.push(entry);
  }
  return [...byHost.values()].map(merged);
}

function merged(entries: readonly HostEntry[]): HostEntry {
  const newestFirst = entries.toSorted((a, b) => b.lastSeenMs - a.lastSeenMs);
  const [newest] = newestFirst;
  if (newest === undefined) throw new Error('a host without entries');
  if (entries.length === 1) return newest;
  const vms = new Map<string, VmEntry>();
  for (const vm of newestFirst.flatMap((entry) => entry.vms)) {
    const key = `${vm.uuid} ${vm.name}`;
    const known = vms.get(key);
    vms.set(key, known === undefined ? vm : mergedVm(known, vm));
  }
  const chunkBytes = newestFirst.find((entry) => entry.chunkBytes !== undefined)?.chunkBytes;
  const facts = newestFirst.find((entry) => entry.facts !== undefined)?.facts;
  const stays = newestFirst.flatMap((entry) => entry.stays ?? []);
  return {
    host: newest.host,
    firstSeenMs: Math.min(...entries.map(({ firstSeenMs }) => firstSeenMs)),
    lastSeenMs: newest.lastSeenMs,
    ...(chunkBytes === undefined ? {} : { chunkBytes }),
    ...(facts === undefined ? {} : { facts }),
    vms: [...vms.values()],
    ...(stays.length === 0 ? {} : { stays }),
  };
}

function mergedVm(a: VmEntry, b: VmEntry): VmEntry {
  const [older, newer] = a.lastSeenMs < b.lastSeenMs ? [a, b] : [b, a];
  const firstMs = Math.min(a.firstSeenMs ?? Infinity, b.firstSeenMs ?? Infinity);
  return { ...older, ...newer, ...(firstMs === Infinity ? {} : { firstSeenMs: firstMs }) };
}

/** Which host had each VM when, by the VM's UUID. */
export function histories(entries: Iterable<HostEntry>): Map<string, HostStay[]> {
  const stays = new Map<string, HostStay[]>();
  for (const { host, stays: ofHost = [] } of entries) {
    for (const stay of ofHost) {
      const others = stays.get(stay.uuid);
      if (others === undefined) stays.set(stay.uuid, [{ ...stay, host }]);
      else others.push({ ...stay, host });
    }
  }
  return new Map([...stays].map(([uuid, all]) => [uuid, historyOf(all)]));
}
