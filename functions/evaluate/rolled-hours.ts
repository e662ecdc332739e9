import { MINUTE_MS } from '../../core/host-minute.ts';
import { labelValue, METRIC_NAME } from '../../core/series/labels.ts';
import type { Series } from '../../core/series/series.ts';
import { HOUR_MS } from '../../core/time.ts';
import type { CachedInventory } from '../store/inventory-cache.ts';
import { hourOfMinutePoints, senderWriter, writerHistoryPartition } from '../store/item-keys.ts';
import type { RollupReader } from '../store/rollup-reader.ts';
import type { RollupState } from '../store/rollup-state.ts';

/** So much time rules see as it came, whatever is rolled up. */
const RAW_WINDOW_MS = 3 * HOUR_MS;
/** A fleet is as many Queries; DynamoDB's client has 50 connections. */
const READS_AT_ONCE = 16;

export interface RolledHoursPorts {
  readonly rollups: RollupReader;
  readonly rollupState: (nowMs: number) => Promise<Pick<RollupState, 'doneHour'>>;
  readonly inventory: CachedInventory;
  /** How far back rules read a metric. */
  readonly keepMs: (metric: string) => number;
}

/** What one writer (a host, or `@` and a sender) left of an hour. */
export interface RolledHour {
  readonly writer: string;
  readonly series: readonly Series[];
  /** When there was any sample. */
  readonly times: readonly Float64Array[];
}

/**
 * The older hours of a window as points of a minute: for rules that look back further than some hours a
 * function that has just started reads an item for each host and hour, not one for each minute.
 */
export class RolledHours {
  readonly #ports: RolledHoursPorts;
  readonly #hours = new Map<number, RolledHour[]>();
  /** Held are the hours from here on, and before there. */
  #from = 0;
  #end = 0;
  /** Rollups that can't be read, a line each; of those held. */
  #errors: string[] = [];

  constructor(ports: RolledHoursPorts) {
    this.#ports = ports;
  }

  get errors(): readonly string[] {
    return this.#errors;
  }

  /**
   * Reads what is missing of a window that begins at `fromMs`. Gives the first hour that is to be read as it came;
   * `-Infinity`: all are. Throws if the table can't be read.
   */
  async load(fromMs: number, nowMs: number): Promise<number> {
    const first = Math.floor((fromMs - MINUTE_MS) / HOUR_MS);
    const wanted = Math.floor((nowMs - RAW_WINDOW_MS) / HOUR_MS);
    if (wanted <= first) return -Infinity;
    if (first < this.#from || this.#end <= first) this.#forget(first);
    for (const hour of this.#hours.keys()) if (hour < first) this.#hours.delete(hour);
    this.#from = first;
    if (this.#end < wanted) {
      const { doneHour } = await this.#ports.rollupState(nowMs);
      const end = doneHour === undefined ? -Infinity : Math.min(wanted, doneHour + 1);
      if (end > this.#end) await this.#read(this.#end, end, nowMs);
    }
    return this.#end > first ? this.#end : -Infinity;
  }

  #forget(first: number): void {
    this.#hours.clear();
    this.#errors = [];
    this.#end = first;
  }

  async #read(from: number, end: number, nowMs: number): Promise<void> {
    const { rollups, inventory, keepMs } = this.#ports;
    const [hosts, senders] = await Promise.all([inventory.hosts(nowMs), inventory.senders(nowMs)]);
    const owners = [
      ...hosts.map(({ host }) => host),
      ...senders.map(({ sender }) => senderWriter(sender)),
    ];
    const found = new Map<number, RolledHour[]>();
    const errors: string[] = [];
    const readOne = async (owner: string) => {
      const partition = writerHistoryPartition(owner);
      const range = { owner, partition, tier: 'minute', from, to: end - 1 } as const;
      const all = await rollups.read(
        range,
        nowMs,
        (labels) => keepMs(labelValue(labels, METRIC_NAME)) > RAW_WINDOW_MS,
      );
      for (const { sortKey, series, times, problems } of all) {
        errors.push(...problems.map((problem) => `rollups of ${owner}: ${problem}`));
        const hour = hourOfMinutePoints(sortKey);
        const known = found.get(hour);
        const one = { writer: owner, series, times };
        if (known === undefined) found.set(hour, [one]);
        else known.push(one);
      }
    };
    for (let at = 0; at < owners.length; at += READS_AT_ONCE)
      await Promise.all(owners.slice(at, at + READS_AT_ONCE).map(readOne));
    for (const [hour, all] of found) this.#hours.set(hour, all);
    this.#errors.push(...errors);
    this.#end = end;
  }

  /** What is held, oldest hour first, without series that no rule reads so far back. */
  *hours(nowMs: number): Generator<RolledHour> {
    for (const hour of [...this.#hours.keys()].sort((a, b) => a - b)) {
      const ageMs = nowMs - (hour + 1) * HOUR_MS - MINUTE_MS;
      const isKept = ({ labels }: Series) =>
        this.#ports.keepMs(labelValue(labels, METRIC_NAME)) > ageMs;
      for (const { writer, series, times } of this.#hours.get(hour) ?? [])
        yield { writer, series: series.filter(isKept), times };
    }
  }
}
