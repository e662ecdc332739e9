import * as v from 'valibot';
import type { NotifiedAlert } from './notification-types.ts';
import { notifiedAlertSchema } from './notified-alert-schema.ts';

/** When an alert counts as flapping, and when no more. */
export interface FlappingSettings {
  /** It began to fire so often ... */
  readonly times: number;
  /** ... within so long. */
  readonly withinMs: number;
  /** It is over when it was quiet for so long at least. */
  readonly quietMs: number;
}

/** The third time within two hours is flapping; a quarter of an hour without it is an end. */
export const FLAPPING: FlappingSettings = {
  times: 3,
  withinMs: 120 * 60_000,
  quietMs: 15 * 60_000,
};

/**
 * What flaps slowly is over after three times its usual gap: with gaps at random, one in twenty is so
 * long, one in seven is twice as long. Nobody waits longer than this for word that it is over.
 */
const QUIET_GAPS = 3;
const QUIET_MAX_MS = 120 * 60_000;
/** Of the times it fired; more change nothing. */
const TIMES_MAX = 20;

/** How an alert came and went lately. */
export interface FlapHistory {
  /** When it began to fire, rising, the newest ones. */
  readonly firedAtMs: readonly number[];
  /** Since when it does not fire; absent while it does. */
  readonly quietSinceMs?: number;
  /** Only while it flaps: it counts as firing, like this. */
  readonly held?: NotifiedAlert;
}

/** By fingerprint. */
export type FlapHistories = Readonly<Record<string, FlapHistory>>;

export const flapHistorySchema = v.object({
  firedAtMs: v.array(v.number()),
  quietSinceMs: v.exactOptional(v.number()),
  held: v.exactOptional(notifiedAlertSchema),
});

/**
 * Damps flapping: an alert that comes and goes counts as firing from the third time on until it was
 * quiet for a while, so that people are told once that it flaps and once that it is over. `firing` are
 * the alerts of the rules; the result has those that count as firing, with `flapping` set on those
 * that do so for this reason.
 */
export function dampFlapping(
  before: FlapHistories,
  firing: ReadonlyMap<string, NotifiedAlert>,
  nowMs: number,
  settings: FlappingSettings = FLAPPING,
): { histories: FlapHistories; firing: Map<string, NotifiedAlert> } {
  const histories: Record<string, FlapHistory> = {};
  const counted = new Map<string, NotifiedAlert>();
  for (const [id, alert] of firing) {
    const history = begun(before[id], nowMs, settings);
    const held = heldAs(before[id], history, alert, settings);
    histories[id] = held === undefined ? history : { ...history, held };
    counted.set(id, held ?? alert);
  }
  for (const [id, history] of Object.entries(before)) {
    if (firing.has(id)) continue;
    const quietSinceMs = history.quietSinceMs ?? nowMs;
    const held =
      history.held !== undefined && nowMs - quietSinceMs < (history.held.flapping?.quietMs ?? 0)
        ? history.held
        : undefined;
    const firedAtMs = recent(history.firedAtMs, nowMs, settings);
    if (held !== undefined) counted.set(id, held);
    else if (firedAtMs.length === 0) continue;
    histories[id] = { firedAtMs, quietSinceMs, ...(held === undefined ? {} : { held }) };
  }
  return { histories, firing: counted };
}

/** The history of an alert that fires now. */
function begun(
  before: FlapHistory | undefined,
  nowMs: number,
  settings: FlappingSettings,
): FlapHistory {
  const times = recent(before?.firedAtMs ?? [], nowMs, settings);
  const isNew = before === undefined || before.quietSinceMs !== undefined;
  return { firedAtMs: (isNew ? [...times, nowMs] : times).slice(-TIMES_MAX) };
}

/** What a firing alert counts as: itself with what is said of its flapping, or `undefined` if it does not. */
function heldAs(
  before: FlapHistory | undefined,
  { firedAtMs }: FlapHistory,
  alert: NotifiedAlert,
  settings: FlappingSettings,
): NotifiedAlert | undefined {
  const was = before?.held;
  const first = firedAtMs[0];
  if (was === undefined && (firedAtMs.length < settings.times || first === undefined))
    return undefined;
  const gaps = firedAtMs.slice(1).map((at, i) => at - (firedAtMs[i] ?? at));
  const meanMs = gaps.reduce((sum, gap) => sum + gap, 0) / Math.max(gaps.length, 1);
  const flapping = {
    times: Math.max(firedAtMs.length, 1),
    sinceMs: first ?? alert.startsAtMs,
    quietMs: Math.min(Math.max(settings.quietMs, QUIET_GAPS * meanMs), QUIET_MAX_MS),
  };
  return { ...alert, startsAtMs: was?.startsAtMs ?? alert.startsAtMs, flapping };
}

function recent(times: readonly number[], nowMs: number, { withinMs }: FlappingSettings): number[] {
  return times.filter((at) => nowMs - at < withinMs);
}
