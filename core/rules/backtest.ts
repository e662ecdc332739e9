import { type AlertInstance, type AlertSample, stepAlertingRule } from '../alerting/alert-state.ts';
import type { BacktestEpisode, BacktestResult } from '../answers/rules.ts';
import type { Value } from '../promql/context.ts';
import { err, ok, type Result } from '../result.ts';
import { type Labels, labelsKey, labelsToObject, NO_LABELS } from '../series/labels.ts';
import { isoTime } from '../time.ts';
import type { AlertingRule } from './rule-file.ts';
import { formatFloat } from './template/float-text.ts';
import { expandTemplate, inTime } from './template.ts';

/** What an expression gave at the steps of a time, as far as it gave anything. */
export interface GivenValues {
  readonly startMs: number;
  readonly stepMs: number;
  readonly steps: number;
  readonly labels: readonly Labels[];
  /** Of step s the values are those from `starts[s]` to before `starts[s + 1]`. */
  readonly starts: Uint32Array;
  /** Into `labels`, in order. */
  readonly rows: Uint32Array;
  readonly values: Float64Array;
}

/** A vector's values by step; a scalar is a vector of one without labels. */
export function givenValues(
  value: Value,
  startMs: number,
  stepMs: number,
): Result<GivenValues, string> {
  if (value.kind === 'scalar') {
    const steps = value.values.length;
    return ok({
      ...{ startMs, stepMs, steps, labels: [NO_LABELS], values: value.values },
      starts: Uint32Array.from({ length: steps + 1 }, (_, step) => step),
      rows: new Uint32Array(steps),
    });
  }
  if (value.kind !== 'vector') return err('rule result is not a vector or scalar');
  const { labels, values, present, steps } = value.block;
  const starts = new Uint32Array(steps + 1);
  for (let row = 0; row < labels.length; row++)
    for (let step = 0; step < steps; step++)
      if (present[row * steps + step] === 1) starts[step + 1] = (starts[step + 1] ?? 0) + 1;
  for (let step = 0; step < steps; step++)
    starts[step + 1] = (starts[step + 1] ?? 0) + (starts[step] ?? 0);
  const count = starts[steps] ?? 0;
  const given = {
    ...{ startMs, stepMs, steps, labels, starts },
    rows: new Uint32Array(count),
    values: new Float64Array(count),
  };
  const next = starts.slice(0, steps);
  for (let row = 0; row < labels.length; row++)
    for (let step = 0; step < steps; step++) {
      const cell = row * steps + step;
      if (present[cell] !== 1) continue;
      const at = next[step] ?? 0;
      next[step] = at + 1;
      given.rows[at] = row;
      given.values[at] = values[cell] ?? Number.NaN;
    }
  return ok(given);
}

/** Of a rule that fires more often the newest are told, and how many others there were. */
const MAX_EPISODES = 500;

interface Open {
  readonly pendingFromMs: number;
  readonly firingFromMs: number | undefined;
  readonly value: number;
  readonly labels: Labels;
}

export interface LifeCycleOptions {
  /** The group's. */
  readonly limit: number;
  /** What happens before is not told: alerts were pending or firing then already. */
  readonly fromMs: number;
  readonly shouldStop: () => boolean;
}

/**
 * The life cycle of a rule's alerts over what its expression gave, piece by piece in the order of time: the very
 * steps that a tick takes. An alert about something of which nothing is heard ends here, and is held there.
 * Labels are expanded by each value, and queries in their templates find nothing; annotations are left out.
 */
export function runLifeCycle(
  rule: AlertingRule,
  pieces: readonly GivenValues[],
  { limit, fromMs, shouldStop }: LifeCycleOptions,
): BacktestResult {
  const bare: AlertingRule = { ...rule, annotations: [] };
  const episodes = new EpisodeList(fromMs);
  let active: readonly AlertInstance[] = [];
  for (const piece of pieces) {
    const { startMs, stepMs, steps, starts } = piece;
    for (let step = 0; step < steps; step++) {
      const nowMs = startMs + step * stepMs;
      const [first = 0, end = 0] = [starts[step], starts[step + 1]];
      if (first === end && active.length === 0) continue;
      if (step % 64 === 0 && shouldStop())
        return episodes.finish(`stopped at ${isoTime(nowMs)}: there was no more time`);
      const stepped = inTime(() =>
        stepAlertingRule(
          bare,
          active,
          samplesOf(piece, first, end),
          nowMs,
          (template, { labels, value }) =>
            expandTemplate(template, {
              ...{ alertName: rule.name, labels, value, nowMs, externalUrl: '' },
              ...{ externalLabels: NO_LABELS, shouldStop },
              query: () => ok([]),
            }),
          { limit },
        ),
      );
      if (stepped === undefined)
        return episodes.finish(`stopped at ${isoTime(nowMs)}: there was no more time`);
      if (stepped.error !== undefined) episodes.fail(stepped.error);
      active = stepped.active;
      episodes.step(active, nowMs, stepMs);
    }
  }
  return episodes.finish();
}

