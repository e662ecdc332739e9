import type { NotifySettings } from '../../../core/alerting/notify.ts';
import { MINUTE_MS } from '../../../core/host-minute.ts';
import { ok } from '../../../core/result.ts';
import { needsOf } from '../../../core/rules/needs.ts';
import type { RuleGroup } from '../../../core/rules/rule-file.ts';
import type { Series } from '../../../core/series/series.ts';
import { TOPOLOGY_WINDOW_MS } from '../../../core/topology/observe.ts';
import type { Answer, ApiClient } from '../client.ts';
import { findEndedSeries } from './ended-series.ts';
import { neededMetrics } from './needed-metrics.ts';
import { createSampleReader } from './read-samples.ts';
import { SampleBuffer } from './sample-buffer.ts';
import { type ReplayedTick, Replayer } from './step.ts';

export interface ReplayOptions {
  readonly groups: readonly RuleGroup[];
  readonly notify: NotifySettings;
  readonly fromMs: number;
  readonly untilMs: number;
  /** Between two ticks, which lie on its multiples. */
  readonly stepMs: number;
}

export interface ReplayEnd {
  /** What answers were short of, a line each. */
  readonly warnings: readonly string[];
  readonly samples: number;
  /** Of the earliest sample read; absent: there was none. */
  readonly firstSampleMs?: number;
}

/** As the evaluator has it: what rules look back further for, it does not hold. */
const LEAST_WINDOW_MS = 6 * MINUTE_MS;
const MOST_WINDOW_MS = 6 * 60 * MINUTE_MS;

/**
 * Alerts that were pending or firing before the beginning are found by replaying some time before it:
 * as long as rules wait and hold, and an hour for what was held because nothing was heard of it.
 */
const LEAST_WARM_UP_MS = 60 * MINUTE_MS;
const MOST_WARM_UP_MS = 24 * 60 * MINUTE_MS;

/** Read at once: an hour, or as much as holds so many samples, some 100 bytes each until they are decoded. */
const READ_MS = 60 * MINUTE_MS;
const READ_LEAST_MS = 5 * MINUTE_MS;
const READ_SAMPLES = 200_000;
/** A tick must know the whole batch it stands in; agents post each minute or two. */
const READ_AHEAD_MS = 2 * MINUTE_MS;

/** Is a rule among them that looks back further than evaluators do? */
export function looksTooFar(groups: readonly RuleGroup[]): boolean {
  return needsOf(groups, LEAST_WINDOW_MS).windowMs > MOST_WINDOW_MS;
}

/**
 * Replays rules over stored samples: each tick sees what had arrived by then and what the ticks
 * before it have written, and is handed to `onTick`. It holds what
 * rules look back and an hour more at most.
 */
export async function replay(
  client: ApiClient,
  { groups, notify, fromMs, untilMs, stepMs }: ReplayOptions,
  onTick: (tick: ReplayedTick) => void,
): Promise<Answer<ReplayEnd>> {
  const needs = needsOf(groups, LEAST_WINDOW_MS);
  const windowMs = Math.max(Math.min(needs.windowMs, MOST_WINDOW_MS), TOPOLOGY_WINDOW_MS);
  const keepMs = (metric: string) =>
    Math.max(Math.min(needs.keepMs(metric), MOST_WINDOW_MS), TOPOLOGY_WINDOW_MS) + LEAST_WINDOW_MS;
  const reader = createSampleReader(client, neededMetrics(groups));
  const replayer = new Replayer({ groups, windowMs, stepMs, notify });
  const buffer = new SampleBuffer();
  const startMs = Math.floor((fromMs - warmUpMs(groups)) / stepMs) * stepMs;
  let readToMs = startMs - windowMs - LEAST_WINDOW_MS;
  let firstSampleMs: number | undefined;
  let spanMs = READ_LEAST_MS;
  for (let nextMs = startMs; nextMs <= untilMs; ) {
    const toMs = Math.min(readToMs + spanMs, untilMs + READ_AHEAD_MS);
    const found = await reader.read(readToMs, toMs);
    if (!found.ok) return found;
    for (const { timestamps } of found.value)
      firstSampleMs = Math.min(firstSampleMs ?? Number.POSITIVE_INFINITY, timestamps[0] ?? 0);
    spanMs = nextSpanMs(found.value, toMs - readToMs);
    buffer.add(found.value);
    const isLast = toMs >= untilMs + READ_AHEAD_MS;
    const lastMs = isLast ? untilMs : toMs - READ_AHEAD_MS;
    const ticks = ticksBetween(
      Math.ceil(Math.max(readToMs, startMs) / stepMs) * stepMs,
      toMs,
      stepMs,
    );
    const ended = await findEndedSeries(client, buffer.all(), [readToMs, toMs], ticks);
    if (!ended.ok) return ended;
    for (const { labels, atMs } of ended.value) buffer.end(labels, atMs);
    for (; nextMs <= lastMs; nextMs += stepMs) {
      const tick = replayer.step(nextMs, buffer.seenAt(nextMs, windowMs));
      for (const { atMs, samples } of tick.written) buffer.write(atMs, samples);
      onTick(tick);
    }
    readToMs = toMs;
    buffer.dropBefore(nextMs, keepMs, windowMs + LEAST_WINDOW_MS);
  }
  return ok({
    warnings: [...reader.warnings],
    samples: reader.samples(),
    ...(firstSampleMs === undefined ? {} : { firstSampleMs }),
  });
}

/** How long to read next, at the density of what was read in `readMs`. */
function nextSpanMs(found: readonly Series[], readMs: number): number {
  const samples = found.reduce((sum, { timestamps }) => sum + timestamps.length, 0);
  const fittingMs = (readMs * READ_SAMPLES) / Math.max(samples, 1);
  return Math.min(READ_MS, Math.max(READ_LEAST_MS, Math.floor(fittingMs / MINUTE_MS) * MINUTE_MS));
}

function ticksBetween(firstMs: number, lastMs: number, stepMs: number): number[] {
  const count = Math.max(0, Math.floor((lastMs - firstMs) / stepMs) + 1);
  return Array.from({ length: count }, (_, i) => firstMs + i * stepMs);
}

function warmUpMs(groups: readonly RuleGroup[]): number {
  const rules = groups.flatMap((group) => group.rules);
  const longest = Math.max(
    0,
    ...rules.map((rule) => (rule.kind === 'alert' ? rule.forMs + rule.keepFiringForMs : 0)),
  );
  return Math.min(longest + LEAST_WARM_UP_MS, MOST_WARM_UP_MS);
}
