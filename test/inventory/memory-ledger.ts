import { APART_AFTER_MS, type HostEntry } from '../../core/inventory/entry.ts';
import { apartEntry, mergeEntries } from '../../core/inventory/merge.ts';
import { packEntry, unpackEntry } from '../../core/inventory/packed-entry.ts';
import type { StoredHost } from '../../functions/store/inventory.ts';
import type { InventoryLedger } from '../../functions/store/inventory-ledger.ts';

interface Item {
  readonly bytes: Uint8Array;
  readonly revision: number;
  readonly expiresAtMs: number;
}

/** An inventory in memory, as the table keeps it; counts what is written. */
export class MemoryLedger implements InventoryLedger {
  writes = 0;
  readonly #hosts = new Map<string, Item>();
  readonly #apart = new Map<string, Item & { readonly host: string; readonly untilMs: number }>();
  readonly #former = new Map<string, number>();

  readonly stored = async (nowMs: number): Promise<StoredHost[]> =>
    [...this.#hosts]
      .filter(([, { expiresAtMs }]) => expiresAtMs > nowMs)
      .map(([host, { bytes, revision }]) => ({ entry: { host, ...unpackEntry(bytes) }, revision }));

  readonly storedHost = async (host: string, nowMs: number): Promise<StoredHost | undefined> =>
    (await this.stored(nowMs)).find(({ entry }) => entry.host === host);

  readonly apart = async (nowMs: number, sinceMs: number): Promise<HostEntry[]> =>
    [...this.#apart.values()]
      .filter(({ untilMs, expiresAtMs }) => untilMs >= sinceMs && expiresAtMs > nowMs)
      .map(({ host, bytes }) => apartEntry({ host, ...unpackEntry(bytes) }, nowMs));

  readonly hosts = async (
    nowMs: number,
    sinceMs = nowMs - APART_AFTER_MS,
  ): Promise<HostEntry[]> => {
    const reporting = (await this.stored(nowMs)).map(({ entry }) => entry);
    return mergeEntries([...reporting, ...(await this.apart(nowMs, sinceMs))]);
  };

  readonly putHost: InventoryLedger['putHost'] = async (
    { host, ...entry },
    expiresAtMs,
    replaces,
  ) => {
    this.writes++;
    const before = this.#hosts.get(host)?.revision ?? 0;
    if (replaces !== undefined && replaces !== before) return false;
    const bytes = packEntry(entry);
    this.#hosts.set(host, { bytes, revision: (replaces ?? 0) + 1, expiresAtMs });
    return true;
  };

  readonly putApart: InventoryLedger['putApart'] = async (
    { host, ...entry },
    untilMs,
    expiresAtMs,
  ) => {
    this.writes++;
    const bytes = packEntry(entry);
    this.#apart.set(`${untilMs} ${host}`, { host, untilMs, bytes, revision: 0, expiresAtMs });
  };

  readonly retire: InventoryLedger['retire'] = async ({ entry, revision }) => {
    this.writes += 2;
    this.#former.set(entry.host, entry.firstSeenMs);
    if (this.#hosts.get(entry.host)?.revision === revision) this.#hosts.delete(entry.host);
  };

  readonly formerSinceMs = async (host: string): Promise<number | undefined> =>
    this.#former.get(host);

  readonly senders = async () => [];
  readonly putSender = async () => undefined;
}
