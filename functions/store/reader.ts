import { FUTURE_LIMIT_MS } from '../../core/host-minute.ts';
import type { SampleSource } from '../../core/promql/source.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { Series } from '../../core/series/series.ts';
import { HOUR_MS } from '../../core/time.ts';
import { Assembly } from './assembly.ts';
import { isStoreBusy } from './errors.ts';
import type { CachedInventory } from './inventory-cache.ts';
import type { ReadCost, ReadLimits } from './read-cost.ts';
import { type ItemPorts, type ReadFailure, readPlan } from './read-items.ts';
import { planOlder, planRead, type ReadPlan, type TieredSelection } from './read-plan.ts';
import { UP_LOOKBACK_MS, upHosts, upOf, wantsUp } from './read-up.ts';
import type { RollupState } from './rollup-state.ts';
import type { Selection } from './selection.ts';
import { byBorders, sourceOf, tierInfos } from './tiered-source.ts';
import { bordersOf, coarsestTier, type Retention, rawFromHour, tierOf } from './tiers.ts';
import type { Reporters } from './wanted-writers.ts';

/** What the reader needs of the world. */
export interface ReaderPorts extends ItemPorts {
  readonly inventory: CachedInventory;
  readonly shardCount: number;
  /** How far rollups are, as a warm function remembers it. */
  readonly rollupState: (nowMs: number) => Promise<RollupState>;
  /** Before what is kept there is nothing to read. */
  readonly retention: Retention;
  readonly limits: ReadLimits;
}

/** What was read. Every series has all its samples of the selections that want it, and maybe more. */
export interface ReadSeries {
  /** Of each selection, by the identity of its matchers, each hour from the tier that it is read from. */
  readonly source: SampleSource;
  /** All series there are; one that several selections read from several tiers is there for each. */
  readonly series: readonly Series[];
  /** What is missing, and why. A line each. */
  readonly warnings: readonly string[];
  /** What is not as it came: from which tiers the answer is. A line each. */
  readonly infos: readonly string[];
  readonly cost: ReadCost;
}

/** Each is held against every series of every chunk. A long dashboard query has ten. */
const MAX_SELECTORS = 500;

/** Reads what selections want from the table, as it is at `nowMs`; gives up at `deadlineMs`. */
export async function readSeries(
  ports: ReaderPorts,
  selections: readonly Selection[],
  nowMs: number,
  deadlineMs: number,
): Promise<Result<ReadSeries, ReadFailure>> {
  try {
    const reporters: Reporters = {
      hosts: (sinceMs) => ports.inventory.hosts(nowMs, sinceMs),
      senders: (isFresh) => ports.inventory.senders(nowMs, isFresh),
    };
    const selectors = new Set(selections.map(({ matchers }) => matchers)).size;
    if (selectors > MAX_SELECTORS) {
      const message = `the query has ${selectors} selectors; at most ${MAX_SELECTORS} are read`;
      return err({ code: 'too_much', message });
    }
    const { retention } = ports;
    const kept = selections.flatMap((selection) => clamped(selection, nowMs, retention));
    const rawFromMs = nowMs - retention.rawMs;
    const needsRollups = kept.some((one) => coarsestTier(one) !== 'raw' || one.fromMs < rawFromMs);
    const state = needsRollups ? await ports.rollupState(nowMs) : NOT_ROLLED;
    const tiered = kept.map((selection) => ({
      selection,
      borders: bordersOf(selection, state.doneHour, retention, nowMs),
    }));
    const reading = tiered.map(({ selection, borders }) => ({
      selection: wantsUp(selection) ? withUpLookback(selection) : selection,
      borders,
    }));
    const there = { nowMs, fromMs: rawFromMs, state };
    const plan = await planRead(reading, there, reporters, ports.limits, ports.shardCount);
    if (!plan.ok) return err({ code: 'too_much', message: plan.error });
    const wanted = tiered.map(({ selection }) => selection);
    const assembly = new Assembly(wanted, plan.value.newestFirst.length > 0);
    const done = await readRounds(ports, plan.value, reporters, assembly, nowMs, deadlineMs);
    if (!done.ok) return done;
    const ups = tiered
      .filter(({ selection }) => wantsUp(selection))
      .map((one) => upSelection(one, retention, nowMs));
    const up = ups.length === 0 ? [] : upOf(ups, assembly, await upHosts(ups, reporters), nowMs);
    const rawFrom = rawFromHour(retention, nowMs);
    const answers = [...byBorders(tiered)].map(([borders, some]) => ({
      matchers: new Set(some.map(({ matchers }) => matchers)),
      series: [
        ...assembly.series(some, tierOf(borders, plan.value.late, rawFrom)),
        ...(some.some(wantsUp) ? up : []),
      ],
    }));
    return ok({
      source: sourceOf(answers),
      series: answers.flatMap(({ series }) => series),
      warnings: [...assembly.warnings(), ...lateWarning(plan.value)],
      infos: tierInfos(assembly, tiered),
      cost: done.value,
    });
  } catch (error) {
    if (!isStoreBusy(error)) throw error;
    return err({ code: 'busy', message: `the table can't be read just now: ${error.name}` });
  }
}

