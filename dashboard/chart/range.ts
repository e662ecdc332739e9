import { DAY_MS, HOUR_MS } from '../../core/time.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;

/** A time that is looked at, ms since 1970. */
export interface TimeSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What can be chosen; each ends now. */
export const PRESETS = {
  '15m': 15 * MINUTE_MS,
  '1h': HOUR_MS,
  '6h': 6 * HOUR_MS,
  '24h': DAY_MS,
  '7d': 7 * DAY_MS,
  '30d': 30 * DAY_MS,
  '90d': 90 * DAY_MS,
  '1y': 365 * DAY_MS,
} as const;

export type Preset = keyof typeof PRESETS;

export const PRESET_NAMES = Object.keys(PRESETS) as readonly Preset[];

/** Nothing is kept longer than 400 days unless set. */
const LONGEST_MS = 800 * DAY_MS;
/** Six samples. */
const SHORTEST_MS = MINUTE_MS;

/** What the query of an address says of the range. */
export type Chosen =
  | { readonly kind: 'preset'; readonly preset: Preset }
  | { readonly kind: 'fixed'; readonly span: TimeSpan };

/** `range=6h`, or `from=` and `to=`; what is missing or makes no sense gives `otherwise`. */
export function readRange(query: URLSearchParams, otherwise: Preset): Chosen {
  const [fromMs, toMs] = [readTime(query.get('from')), readTime(query.get('to'))];
  if (fromMs !== undefined && toMs !== undefined && toMs > fromMs)
    return { kind: 'fixed', span: bounded({ fromMs, toMs }) };
  const preset = PRESET_NAMES.find((name) => name === query.get('range'));
  return { kind: 'preset', preset: preset ?? otherwise };
}

/** What an address says of a range; the two forms exclude each other. */
export function writeRange(
  chosen: Chosen,
): Readonly<Record<'range' | 'from' | 'to', string | undefined>> {
  if (chosen.kind === 'preset') return { range: chosen.preset, from: undefined, to: undefined };
  const { fromMs, toMs } = bounded(chosen.span);
  return { range: undefined, from: writeTime(fromMs), to: writeTime(toMs) };
}

/** ISO 8601, or ms since 1970. */
function readTime(text: string | null): number | undefined {
  if (text === null || text === '') return undefined;
  const ms = /^\d{10,}$/.test(text) ? Number(text) : Date.parse(text);
  return Number.isFinite(ms) && ms >= 0 && ms < 8.64e15 ? ms : undefined;
}

/** To the second, which is read in an address. */
function writeTime(ms: number): string {
  return new Date(Math.round(ms / SECOND_MS) * SECOND_MS).toISOString().replace('.000Z', 'Z');
}

/** No shorter than a few samples, no longer than anything is kept. */
export function bounded({ fromMs, toMs }: TimeSpan): TimeSpan {
  const lengthMs = Math.min(Math.max(toMs - fromMs, SHORTEST_MS), LONGEST_MS);
  if (lengthMs === toMs - fromMs) return { fromMs, toMs };
  const middleMs = (fromMs + toMs) / 2;
  return { fromMs: middleMs - lengthMs / 2, toMs: middleMs + lengthMs / 2 };
}

/** Half or twice as long, about the same middle, and never beyond now. */
export function scaled({ fromMs, toMs }: TimeSpan, factor: number, nowMs: number): TimeSpan {
  const lengthMs = (toMs - fromMs) * factor;
  const middleMs = (fromMs + toMs) / 2;
  const endMs = Math.min(middleMs + lengthMs / 2, Math.max(nowMs, toMs));
  return bounded({ fromMs: endMs - lengthMs, toMs: endMs });
}

/** An earlier or later time of the same length, never beyond now. */
export function shifted({ fromMs, toMs }: TimeSpan, byMs: number, nowMs: number): TimeSpan {
  const endMs = Math.min(toMs + byMs, Math.max(nowMs, toMs));
  return { fromMs: endMs - (toMs - fromMs), toMs: endMs };
}

/** How samples within a step become one point. */
export interface Steps {
  readonly stepMs: number;
  /** `true`: each point is the average since the one before; else the newest sample at its time. */
  readonly isAveraged: boolean;
  /** How far back such a newest sample may lie, ms; absent: as the API has it. */
  readonly lookbackMs?: number;
}

/** A chart has no more points than this: about as many as it has pixels on a phone, half as many as on a desk. */
const POINTS = 600;
/** Of a month by the hour, which reads a dozen items; any other step would read hundreds. */
const HOURLY_POINTS = 750;

/**
 * An agent samples every 10 s unless told otherwise, and calls a minute its longest. Looking back no further makes
 * the silence of a host a gap in the line, where the usual 5 minutes would draw on.
 */