function samplesOf(
  { labels, rows, values }: GivenValues,
  first: number,
  end: number,
): AlertSample[] {
  const samples: AlertSample[] = [];
  for (let i = first; i < end; i++)
    samples.push({ labels: labels[rows[i] ?? 0] ?? NO_LABELS, value: values[i] ?? Number.NaN });
  return samples;
}

/** Follows alerts from step to step. */
class EpisodeList {
  readonly #fromMs: number;
  readonly #open = new Map<string, Open>();
  readonly #fired = new Set<string>();
  #closed: BacktestEpisode[] = [];
  #leftOut = 0;
  #firings = 0;
  #onlyPending = 0;
  #firingMs = 0;
  #anyFiringMs = 0;
  #longestMs = 0;
  #lastMs = 0;
  #error: string | undefined;

  constructor(fromMs: number) {
    this.#fromMs = fromMs;
  }

  fail(error: string): void {
    this.#error ??= error;
  }

  step(active: readonly AlertInstance[], nowMs: number, stepMs: number): void {
    this.#lastMs = nowMs;
    const seen = new Set<string>();
    let firing = 0;
    for (const alert of active) {
      if (alert.state === 'inactive') continue;
      const key = labelsKey(alert.labels);
      seen.add(key);
      if (alert.state === 'firing') firing++;
      const open = this.#open.get(key);
      // One that ended and began again between two steps is another one.
      if (open !== undefined && open.pendingFromMs !== alert.activeAtMs)
        this.#close(key, open, nowMs);
      const same = open?.pendingFromMs === alert.activeAtMs ? open : undefined;
      if (same !== undefined && (same.firingFromMs !== undefined || alert.state === 'pending'))
        continue;
      this.#open.set(key, {
        pendingFromMs: alert.activeAtMs,
        firingFromMs: alert.state === 'firing' ? (alert.firedAtMs ?? nowMs) : undefined,
        value: alert.value,
        labels: alert.labels,
      });
    }
    for (const [key, open] of this.#open) if (!seen.has(key)) this.#close(key, open, nowMs);
    if (nowMs < this.#fromMs || firing === 0) return;
    this.#anyFiringMs += stepMs;
  }

  #close(key: string, open: Open, untilMs: number | undefined): void {
    this.#open.delete(key);
    const { pendingFromMs, firingFromMs, value, labels } = open;
    const endMs = untilMs ?? this.#lastMs;
    if (endMs < this.#fromMs) return;
    if (firingFromMs === undefined) this.#onlyPending++;
    else {
      const firingMs = endMs - Math.max(firingFromMs, this.#fromMs);
      this.#firings++;
      this.#firingMs += firingMs;
      this.#longestMs = Math.max(this.#longestMs, firingMs);
      this.#fired.add(key);
    }
    this.#closed.push({
      labels: labelsToObject(labels),
      pendingFromMs,
      ...(firingFromMs === undefined ? {} : { firingFromMs }),
      ...(untilMs === undefined ? {} : { untilMs }),
      value: formatFloat(value, 'g'),
    });
    if (this.#closed.length < 2 * MAX_EPISODES) return;
    this.#leftOut += MAX_EPISODES;
    this.#closed = this.#closed.slice(MAX_EPISODES);
  }

  finish(stopped?: string): BacktestResult {
    for (const [key, open] of this.#open) this.#close(key, open, undefined);
    const more = Math.max(0, this.#closed.length - MAX_EPISODES);
    const error = stopped ?? this.#error;
    return {
      firings: this.#firings,
      onlyPending: this.#onlyPending,
      alerts: this.#fired.size,
      firingMs: this.#firingMs,
      anyFiringMs: this.#anyFiringMs,
      longestMs: this.#longestMs,
      episodes: this.#closed.slice(more).sort((a, b) => a.pendingFromMs - b.pendingFromMs),
      episodesLeftOut: this.#leftOut + more,
      ...(error === undefined ? {} : { error }),
    };
  }
}