/** The part of a selection's time of which there can be samples; none if there is no such part. */
function clamped(selection: Selection, nowMs: number, retention: Retention): Selection[] {
  const keptMs = Math.max(retention.rawMs, retention.minuteMs, retention.hourMs);
  const fromMs = Math.max(selection.fromMs, nowMs - keptMs);
  const toMs = Math.min(selection.toMs, nowMs + FUTURE_LIMIT_MS);
  return toMs < fromMs ? [] : [{ ...selection, fromMs, toMs }];
}

/** As if nothing was: what is short and kept needs to know no more. */
const NOT_ROLLED: RollupState = {
  doneHour: undefined,
  doneBlock: undefined,
  late: new Map(),
};

/** `up` is made of what was before it. */
function withUpLookback(selection: Selection): Selection {
  const { fromMs, windows } = selection;
  const earlier = { ...selection, fromMs: fromMs - UP_LOOKBACK_MS };
  if (windows === undefined) return earlier;
  const firstFromMs = windows.firstFromMs - UP_LOOKBACK_MS;
  const lengthMs = windows.lengthMs + UP_LOOKBACK_MS;
  return { ...earlier, windows: { ...windows, firstFromMs, lengthMs } };
}

/** The part of a selection's time of which `up` can be told: points of an hour do not say it. */
function upSelection(
  { selection, borders }: TieredSelection,
  { rawMs, minuteMs }: Retention,
  nowMs: number,
): Selection {
  const { hourEnd, minuteEnd } = borders;
  const keptMs = hourEnd < minuteEnd ? minuteMs : rawMs;
  const firstMs = Math.max(hourEnd * HOUR_MS + UP_LOOKBACK_MS, nowMs - keptMs);
  return { ...selection, fromMs: Math.max(selection.fromMs, firstMs) };
}

/** Reads what is planned, and what the newest minutes show to be wanted besides; tells what it cost. */
async function readRounds(
  ports: ReaderPorts,
  plan: ReadPlan,
  reporters: Reporters,
  assembly: Assembly,
  nowMs: number,
  deadlineMs: number,
): Promise<Result<ReadCost, ReadFailure>> {
  const failure = await readPlan(ports, plan, assembly, nowMs, deadlineMs);
  if (failure !== undefined) return err(failure);
  if (plan.newestFirst.length === 0) return ok(plan.cost);
  const shown = { complete: assembly.complete, ...assembly.writers() };
  const older = await planOlder(plan, shown, reporters, ports.limits, ports.shardCount);
  if (!older.ok) return err({ code: 'too_much', message: older.error });
  const second = await readPlan(ports, older.value, assembly, nowMs, deadlineMs);
  return second === undefined ? ok(older.value.cost) : err(second);
}

function lateWarning({ lateLeft }: ReadPlan): string[] {
  if (lateLeft === 0) return [];
  return [
    `what came late in ${lateLeft} hours of hosts is missing until it is rolled up, within two hours`,
  ];
}
