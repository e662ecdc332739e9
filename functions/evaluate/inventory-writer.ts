import type { GroupWritten } from '../../core/alerting/evaluate-groups.ts';
import {
  APART_AFTER_MS,
  type HostEntry,
  INVENTORY_LAG_MS,
  type Stay,
} from '../../core/inventory/entry.ts';
import { type PlacedVm, stepStays } from '../../core/inventory/stays.ts';
import { labelValue, METRIC_NAME } from '../../core/series/labels.ts';
import { isStoreBusy } from '../store/errors.ts';
import type { SenderEntry, StoredHost } from '../store/inventory.ts';
import type { InventoryLedger } from '../store/inventory-ledger.ts';
import { EVALUATOR_SENDER } from '../store/item-keys.ts';
import { changedEntry, partEntry, restayedEntry, type SeenHost } from './inventory-changes.ts';

/** A fleet seen for the first time is written within minutes, not within one tick. */
const MAX_WRITES = 500;
const WRITES_AT_ONCE = 20;
/** More names than this are not listed; then the evaluator's chunks are read for any name. */
const MAX_NAMES = 1000;
/** An entry outlives what it points to, and the lag of its times. */
const EXTRA_MS = 2 * INVENTORY_LAG_MS;
/**
 * A warm function that did no tick for so long asks again for what is there: others wrote meanwhile, and a
 * write that they made unnecessary costs more than reading it.
 */
const ASK_AGAIN_MS = 5 * 60_000;

/** What a tick saw. */
export interface TickSight {
  readonly seen: readonly SeenHost[];
  /** Where the topology has VMs now. */
  readonly placed: readonly PlacedVm[];
  readonly written: readonly GroupWritten[];
}

/**
 * Keeps the inventory in step with what ticks see. A warm function reads it once and holds it: some 300 bytes
 * for a host and for each of its VMs, 3 MB for 1,000 hosts with 10 VMs.
 */
export interface InventoryWriter {
  /** Writes what changed, and gives a line for each thing that could not be written. */
  readonly update: (sight: TickSight, nowMs: number) => Promise<readonly string[]>;
}

type Known = Map<string, StoredHost>;

/** `keepMs`: how long anything of a host is kept, and so how long it may be asked for. */
export function createInventoryWriter(store: InventoryLedger, keepMs: number): InventoryWriter {
  let hosts: Known | undefined;
  let updatedMs = 0;
  let evaluator: SenderEntry | undefined;

  const load = async (nowMs: number): Promise<Known> => {
    const [stored, senders] = await Promise.all([store.stored(nowMs), store.senders(nowMs)]);
    evaluator = senders.find(({ sender }) => sender === EVALUATOR_SENDER);
    return new Map(stored.map((one) => [one.entry.host, one]));
  };

  const putSender = async (written: readonly GroupWritten[], nowMs: number): Promise<void> => {
    if (written.length === 0) return;
    const entry = evaluatorEntry(evaluator, written, nowMs);
    if (entry === undefined) return;
    await store.putSender(entry, nowMs + keepMs + EXTRA_MS);
    evaluator = entry;
  };

  const write = async (known: Known, changed: HostEntry, nowMs: number): Promise<void> => {
    const { host, lastSeenMs } = changed;
    const before = known.get(host);
    const entry = before === undefined ? await withFormer(store, changed, nowMs) : changed;
    const { kept, ended } = partEntry(entry, nowMs);
    if (ended !== undefined)
      await store.putApart(ended, ended.lastSeenMs, ended.lastSeenMs + keepMs + EXTRA_MS);
    const revision = before?.revision ?? 0;
    const isWritten = await store.putHost(kept, lastSeenMs + keepMs + EXTRA_MS, revision);
    if (isWritten) known.set(host, { entry: kept, revision: revision + 1 });
    // Another tick wrote it meanwhile. The next one sees whether there is anything left to write.
    else await refresh(store, known, host, nowMs);
  };

  const retire = async (known: Known, one: StoredHost, stays: readonly Stay[]): Promise<void> => {
    const { host, lastSeenMs } = one.entry;
    const untilMs = Math.max(lastSeenMs, ...stays.map(({ toMs = 0 }) => toMs));
    const expiresAtMs = untilMs + keepMs + EXTRA_MS;
    // First there, then gone from here: whatever ends in between, nothing is lost.
    await store.putApart({ ...one.entry, stays }, untilMs, expiresAtMs);
    await store.retire(one, expiresAtMs);
    known.delete(host);
  };

  const update: InventoryWriter['update'] = async ({ seen, placed, written }, nowMs) => {
    try {
      if (nowMs - updatedMs > ASK_AGAIN_MS) hosts = undefined;
      hosts ??= await load(nowMs);
      updatedMs = nowMs;
      const known = hosts;
      await putSender(written, nowMs);
      const { changed, gone, stays } = newsOf(known, seen, placed, nowMs);
      const work = [
        ...changed.map((entry) => () => write(known, entry, nowMs)),
        ...gone.map((one) => () => retire(known, one, stays.get(one.entry.host) ?? [])),
      ].slice(0, MAX_WRITES);
      const errors: string[] = [];
      const tryOne = async (one: () => Promise<void>): Promise<void> => {
        try {
          await one();
        } catch (error) {
          // A table that is busy is no host's fault. But one that has more than an item holds is none of the others'.
          if (isStoreBusy(error)) throw error;
          errors.push(lineOf(error));
        }
      };
      while (work.length > 0) await Promise.all(work.splice(0, WRITES_AT_ONCE).map(tryOne));
      return errors;
    } catch (error) {
      // What is there is not known any more.
      hosts = undefined;
      return [lineOf(error)];
    }
  };
  return { update };
}

