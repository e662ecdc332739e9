import { MINUTE_MS, minuteOf } from '../../core/host-minute.ts';
import { COMPLETE_AT_MOST_MS, type CompleteHosts } from './complete-hosts.ts';
import {
  addFleetMinutes,
  addMinute,
  addMinutes,
  firstFleetMinute,
  type MinuteSets,
  type WriterMinutes,
} from './minute-sets.ts';
import { fleetMinuteUnits, isCheaperWhole, keyUnits } from './read-cost.ts';
import { wantsUp } from './read-up.ts';
import type { Selection } from './selection.ts';
import { hostsWithin, type Reporters, wantedSenders } from './wanted-writers.ts';

/**
 * Of most hosts the newest sample tells all: older minutes are read only of those that do not say so
 * (restarted, behind, cut off, silent, of an earlier version), once the newest are known.
 */
export interface NewestFirst {
  readonly selection: Selection;
  readonly hosts: 'all' | readonly string[];
  /** Are whole minutes read of them, or keys? */
  readonly isWhole: boolean;
  /** The newest sample of each series at or before it counts. */
  readonly instantMs: number;
  /** The minutes of this instant and those after it are read at once. */
  readonly recentMs: number;
}

/** A second round of calls takes some 20 ms. */
const WORTH_A_ROUND_UNITS = 20;
/** Of most hosts the last sample of a minute is taken 10 s before its end, and posted at once. */
const THERE_BEFORE_END_MS = 5000;

/** How a selection is read in two rounds; `undefined` where one is better, or it takes all to answer. */
export async function newestFirst(
  selection: Selection,
  { hosts, isWhole }: Pick<NewestFirst, 'hosts' | 'isWhole'>,
  { rawFromMs, nowMs }: { readonly rawFromMs: number; readonly nowMs: number },
  reporters: Reporters,
  shardCount: number,
): Promise<NewestFirst | undefined> {
  const { fromMs, toMs, newestOnly } = selection;
  if (newestOnly !== true || fromMs < rawFromMs || toMs - fromMs > COMPLETE_AT_MOST_MS)
    return undefined;
  // The samples of `up` stand on whole minutes that are over.
  const upMs = Math.floor(Math.min(toMs, nowMs) / MINUTE_MS) * MINUTE_MS;
  const instantMs = wantsUp(selection) ? upMs : toMs;
  const recentMs = Math.min(instantMs, nowMs - MINUTE_MS + THERE_BEFORE_END_MS);
  const olderMinutes = Math.floor(recentMs / MINUTE_MS) - Math.floor(fromMs / MINUTE_MS);
  if (olderMinutes <= 0) return undefined;
  const minuteUnits =
    isWhole || hosts === 'all'
      ? await fleetMinuteUnits(reporters, shardCount)
      : await keyUnits(new Map([[0, new Set(hosts)]]), reporters);
  if (olderMinutes * minuteUnits < WORTH_A_ROUND_UNITS) return undefined;
  return { selection, hosts, isWhole, instantMs, recentMs };
}

/** What the first round has shown. */
export interface Shown {
  readonly complete: CompleteHosts;
  /** All hosts, and senders by their names, that anything was read of. */
  readonly hosts: Iterable<string>;
  readonly senders: Iterable<string>;
}

/** The minutes for the second round. */
export async function olderMinutes(
  all: readonly NewestFirst[],
  shown: Shown,
  read: MinuteSets,
  reporters: Reporters,
  most: number,
): Promise<MinuteSets> {
  const fleetMinutes = new Set<number>();
  const hostMinutes: WriterMinutes = new Map();
  const senderMinutes: WriterMinutes = new Map();
  for (const first of all) {
    const hosts = await incompleteHosts(first, shown, reporters);
    const { selection, isWhole, recentMs } = first;
    if (isWhole && (await isCheaperWhole(hosts, reporters))) {
      const toMs = firstFleetMinute(recentMs) * MINUTE_MS - 1;
      addFleetMinutes(fleetMinutes, [{ fromMs: selection.fromMs, toMs }], most);
      continue;
    }
    for (const host of hosts) {
      const from = minuteOf(host, selection.fromMs);
      for (let minute = from; minute < firstMinuteRead(first, host); minute++)
        addMinute(hostMinutes, minute, host);
    }
    if (isWhole) {
      const unknown = await unknownSenders(first, shown, reporters);
      addMinutes(senderMinutes, unknown, [{ fromMs: selection.fromMs, toMs: recentMs }], most);
    }
  }
  for (const minute of read.fleetMinutes) fleetMinutes.delete(minute);
  return {
    fleetMinutes,
    hostMinutes: without(hostMinutes, read.hostMinutes, [read.fleetMinutes, fleetMinutes]),
    senderMinutes: without(senderMinutes, read.senderMinutes, [read.fleetMinutes, fleetMinutes]),
  };
}

/** The first minute of a host that the first round reads. */
function firstMinuteRead({ isWhole, recentMs }: NewestFirst, host: string): number {
  return isWhole ? firstFleetMinute(recentMs) : minuteOf(host, recentMs);
}

/** The hosts of which older minutes may tell more. */
async function incompleteHosts(
  first: NewestFirst,
  shown: Shown,
  reporters: Reporters,
): Promise<string[]> {
  const { selection, instantMs } = first;
  const known = await hostsWithin(selection, reporters);
  const names = new Set(first.hosts === 'all' ? known.map(({ host }) => host) : first.hosts);
  if (first.isWhole) {
    // Whole minutes show those, too, that the inventory does not know yet.
    const isKnown = new Set(known.map(({ host }) => host));
    for (const host of shown.hosts) if (!isKnown.has(host)) names.add(host);
  }
  const { fromMs } = selection;
  return [...names].filter((host) => {
    const firstMinute = firstMinuteRead(first, host);
    return !shown.complete.has(host, { instantMs, fromMs, firstMinute });
  });
}

async function unknownSenders(
  { selection }: NewestFirst,
  { senders }: Shown,
  reporters: Reporters,
): Promise<string[]> {
  const known = new Set((await reporters.senders()).map(({ sender }) => sender));
  const wanted = await wantedSenders(selection, reporters);
  for (const sender of wanted) known.add(sender);
  return [...senders].filter((sender) => !known.has(sender));
}

function without(
  minutes: WriterMinutes,
  read: MinuteSets['hostMinutes'],
  whole: readonly ReadonlySet<number>[],
): WriterMinutes {
  const left: WriterMinutes = new Map();
  for (const [minute, writers] of minutes) {
    if (whole.some((set) => set.has(minute))) continue;
    const rest = [...writers].filter((writer) => read.get(minute)?.has(writer) !== true);
    if (rest.length > 0) left.set(minute, new Set(rest));
  }
  return left;
}
