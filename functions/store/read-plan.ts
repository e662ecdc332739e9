import { phaseMs } from '../../core/host-minute.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { hourStartMs } from '../../core/rollup/hours.ts';
import { HOUR_MS } from '../../core/time.ts';
import { senderWriter, writerName } from './item-keys.ts';
import { addFleetMinutes, addMinutes, type MinuteSets } from './minute-sets.ts';
import { type NewestFirst, newestFirst, olderMinutes, type Shown } from './newest-first.ts';
import {
  costOf,
  isCheaperWhole,
  isTooMuch,
  type ReadCost,
  type ReadLimits,
  tooMuchText,
} from './read-cost.ts';
import { addRollups, type Wanted } from './rollup-plan.ts';
import type { RollupRange } from './rollup-reader.ts';
import type { RollupState } from './rollup-state.ts';
import { type Selection, type Span, spansOf } from './selection.ts';
import type { Borders } from './tiers.ts';
import { type Reporters, wantedHosts, wantedSenders } from './wanted-writers.ts';

/** A selection, and which tier its hours are read from. */
export interface TieredSelection {
  readonly selection: Selection;
  readonly borders: Borders;
}

/** What there is to read. */
export interface Kept {
  readonly nowMs: number;
  /** Chunks of samples before it are not there any more. */
  readonly fromMs: number;
  readonly state: RollupState;
}

/** Which items a query reads. */
export interface ReadPlan extends MinuteSets {
  /** Of these older minutes may be wanted, once those are known that are read at first. */
  readonly newestFirst: readonly NewestFirst[];
  readonly rollups: readonly RollupRange[];
  /** Hours of writers that are read as they came, though they are rolled up. */
  readonly late: RollupState['late'];
  /** How many such there are and are not read, as they are too many. */
  readonly lateLeft: number;
  readonly cost: ReadCost;
}

/** Some 60 keys each: a host that was cut off for a day and came back. */
const LATE_HOURS_MAX = 50;

/** Plans the reading of all selections at once, so that nothing is read twice. */
export async function planRead(
  selections: readonly TieredSelection[],
  kept: Kept,
  reporters: Reporters,
  limits: ReadLimits,
  shardCount: number,
): Promise<Result<ReadPlan, string>> {
  const sets = {
    fleetMinutes: new Set<number>(),
    hostMinutes: new Map<number, Set<string>>(),
    senderMinutes: new Map<number, Set<string>>(),
    newestFirst: [] as NewestFirst[],
  };
  const ranges = new Map<string, RollupRange[]>();
  const lateHours: LateHour[] = [];
  for (const { selection, borders } of selections) {
    const hosts = await wantedHosts(selection, reporters);
    const senders = await wantedSenders(selection, reporters);
    const wanted = { hosts, senders };
    await addRollups(ranges, selection, borders, wanted, kept.state.doneBlock, reporters);
    const rawFromMs = Math.max(kept.fromMs, borders.minuteEnd * HOUR_MS);
    const isWhole = hosts === 'all' || (await isCheaperWhole(hosts, reporters));
    const there = { rawFromMs, nowMs: kept.nowMs };
    const most = limits.hostMinutes;
    const first = await newestFirst(selection, { hosts, isWhole }, there, reporters, shardCount);
    if (first !== undefined) sets.newestFirst.push(first);
    const all = spansOf(selection, rawFromMs, selection.toMs);
    const spans = first === undefined ? all : [{ fromMs: first.recentMs, toMs: selection.toMs }];
    const count = isWhole
      ? addFleetMinutes(sets.fleetMinutes, spans, most)
      : addMinutes(sets.hostMinutes, hosts, spans, most);
    const ofSenders = addMinutes(sets.senderMinutes, senders, all, most);
    const hostMinutes = Math.max(count, ofSenders);
    if (hostMinutes > most) {
      const readUnits = isWhole && count > most ? count : hostMinutes / 2;
      return err(tooMuchText({ hostMinutes, rollups: 0, readUnits }, limits));
    }
    lateHours.push(...lateOf(selection, borders, kept, wanted));
  }
  const hasLate = lateHours.length <= LATE_HOURS_MAX;
  const late = new Map<string, Set<number>>();
  for (const { writer, hour, spans } of hasLate ? lateHours : []) {
    late.set(writer, (late.get(writer) ?? new Set()).add(hour));
    const name = writerName(writer);
    const minutes = name === writer ? sets.hostMinutes : sets.senderMinutes;
    addMinutes(minutes, [name], spans, limits.hostMinutes);
  }
  for (const minute of sets.fleetMinutes) {
    sets.hostMinutes.delete(minute);
    sets.senderMinutes.delete(minute);
  }
  const rollups = [...ranges.values()].flat();
  const cost = await costOf(sets, rollups, reporters, shardCount);
  if (isTooMuch(cost, limits)) return err(tooMuchText(cost, limits));
  return ok({ ...sets, rollups, late, lateLeft: hasLate ? 0 : lateHours.length, cost });
}

/** Plans the second round, when the first one has shown of whom older minutes are wanted. */
export async function planOlder(
  { newestFirst, cost, ...first }: ReadPlan,
  shown: Shown,
  reporters: Reporters,
  limits: ReadLimits,
  shardCount: number,
): Promise<Result<ReadPlan, string>> {
  const sets = await olderMinutes(newestFirst, shown, first, reporters, limits.hostMinutes);
  const more = await costOf(sets, [], reporters, shardCount);
  const sum = {
    hostMinutes: cost.hostMinutes + more.hostMinutes,
    rollups: cost.rollups,
    readUnits: cost.readUnits + more.readUnits,
  };
  if (isTooMuch(sum, limits)) return err(tooMuchText(sum, limits));
  return ok({ ...first, ...sets, newestFirst: [], rollups: [], cost: sum });
}

interface LateHour {
  readonly writer: string;
  readonly hour: number;
  readonly spans: readonly Span[];
}

/** Hours a selection looks at that would come from rollups which do not have all of them. */
function lateOf(
  selection: Selection,
  { minuteEnd }: Borders,
  { fromMs, state }: Kept,
  { hosts, senders }: Wanted,
): LateHour[] {
  const ofHosts = hosts === 'all' ? undefined : new Set(hosts);
  const ofSenders = new Set(senders.map(senderWriter));
  const found: LateHour[] = [];
  for (const [writer, hours] of state.late) {
    const name = writerName(writer);
    const isWanted = name === writer ? (ofHosts?.has(writer) ?? true) : ofSenders.has(writer);
    if (!isWanted) continue;
    for (const hour of hours) {
      const startMs = hourStartMs(hour, phaseMs(name));
      if (hour >= minuteEnd || hour * HOUR_MS < fromMs) continue;
      const spans = spansOf(selection, startMs, startMs + HOUR_MS - 1);
      if (spans.length > 0) found.push({ writer, hour, spans });
    }
  }
  return found;
}
