import { setTimeout as sleep } from 'node:timers/promises';
import { FUTURE_LIMIT_MS, phaseMs } from '../core/host-minute.ts';
import { CollectorRunner } from './collector-runner.ts';
import type { Collector } from './collectors/collector.ts';
import type { AgentConfig } from './config.ts';
import { Delivery } from './delivery.ts';
import { planExtra, planNext, timestampFor, windowEndsBetween } from './instants.ts';
import { type Log, messageOf } from './log.ts';
import { MinuteBuffer } from './minute-buffer.ts';
import type { Poster } from './poster.ts';
import { Sampler } from './sampler.ts';
import type { Spool } from './spool/spool.ts';
import type { StopReason } from './stop-reason.ts';
import { UrgentPace } from './urgent-pace.ts';
import { VmTroubles } from './vm-troubles.ts';

const MINUTE_MS = 60_000;

/** A slow collector must be done, or given up, well before the next sample. */
const COLLECTOR_TIMEOUT_MAX_MS = 5000;

/** From SIGTERM to the end; service managers kill after 10 s or more. */
const STOP_WITHIN_MS = 5000;

/** A disk that is slower is not waited for: a sample matters more when it is known. */
const SPOOL_WITHIN_MS = 500;

export interface AgentPorts {
  readonly collectors: readonly Collector[];
  readonly poster: Poster;
  /** `undefined` keeps samples in memory only. */
  readonly spool?: Spool | undefined;
  /** Lost samples so far, by reason: what the spool knows of earlier runs. */
  readonly dropped?: Map<string, number>;
  readonly version: string;
  /** Asked once, when the signal has come. */
  readonly stopReason: () => Promise<StopReason>;
  readonly log: Log;
  /** Called after each sample, in a quiet moment. */
  readonly onSampled?: (() => void) | undefined;
}

/**
 * Samples and posts until the signal. Then adds a last sample that says why it ends, posts what
 * there is, all within 5 s, and resolves.
 */
export async function runAgent(
  config: AgentConfig,
  {
    collectors,
    poster,
    spool,
    dropped = new Map(),
    version,
    stopReason,
    log,
    onSampled,
  }: AgentPorts,
  signal: AbortSignal,
): Promise<void> {
  const buffer = new MinuteBuffer(config.host, dropped, undefined, spool);
  const sampler = new Sampler({
    host: config.host,
    version,
    batchIntervalMs: config.batchIntervalMs,
    runner: new CollectorRunner(collectors, collectorTimeoutMs(config), log),
    cpuSeconds,
    residentBytes: process.memoryUsage.rss,
    dropped,
    earlierMs: spool?.lastMs,
    isBehind: () => buffer.waitingMinutes > 0,
    log,
  });
  const delivery = new Delivery({
    buffer,
    post: (chunk, abort, isUrgent) => poster.post(chunk, abort, isUrgent),
    log,
    random: Math.random,
    sleep: sleepUnless,
  });
  const pace = new UrgentPace(() => performance.now());
  for (const collector of collectors) collector.watch?.(() => pace.raise());
  const parts = { sampler, buffer, spool, delivery, pace, log, onSampled };
  const lastMs = await takeSamples(config, parts, signal);
  const beganMs = performance.now();
  buffer.add(sampler.farewell(farewellMs(Date.now(), lastMs), await stopReason()));
  const leftMs = () => Math.max(0, Math.trunc(STOP_WITHIN_MS - (performance.now() - beganMs)));
  await delivery.stop(leftMs());
  await spool?.close(Math.max(SPOOL_WITHIN_MS, leftMs()));
}

/**
 * Where the clock was set back, still after all that was measured: a minute only grows. Unless that
 * lies in a future no server takes.
 */
function farewellMs(nowMs: number, lastMs = 0): number {
  return lastMs - nowMs > FUTURE_LIMIT_MS ? nowMs : Math.max(nowMs, lastMs + 1);
}

interface Parts {
  readonly sampler: Sampler;
  readonly buffer: MinuteBuffer;
  readonly spool: Spool | undefined;
  readonly delivery: Delivery;
  readonly pace: UrgentPace;
  readonly log: Log;
  readonly onSampled: (() => void) | undefined;
}

/** The instant of the last sample that was begun; `undefined` if none was. */
async function takeSamples(
  { host, sampleIntervalMs, batchIntervalMs }: AgentConfig,
  { sampler, buffer, spool, delivery, pace, log, onSampled }: Parts,
  signal: AbortSignal,
): Promise<number | undefined> {
  const phase = phaseMs(host);
  const troubles = new VmTroubles();
  // Off the usual instants: those of this time again may have been measured before the clock was set.
  let shiftMs = 0;
  // Also over a restart, no instant is measured twice.
  let lastMs = spool?.lastMs;
  if (buffer.oldest() !== undefined) delivery.start(false);
  let held = false;
  while (!signal.aborted) {
    const plan = planNext(Date.now(), lastMs, sampleIntervalMs, phase + shiftMs);
    if (plan.clock === 'held' && !held) log(`the clock was set back: ${heldLine(plan.waitMs)}`);
    if (plan.clock === 'restarted') {
      log('the clock was set back far: samples begin anew, and those of the future are dropped');
      buffer.discardAfter(Date.now());
      shiftMs += 1;
      lastMs = undefined;
      continue;
    }
    held = plan.clock === 'held';
    const extraMs = planExtra(plan, Date.now(), lastMs, pace.sampleInMs());
    const waitMs = extraMs === undefined ? plan.waitMs : Math.max(0, extraMs - Date.now());
    // Timers run on a clock that never steps. Looking again after each interval is what notices
    // that the other one was set. An event ends the wait, and a sample may be wanted sooner then.
    await pace.sleep(Math.min(waitMs, sampleIntervalMs), signal);
    if (signal.aborted) return lastMs;
    const nowMs = timestampFor(extraMs ?? plan.atMs, Date.now());
    if (nowMs < (extraMs ?? plan.atMs)) continue;
    pace.beginSample();
    lastMs = nowMs;
    buffer.begin(nowMs);
    await spool?.idle(SPOOL_WITHIN_MS);
    const sample = await unlessAborted(sampler.sample(nowMs), signal);
    if (sample === undefined) return lastMs;
    buffer.add(sample);
    const nextMs = planNext(nowMs, nowMs, sampleIntervalMs, phase + shiftMs).atMs;
    buffer.closeBefore(nextMs);
    await spool?.idle(SPOOL_WITHIN_MS);
    if (pace.isPostDue(troubles.foundIn(sample))) delivery.startUrgent(nowMs);
    if (windowEndsBetween(nowMs, nextMs, batchIntervalMs, phase)) {
      delivery.start(batchIntervalMs < MINUTE_MS);
    }
    onSampled?.();
  }
  return lastMs;
}

/**
 * What the promise gives, or `undefined` as soon as the signal is given: nobody who stops the agent
 * waits for a slow collector. (A race against one promise for ever would leak with every sample.)
 */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const giveUp = () => resolve(undefined);
    signal.addEventListener('abort', giveUp, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}

/** The time one collector gets. */
export function collectorTimeoutMs({ sampleIntervalMs }: AgentConfig): number {
  return Math.min(COLLECTOR_TIMEOUT_MAX_MS, sampleIntervalMs / 2);
}

/** CPU time of this process so far, in seconds. */
export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function heldLine(waitMs: number): string {
  return `no samples for ${Math.ceil(waitMs / 1000)} s, until it is past the last one`;
}

async function sleepUnless(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw new Error(`timer: ${messageOf(error)}`);
  }
}
