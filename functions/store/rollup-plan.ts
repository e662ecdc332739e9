import { MINUTE_MS } from '../../core/host-minute.ts';
import { BLOCK_DAYS, METRIC_GROUPS, metricGroup } from '../../core/rollup/blocks.ts';
import { dayOfHour } from '../../core/rollup/hours.ts';
import { METRIC_NAME } from '../../core/series/labels.ts';
import { HOUR_MS } from '../../core/time.ts';
import { senderWriter, vmHistoryPartition, writerHistoryPartition } from './item-keys.ts';
import type { RollupRange } from './rollup-reader.ts';
import type { Selection } from './selection.ts';
import type { Borders } from './tiers.ts';
import {
  hostsWithin,
  livedWithin,
  type Reporters,
  wantedHistories,
  wantedVms,
} from './wanted-writers.ts';

/** Who may have written what a selection wants. */
export interface Wanted {
  readonly hosts: 'all' | readonly string[];
  readonly senders: readonly string[];
}

/** Ranges of rollups by what they are of, and no two that overlap. */
type Ranges = Map<string, RollupRange[]>;

/** Adds the rollups a selection is read from. */
export async function addRollups(
  ranges: Ranges,
  selection: Selection,
  { hourEnd, minuteEnd }: Borders,
  { hosts, senders }: Wanted,
  doneBlock: number | undefined,
  reporters: Reporters,
): Promise<void> {
  // An hour of any writer begins up to a minute after the clock's.
  const first = Math.floor((selection.fromMs - MINUTE_MS) / HOUR_MS);
  const last = Math.floor(selection.toMs / HOUR_MS);
  if (first >= minuteEnd) return;
  const ofHosts = (await hostTimes(selection, hosts, reporters)).map(({ host, ...lived }) => ({
    ...ofWriter(host),
    lived,
  }));
  const ofSenders = senders.map((sender) => ({ ...ofWriter(senderWriter(sender)), lived: ALWAYS }));
  const hourTo = Math.min(last, hourEnd - 1);
  if (first <= hourTo) {
    const wanted = wantedHistories(selection);
    // Of a VM that is gone the inventory may know no host.
    const vms = wanted.ofVms ? await wantedVms(selection, reporters) : [];
    // Only hosts' days are put together: those of a VM are small.
    const blocks = blocksOf(selection, doneBlock);
    const histories = [
      ...(wanted.ofHosts ? ofHosts.map((history) => ({ ...history, ...blocks })) : []),
      ...vms.map((vm) => ({ owner: vm, partition: vmHistoryPartition(vm), lived: ALWAYS })),
      ...ofSenders,
    ];
    for (const { lived, ...history } of histories) {
      const from = dayOfHour(Math.max(first, lived.fromHour));
      const to = dayOfHour(Math.min(hourTo, lived.toHour));
      if (from <= to) addRange(ranges, { ...history, tier: 'hour', from, to });
    }
  }
  for (const { lived, ...history } of [...ofHosts, ...ofSenders]) {
    const from = Math.max(first, hourEnd, lived.fromHour);
    const to = Math.min(last, minuteEnd - 1, lived.toHour);
    if (from <= to) addRange(ranges, { ...history, tier: 'minute', from, to });
  }
}

const ALWAYS = { fromHour: -Infinity, toHour: Infinity };

function ofWriter(owner: string): Pick<RollupRange, 'owner' | 'partition'> {
  return { owner, partition: writerHistoryPartition(owner) };
}

/** Hosts with the hours in which they were there: of a fleet that comes and goes most were there for a short time. */
async function hostTimes(
  selection: Selection,
  hosts: Wanted['hosts'],
  reporters: Reporters,
): Promise<{ readonly host: string; readonly fromHour: number; readonly toHour: number }[]> {
  // So few are not worth asking the inventory about.
  if (hosts !== 'all' && hosts.length <= 2) return hosts.map((host) => ({ host, ...ALWAYS }));
  const wanted = hosts === 'all' ? undefined : new Set(hosts);
  return (await hostsWithin(selection, reporters))
    .filter(({ host }) => wanted?.has(host) ?? true)
    .map((entry) => {
      const { fromMs, toMs } = livedWithin(entry);
      return {
        host: entry.host,
        fromHour: Math.floor(fromMs / HOUR_MS),
        toHour: Math.floor(toMs / HOUR_MS),
      };
    });
}

/** One metric is in one group; of many, days tell as much. */
function blocksOf({ matchers }: Selection, done: number | undefined): Pick<RollupRange, 'blocks'> {
  const name = matchers.find(({ name, op }) => name === METRIC_NAME && op === '=')?.value;
  if (name === undefined || name === '' || done === undefined) return {};
  return { blocks: { group: metricGroup(name), done } };
}

function addRange(ranges: Ranges, range: RollupRange): void {
  const key = `${range.tier} ${range.blocks?.group} ${range.partition}`;
  let merged = range;
  const others: RollupRange[] = [];
  for (const known of ranges.get(key) ?? []) {
    const isApart = known.to < merged.from - 1 || known.from > merged.to + 1;
    if (isApart) others.push(known);
    else
      merged = {
        ...merged,
        from: Math.min(known.from, merged.from),
        to: Math.max(known.to, merged.to),
      };
  }
  ranges.set(key, [...others, merged]);
}

/** DynamoDB reads, eventually consistent, cost half a unit for each started 4 KB of a page. */
const UNIT_BYTES = 4096;
/** A host with few VMs. */
const USUAL_CHUNK_BYTES = 1500;
/** An hour of points of a minute, and a day of points of an hour, in chunks of a minute. */
const HOUR_CHUNKS = 5;
const DAY_CHUNKS = 3;
/** A VM's day of points of an hour. */
const VM_DAY_BYTES = 700;

/** How many rollups there may be in ranges, and what reading them costs. */
export async function rollupCost(
  ranges: readonly RollupRange[],
  reporters: Reporters,
): Promise<{ count: number; readUnits: number }> {
  // A host alone is not worth asking the inventory for.
  const known = ranges.length > 2 ? await reporters.hosts() : [];
  const bytesOf = new Map(
    known.map(({ host, chunkBytes }) => [writerHistoryPartition(host), chunkBytes]),
  );
  let count = 0;
  let readUnits = 0;
  for (const { partition, tier, from, to, blocks } of ranges) {
    const periods = to - from + 1;
    const inBlocks = Math.min(to, ((blocks?.done ?? -1) + 1) * BLOCK_DAYS - 1) - from + 1;
    const blockDays = Math.max(0, inBlocks);
    const chunkBytes = bytesOf.get(partition) ?? USUAL_CHUNK_BYTES;
    const ofVm = partition.startsWith(vmHistoryPartition(''));
    const dayBytes = ofVm ? VM_DAY_BYTES : chunkBytes * DAY_CHUNKS;
    const bytes = tier === 'minute' ? chunkBytes * HOUR_CHUNKS : dayBytes;
    const whole = periods - blockDays + blockDays / METRIC_GROUPS;
    count += Math.ceil(whole);
    readUnits += Math.ceil((whole * bytes) / UNIT_BYTES) / 2;
  }
  return { count, readUnits };
}