function lineOf(error: unknown): string {
  return `inventory: ${error instanceof Error ? error.message : error}`;
}

function newsOf(
  known: Known,
  seen: readonly SeenHost[],
  placed: readonly PlacedVm[],
  nowMs: number,
) {
  const bySeen = new Map(seen.map((host) => [host.host, host]));
  const stays = stepStays(
    [...known.values()].map(({ entry }) => entry),
    placed,
    {
      lastMs: (host, uuid) => lastTold(uuid, bySeen.get(host), known.get(host)?.entry),
      isNews: (host, uuid) => known.get(host)?.entry.vms.every((vm) => vm.uuid !== uuid) ?? false,
    },
    nowMs - APART_AFTER_MS,
    nowMs,
  );
  const placedNow = new Set<string>();
  for (const ofHost of stays.values())
    for (const { uuid, toMs } of ofHost) if (toMs === undefined) placedNow.add(uuid);
  const vms = {
    firstSeenMs: firstSeenOf(known, placed),
    isPlaced: (uuid: string) => placedNow.has(uuid),
  };
  const silent = [...known.values()].filter(({ entry }) => !bySeen.has(entry.host));
  const isGone = ({ entry }: StoredHost) => nowMs - entry.lastSeenMs >= APART_AFTER_MS;
  const changed = [
    ...seen.map((host) =>
      changedEntry(known.get(host.host)?.entry, host, stays.get(host.host) ?? [], vms),
    ),
    ...silent
      .filter((one) => !isGone(one))
      .map(({ entry }) => restayedEntry(entry, stays.get(entry.host) ?? [], vms)),
  ].filter((entry) => entry !== undefined);
  return { changed, gone: silent.filter(isGone), stays };
}

/** When a VM was first heard of; looked up only where a VM is new on a host, which is seldom. */
function firstSeenOf(
  known: Known,
  placed: readonly PlacedVm[],
): (uuid: string) => number | undefined {
  let all: Map<string, number> | undefined;
  return (uuid) => {
    if (all === undefined) {
      const times = new Map<string, number>();
      const note = (of: string, atMs: number) =>
        times.set(of, Math.min(atMs, times.get(of) ?? atMs));
      for (const vm of placed) note(vm.uuid, vm.places[0]?.fromMs ?? Infinity);
      for (const { entry } of known.values()) {
        for (const vm of entry.vms) note(vm.uuid, vm.firstSeenMs ?? vm.lastSeenMs);
      }
      all = times;
    }
    return all.get(uuid);
  };
}

function lastTold(
  uuid: string,
  seen: SeenHost | undefined,
  known: HostEntry | undefined,
): number | undefined {
  let lastMs: number | undefined;
  for (const vm of [...(seen?.vms ?? []), ...(known?.vms ?? [])]) {
    if (vm.uuid === uuid) lastMs = Math.max(lastMs ?? vm.lastSeenMs, vm.lastSeenMs);
  }
  return lastMs;
}

/** A host that is back after it was put apart is known since it first came. */
async function withFormer(
  store: InventoryLedger,
  entry: HostEntry,
  nowMs: number,
): Promise<HostEntry> {
  const formerMs = await store.formerSinceMs(entry.host, nowMs);
  return formerMs === undefined
    ? entry
    : { ...entry, firstSeenMs: Math.min(formerMs, entry.firstSeenMs) };
}

async function refresh(
  store: InventoryLedger,
  known: Known,
  host: string,
  nowMs: number,
): Promise<void> {
  const now = await store.storedHost(host, nowMs);
  if (now === undefined) known.delete(host);
  else known.set(host, now);
}

function evaluatorEntry(
  known: SenderEntry | undefined,
  written: readonly GroupWritten[],
  nowMs: number,
): SenderEntry | undefined {
  const names = new Set(known?.names ?? []);
  const before = names.size;
  for (const { samples } of written) {
    for (const { labels } of samples) names.add(labelValue(labels, METRIC_NAME));
  }
  const unlisted = known !== undefined && known.names === undefined;
  const isNew = known === undefined || (!unlisted && names.size > before);
  if (!isNew && nowMs - known.lastSeenMs < INVENTORY_LAG_MS) return undefined;
  return {
    sender: EVALUATOR_SENDER,
    firstSeenMs: known?.firstSeenMs ?? nowMs,
    lastSeenMs: nowMs,
    ...(unlisted || names.size > MAX_NAMES ? {} : { names: [...names].sort() }),
  };
}
