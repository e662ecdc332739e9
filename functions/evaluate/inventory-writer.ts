import type { GroupWritten } from '../../core/alerting/evaluate-groups.ts';
import { labelValue, METRIC_NAME } from '../../core/series/labels.ts';
import {
  type HostEntry,
  INVENTORY_LAG_MS,
  type InventoryStore,
  type SenderEntry,
} from '../store/inventory.ts';
import { EVALUATOR_SENDER } from '../store/item-keys.ts';
import { changedEntry, type SeenHost } from './inventory-changes.ts';

/** A fleet seen for the first time is written within minutes, not within one tick. */
const MAX_WRITES = 500;
const WRITES_AT_ONCE = 20;
/** More names than this are not listed; then the evaluator's chunks are read for any name. */
const MAX_NAMES = 1000;
/** An entry outlives what it points to, and the lag of its times. */
const EXTRA_MS = 2 * INVENTORY_LAG_MS;

/** Keeps the inventory in step with what ticks see. A warm function reads it once. */
export interface InventoryWriter {
  /** Writes what changed, and gives a line for each thing that could not be written. */
  readonly update: (
    seen: readonly SeenHost[],
    written: readonly GroupWritten[],
    nowMs: number,
  ) => Promise<readonly string[]>;
}

/** `keepMs`: how long a host's samples are kept, and so how long it may be asked for. */
export function createInventoryWriter(store: InventoryStore, keepMs: number): InventoryWriter {
  let hosts: Map<string, HostEntry> | undefined;
  let evaluator: SenderEntry | undefined;

  const load = async (nowMs: number): Promise<Map<string, HostEntry>> => {
    const [hostEntries, senders] = await Promise.all([store.hosts(nowMs), store.senders(nowMs)]);
    evaluator = senders.find(({ sender }) => sender === EVALUATOR_SENDER);
    return new Map(hostEntries.map((entry) => [entry.host, entry]));
  };

  const putSender = async (written: readonly GroupWritten[], nowMs: number): Promise<void> => {
    if (written.length === 0) return;
    const entry = evaluatorEntry(evaluator, written, nowMs);
    if (entry === undefined) return;
    await store.putSender(entry, nowMs + keepMs + EXTRA_MS);
    evaluator = entry;
  };

  const update: InventoryWriter['update'] = async (seen, written, nowMs) => {
    try {
      hosts ??= await load(nowMs);
      const known = hosts;
      await putSender(written, nowMs);
      const changes = seen
        .map((host) => changedEntry(known.get(host.host), host, keepMs))
        .filter((entry) => entry !== undefined)
        .slice(0, MAX_WRITES);
      while (changes.length > 0) {
        await Promise.all(
          changes.splice(0, WRITES_AT_ONCE).map(async (entry) => {
            await store.putHost(entry, entry.lastSeenMs + keepMs + EXTRA_MS);
            known.set(entry.host, entry);
          }),
        );
      }
      return [];
    } catch (error) {
      return [`inventory: ${error instanceof Error ? error.message : error}`];
    }
  };
  return { update };
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