const LOOKBACK_MS = 90 * SECOND_MS;

/**
 * The steps of a chart over a time, chosen so that each tier (docs/history.md) is read as it lies. What the 23 metrics
 * of a host's page read, in one question, of a host with eight VMs (docs/query-cost.md says why):
 *
 * | range | step | from | read units |
 * |---|---|---|---:|
 * | 15 min | 10 s | raw | 9 |
 * | 1 h | 10 s | raw | 32 |
 * | 3 h | 20 s | raw | 92 |
 * | 6 h | 1 min | points of a minute, the newest 1 to 2 h raw | 41 |
 * | 12 h | 2 min | the same | 45 |
 * | 24 h | 4 min, averages | the same | 56 |
 * | 7 d | 20 min, averages | the same | 150 |
 * | 30 d | 1 h | points of an hour | 15 to 50 |
 * | 90 d | 4 h, averages | points of an hour, metric by metric | 50 to 300 |
 * | 1 y | 1 day, averages | the same | 200 to 400 |
 *
 * A million units are $0.125. What follows reads 3 units every half minute. Averages of less than 4 minutes would read
 * 20 hours raw, so steps of up to 2 minutes show what was at each.
 */
export function stepsOf({ fromMs, toMs }: TimeSpan): Steps {
  const lengthMs = toMs - fromMs;
  for (const stepMs of INSTANTS_MS) {
    if (lengthMs / stepMs <= POINTS)
      return { stepMs, isAveraged: false, lookbackMs: Math.max(LOOKBACK_MS, stepMs) };
  }
  for (const stepMs of [4, 10, 20].map((minutes) => minutes * MINUTE_MS))
    if (lengthMs / stepMs <= POINTS) return { stepMs, isAveraged: true };
  if (lengthMs / HOUR_MS <= HOURLY_POINTS) return { stepMs: HOUR_MS, isAveraged: false };
  const stepMs = [4, 8, 12].map((hours) => hours * HOUR_MS).find((ms) => lengthMs / ms <= POINTS);
  return { stepMs: stepMs ?? DAY_MS, isAveraged: true };
}

const INSTANTS_MS = [10, 15, 20, 30, 60, 120].map((seconds) => seconds * SECOND_MS);

/** A tick that comes late or not at all ends nothing: what has ended has a marker. */
const MISSED_TICK_MS = 150 * SECOND_MS;

/**
 * The steps for what comes and goes (states, alerts): each step must tell all there was in it, so it is never a look at
 * one instant an hour, which would miss what began and ended between two.
 *
 * @param leastMs how often it is written, where that is by the evaluator; 0: as often as samples are
 */
export function eventSteps(steps: Steps, leastMs = 0): Steps {
  if (steps.stepMs === HOUR_MS) return { stepMs: 4 * HOUR_MS, isAveraged: true };
  if (leastMs === 0 || steps.isAveraged) return steps;
  const stepMs = Math.max(steps.stepMs, leastMs);
  return { stepMs, isAveraged: false, lookbackMs: Math.max(MISSED_TICK_MS, stepMs) };
}

/** The instants at which a range is evaluated: multiples of the step, so that what is asked for later fits in. */
export interface ChartGrid {
  readonly startMs: number;
  /** How many instants. */
  readonly count: number;
  readonly stepMs: number;
}

/** The instants within a range. */
export function gridOf({ fromMs, toMs }: TimeSpan, stepMs: number): ChartGrid {
  const startMs = Math.ceil(fromMs / stepMs) * stepMs;
  const endMs = Math.max(startMs, Math.floor(toMs / stepMs) * stepMs);
  return { startMs, count: Math.round((endMs - startMs) / stepMs) + 1, stepMs };
}

/** The last instant of a grid, ms since 1970. */
export function gridEndMs({ startMs, count, stepMs }: ChartGrid): number {
  return startMs + (count - 1) * stepMs;
}

/** All of them, ms since 1970. */
export function gridTimes({ startMs, count, stepMs }: ChartGrid): number[] {
  return Array.from({ length: count }, (_, i) => startMs + i * stepMs);
}

/** How often a chart that follows asks for what is new: as agents post, and no oftener than it would show. */
export function followEveryMs({ stepMs }: Steps): number {
  return Math.min(Math.max(stepMs, 30 * SECOND_MS), 5 * MINUTE_MS);
}

/**
 * How much of the end is asked for again: a batch holds a minute and may be a minute late, and the newest average is
 * not complete.
 */
export function tailMs(stepMs: number): number {
  return Math.max(3 * MINUTE_MS, 2 * stepMs);
}
