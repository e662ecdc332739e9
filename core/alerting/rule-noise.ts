import type { Noise, RuleHistory } from '../answers/alert-history.ts';
import { DAY_MS, HOUR_MS } from '../time.ts';
import type { AlertLife } from './alert-lives.ts';

/** Over before anybody could do a thing. */
const SHORT_MS = 5 * 60_000;
/** Back so soon after it was over it is the same trouble. */
const BACK_MS = HOUR_MS;
/** Fewer are no pattern. */
const FEW = 3;
/** More a day than this is a habit. */
const OFTEN_A_DAY = 4;

export interface NoiseInput {
  readonly fromMs: number;
  readonly toMs: number;
  readonly bucketMs: number;
  /** When the first bucket begins. */
  readonly bucketsFromMs: number;
  /** Messages that told of a rule, by the alert's name. */
  readonly notificationsOf: (name: string) => number;
}

/** What rules' alerts did within a time, the noisiest rule first. */
export function ruleHistories(lives: readonly AlertLife[], input: NoiseInput): RuleHistory[] {
  const byName = Map.groupBy(lives, ({ labels }) => labels['alertname'] ?? '');
  return [...byName]
    .map(([name, ofRule]) => historyOf(name, ofRule, input))
    .sort((a, b) => scoreOf(b) - scoreOf(a) || (a.name < b.name ? -1 : 1));
}

/** Each is a reason to look up from the work. */
function scoreOf({ fired, short, flaps, notifications, noise }: RuleHistory): number {
  return fired + short + flaps + notifications + 1000 * Math.min(noise.length, 1);
}

type Fired = AlertLife & { readonly firedAtMs: number };

function historyOf(name: string, lives: readonly AlertLife[], input: NoiseInput): RuleHistory {
  const { fromMs, toMs } = input;
  const firings = lives.filter((life): life is Fired => life.firedAtMs !== undefined);
  const over = firings.flatMap(({ firedAtMs, endedAtMs }) =>
    endedAtMs === undefined ? [] : [endedAtMs - firedAtMs],
  );
  const severities = new Set(lives.map(({ labels }) => labels['severity'] ?? ''));
  const [severity = ''] = severities.size === 1 ? severities : [];
  const medianMs = medianOf(over);
  const counted = {
    fired: firings.length,
    short: over.filter((lastedMs) => lastedMs <= SHORT_MS).length,
    flaps: flapsOf(firings),
  };
  return {
    name,
    severity,
    ...counted,
    gone: lives.filter((life) => life.firedAtMs === undefined && life.endedAtMs !== undefined)
      .length,
    alerts: new Set(lives.map((life) => life.fingerprint)).size,
    firingNow: firings.filter(({ endedAtMs }) => endedAtMs === undefined).length,
    firingMs: firings.reduce((sum, { firedAtMs, endedAtMs = toMs }) => {
      return sum + Math.max(0, Math.min(endedAtMs, toMs) - Math.max(firedAtMs, fromMs));
    }, 0),
    ...(medianMs === undefined ? {} : { medianMs }),
    notifications: input.notificationsOf(name),
    perBucket: bucketsOf(firings, input),
    noise: noiseOf({ ...counted, over: over.length }, toMs - fromMs),
  };
}

/** How often one and the same alert was back soon after it was over. */
function flapsOf(firings: readonly Fired[]): number {
  let flaps = 0;
  for (const ofOne of Map.groupBy(firings, (life) => life.fingerprint).values()) {
    const inOrder = ofOne.toSorted((a, b) => a.firedAtMs - b.firedAtMs);
    flaps += inOrder.filter(({ activeAtMs }, i) => {
      const endedAtMs = inOrder[i - 1]?.endedAtMs;
      return endedAtMs !== undefined && activeAtMs - endedAtMs <= BACK_MS;
    }).length;
  }
  return flaps;
}

function noiseOf(
  counts: { fired: number; short: number; flaps: number; over: number },
  spanMs: number,
): Noise[] {
  const { fired, short, flaps, over } = counts;
  const isShort = short >= FEW && short * 2 >= over;
  const isFlapping = flaps >= FEW && flaps * 3 >= fired;
  const isOften = fired > FEW && fired >= OFTEN_A_DAY * Math.max(1, spanMs / DAY_MS);
  return [
    ...(isFlapping ? ['flapping' as const] : []),
    ...(isShort ? ['short' as const] : []),
    ...(isOften ? ['often' as const] : []),
  ];
}

function bucketsOf(firings: readonly Fired[], input: NoiseInput): number[] {
  const { bucketsFromMs, bucketMs, fromMs, toMs } = input;
  const counts = new Array<number>(Math.ceil((toMs - bucketsFromMs) / bucketMs)).fill(0);
  for (const { firedAtMs } of firings) {
    const at = Math.floor((firedAtMs - bucketsFromMs) / bucketMs);
    if (firedAtMs >= fromMs && at < counts.length) counts[at] = (counts[at] ?? 0) + 1;
  }
  return counts;
}

/** `undefined` of nothing. */
function medianOf(numbers: readonly number[]): number | undefined {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}
