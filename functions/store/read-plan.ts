import { MINUTE_MS, minuteOf } from '../../core/host-minute.ts';
import type { Matcher } from '../../core/promql/source.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { METRIC_NAME } from '../../core/series/labels.ts';
import { type HostEntry, INVENTORY_LAG_MS, type SenderEntry } from './inventory.ts';

/** What one selector of a query wants: series of these labels, with their samples of this time. */
export interface Selection {
  readonly matchers: readonly Matcher[];
  readonly fromMs: number;
  readonly toMs: number;
}

/** What would be too much to read for one query. */
export interface ReadLimits {
  /** A host-minute takes some 0.1 ms to decode, so this is also seconds. */
  readonly hostMinutes: number;
  readonly readUnits: number;
}

/** Which items a query reads. */
export interface ReadPlan {
  /** Minutes read whole, time-major: every host, and every sender with it. */
  readonly fleetMinutes: ReadonlySet<number>;
  /** Minutes of some hosts, read by key. */
  readonly hostMinutes: ReadonlyMap<number, ReadonlySet<string>>;
  /** Minutes of senders, beyond those read whole. */
  readonly senderMinutes: ReadonlyMap<number, ReadonlySet<string>>;
  readonly cost: ReadCost;
}

export interface ReadCost {
  readonly hostMinutes: number;
  /** Of DynamoDB, estimated from the sizes the inventory knows. */
  readonly readUnits: number;
}

/** Who there is; each half is asked for only if the selectors need it. */
export interface Reporters {
  readonly hosts: () => Promise<readonly HostEntry[]>;
  readonly senders: () => Promise<readonly SenderEntry[]>;
}

/** DynamoDB reads, eventually consistent, cost half a unit for each started 4 KB. */
const UNIT_BYTES = 4096;
/** A host with few VMs. */
const USUAL_CHUNK_BYTES = 1500;
/** An agent may bring what it could not post for a day after its host was last seen. */
const LATE_MS = 24 * 3_600_000 + INVENTORY_LAG_MS;

/** Plans the reading of all selections at once, so that nothing is read twice. */
export async function planRead(
  selections: readonly Selection[],
  reporters: Reporters,
  limits: ReadLimits,
  shardCount: number,
): Promise<Result<ReadPlan, string>> {
  const fleetMinutes = new Set<number>();
  const hostMinutes = new Map<number, Set<string>>();
  const senderMinutes = new Map<number, Set<string>>();
  for (const selection of selections) {
    const wanted = await wantedHosts(selection, reporters);
    if (wanted === 'all' || (await isCheaperWhole(wanted, reporters))) {
      // A minute of any host begins up to 59 s after the clock's.
      const first = Math.floor(selection.fromMs / MINUTE_MS) - 1;
      const last = Math.floor(selection.toMs / MINUTE_MS);
      if (last - first > limits.hostMinutes)
        return err(tooMuch({ hostMinutes: last - first, readUnits: last - first }, limits));
      for (let minute = first; minute <= last; minute++) fleetMinutes.add(minute);
    } else {
      const count = addMinutes(hostMinutes, wanted, selection, limits.hostMinutes);
      if (count > limits.hostMinutes)
        return err(tooMuch({ hostMinutes: count, readUnits: count / 2 }, limits));
    }
    const senders = await wantedSenders(selection, reporters);
    const count = addMinutes(senderMinutes, senders, selection, limits.hostMinutes);
    if (count > limits.hostMinutes)
      return err(tooMuch({ hostMinutes: count, readUnits: count / 2 }, limits));
  }
  for (const minute of fleetMinutes) {
    hostMinutes.delete(minute);
    senderMinutes.delete(minute);
  }
  const cost = await costOf({ fleetMinutes, hostMinutes, senderMinutes }, reporters, shardCount);
  if (cost.hostMinutes > limits.hostMinutes || cost.readUnits > limits.readUnits)
    return err(tooMuch(cost, limits));
  return ok({ fleetMinutes, hostMinutes, senderMinutes, cost });
}

function tooMuch(cost: ReadCost, limits: ReadLimits): string {
  const count = (n: number) => Math.ceil(n).toLocaleString('en-US');
  return (
    `the query would read ${count(cost.hostMinutes)} host-minutes, about ${count(cost.readUnits)} read units; ` +
    `the limit is ${count(limits.hostMinutes)} host-minutes and ${count(limits.readUnits)} read units: ` +
    'name fewer hosts (host, vm, uuid) or a shorter time'
  );
}

/** Adds the minutes of each writer and tells how many there are of it all, as far as `most`. */
function addMinutes(
  minutes: Map<number, Set<string>>,
  writers: readonly string[],
  { fromMs, toMs }: Selection,
  most: number,
): number {
  let count = 0;
  for (const writer of writers) {
    const last = minuteOf(writer, toMs);
    const first = minuteOf(writer, fromMs);
    count += last - first + 1;
    if (count > most) return count * Math.ceil(writers.length / (writers.indexOf(writer) + 1));
    for (let minute = first; minute <= last; minute++) {
      const known = minutes.get(minute);
      if (known === undefined) minutes.set(minute, new Set([writer]));
      else known.add(writer);
    }
  }
  return count;
}

/**
 * The hosts whose chunks may hold such series. Every series of a host has its name as label `host`,
 * so a condition on it is one on the chunk; one on `vm` or `uuid` is answered by the inventory.
 */
async function wantedHosts(
  { matchers, fromMs }: Selection,
  reporters: Reporters,
): Promise<'all' | readonly string[]> {
  const names = matchers.filter(({ name }) => name === METRIC_NAME);
  if (names.some(({ op, value }) => op === '=' && isMadeByRules(value))) return [];
  const ofHost = matchers.filter(({ name }) => name === 'host');
  const equal = ofHost.find(({ op }) => op === '=');
  if (equal !== undefined) {
    const { value } = equal;
    return value !== '' && ofHost.every(({ matches }) => matches(value)) ? [value] : [];
  }
  const ofVm = matchers.filter(
    ({ name, matches }) => (name === 'vm' || name === 'uuid') && !matches(''),
  );
  if (ofHost.length === 0 && ofVm.length === 0) return 'all';
  const hosts = await reporters.hosts();
  return hosts
    .filter(
      ({ host, lastSeenMs, vms }) =>
        lastSeenMs + LATE_MS >= fromMs &&
        ofHost.every(({ matches }) => matches(host)) &&
        (ofVm.length === 0 ||
          vms.some((vm) =>
            ofVm.every(({ name, matches }) => matches(name === 'vm' ? vm.name : vm.uuid)),
          )),
    )
    .map(({ host }) => host);
}

/** Names no agent uses: of alerts, and with the colon that marks recorded series by convention. */
function isMadeByRules(name: string): boolean {
  return name === 'ALERTS' || name === 'ALERTS_FOR_STATE' || name.includes(':');
}

async function wantedSenders(
  { matchers, fromMs }: Selection,
  reporters: Reporters,
): Promise<readonly string[]> {
  const ofName = matchers.filter(({ name }) => name === METRIC_NAME);
  const senders = await reporters.senders();
  return senders
    .filter(
      ({ names, lastSeenMs }) =>
        lastSeenMs + LATE_MS >= fromMs &&
        (names === undefined || names.some((name) => ofName.every(({ matches }) => matches(name)))),
    )
    .map(({ sender }) => sender);
}

/** Time-major, items cost by their bytes; by key each costs whole half units. */
async function isCheaperWhole(wanted: readonly string[], reporters: Reporters): Promise<boolean> {
  // So few are never most of a fleet worth asking about.
  if (wanted.length <= 2) return false;
  const hosts = await reporters.hosts();
  const isWanted = new Set(wanted);
  let byKey = 0;
  let whole = 0;
  for (const { host, chunkBytes } of hosts) {
    whole += (chunkBytes ?? USUAL_CHUNK_BYTES) / UNIT_BYTES;
    if (isWanted.has(host)) byKey += Math.ceil((chunkBytes ?? USUAL_CHUNK_BYTES) / UNIT_BYTES);
  }
  return whole < byKey;
}

async function costOf(
  { fleetMinutes, hostMinutes, senderMinutes }: Omit<ReadPlan, 'cost'>,
  reporters: Reporters,
  shardCount: number,
): Promise<ReadCost> {
  let count = 0;
  let units = 0;
  if (fleetMinutes.size > 0) {
    const hosts = await reporters.hosts();
    const bytes = hosts.reduce((sum, { chunkBytes }) => sum + (chunkBytes ?? USUAL_CHUNK_BYTES), 0);
    count += fleetMinutes.size * Math.max(1, hosts.length);
    units += (fleetMinutes.size * Math.max(shardCount, Math.ceil(bytes / UNIT_BYTES))) / 2;
  }
  for (const hosts of hostMinutes.values()) count += hosts.size;
  units += await keyUnits(hostMinutes, reporters);
  for (const senders of senderMinutes.values()) {
    count += senders.size;
    units += senders.size / 2;
  }
  return { hostMinutes: count, readUnits: units };
}

/** A host alone is not worth asking the inventory for: it is taken as usual. */
async function keyUnits(
  hostMinutes: ReadonlyMap<number, ReadonlySet<string>>,
  reporters: Reporters,
): Promise<number> {
  const minutesOf = new Map<string, number>();
  for (const hosts of hostMinutes.values()) {
    for (const host of hosts) minutesOf.set(host, (minutesOf.get(host) ?? 0) + 1);
  }
  const known = minutesOf.size > 2 ? await reporters.hosts() : [];
  const bytesOf = new Map(known.map(({ host, chunkBytes }) => [host, chunkBytes]));
  let units = 0;
  for (const [host, minutes] of minutesOf) {
    const bytes = bytesOf.get(host) ?? USUAL_CHUNK_BYTES;
    units += (minutes * Math.ceil(bytes / UNIT_BYTES)) / 2;
  }
  return units;
}
