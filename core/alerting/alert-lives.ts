import { fingerprint } from '../alertmanager/fingerprint.ts';
import { labelsToObject, labelValue, METRIC_NAME } from '../series/labels.ts';
import { isStaleAt, type Series } from '../series/series.ts';

/** An alert from when its condition held to when it was over. Times are ms since 1970. */
export interface AlertLife {
  readonly fingerprint: string;
  readonly labels: Readonly<Record<string, string>>;
  /** To the second. */
  readonly activeAtMs: number;
  /** Absent: it was over before it fired. */
  readonly firedAtMs?: number;
  /** Absent: it goes on. */
  readonly endedAtMs?: number;
}

export interface LivesInput {
  /** `ALERTS` and `ALERTS_FOR_STATE`, in any order. */
  readonly series: readonly Series[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly nowMs: number;
  /** An alert seen within so long goes on: as much as may lie between two evaluations. */
  readonly openMs: number;
  /** The `for` of an alert's rule: when one fired that did so already when it was first seen. */
  readonly forMsOf: (labels: Readonly<Record<string, string>>) => number;
}

/** What is seen of one label set. */
interface Seen {
  readonly labels: Readonly<Record<string, string>>;
  readonly forState: Series[];
  readonly firing: Series[];
}

/**
 * The lives of alerts, put together from the series that the evaluator writes at each tick: `ALERTS_FOR_STATE`
 * tells one life from the next, as its value is when that began. Those that overlap `[fromMs, toMs]`, by when
 * they began, the newest first.
 */
export function livesOf(input: LivesInput): AlertLife[] {
  const lives: AlertLife[] = [];
  for (const seen of bySubject(input.series)) lives.push(...livesOfOne(seen, input));
  return lives
    .filter(({ activeAtMs, endedAtMs }) => {
      return activeAtMs <= input.toMs && (endedAtMs ?? input.nowMs) >= input.fromMs;
    })
    .sort((a, b) => b.activeAtMs - a.activeAtMs || (a.fingerprint < b.fingerprint ? -1 : 1));
}

function bySubject(series: readonly Series[]): Iterable<Seen> {
  const found = new Map<string, Seen>();
  for (const one of series) {
    const { [METRIC_NAME]: name, alertstate, ...labels } = labelsToObject(one.labels);
    if (alertstate === 'pending' || labelValue(one.labels, 'alertname') === '') continue;
    const key = JSON.stringify(Object.entries(labels));
    const seen = found.get(key) ?? { labels, forState: [], firing: [] };
    found.set(key, seen);
    if (name === 'ALERTS_FOR_STATE') seen.forState.push(one);
    else if (name === 'ALERTS') seen.firing.push(one);
  }
  return found.values();
}

/** An instant of `ALERTS_FOR_STATE`; `sinceMs` is absent where the series ended. */
interface Instant {
  readonly atMs: number;
  readonly sinceMs: number | undefined;
}

interface Span {
  readonly sinceMs: number;
  readonly firstMs: number;
  lastMs: number;
  endedAtMs?: number;
}

function livesOfOne({ labels, forState, firing }: Seen, input: LivesInput): AlertLife[] {
  const id = fingerprint(labels);
  const fires = firing.flatMap(presentTimes).sort((a, b) => a - b);
  return spansOf(forState.flatMap(instantsOf)).map((span): AlertLife => {
    const isOpen = span.endedAtMs === undefined && input.nowMs - span.lastMs <= input.openMs;
    const endedAtMs = isOpen ? undefined : (span.endedAtMs ?? span.lastMs);
    const fired = fires.find((atMs) => atMs >= span.firstMs && atMs <= span.lastMs);
    // It fired before what was read begins.
    const wasFiring = fired === span.firstMs && span.firstMs - span.sinceMs > input.openMs;
    const firedAtMs = wasFiring
      ? Math.min(span.firstMs, span.sinceMs + input.forMsOf(labels))
      : fired;
    return {
      fingerprint: id,
      labels,
      activeAtMs: span.sinceMs,
      ...(firedAtMs === undefined ? {} : { firedAtMs }),
      ...(endedAtMs === undefined ? {} : { endedAtMs }),
    };
  });
}

function spansOf(instants: readonly Instant[]): Span[] {
  const spans: Span[] = [];
  for (const { atMs, sinceMs } of instants.toSorted((a, b) => a.atMs - b.atMs)) {
    const last = spans.at(-1);
    if (sinceMs === undefined) {
      if (last !== undefined) last.endedAtMs ??= atMs;
    } else if (last?.sinceMs === sinceMs) {
      // A gap in what was written: it is the same.
      last.lastMs = atMs;
      delete last.endedAtMs;
    } else {
      // Ended and begun anew between two instants.
      if (last !== undefined) last.endedAtMs ??= Math.max(last.lastMs, Math.min(atMs, sinceMs));
      spans.push({ sinceMs, firstMs: atMs, lastMs: atMs });
    }
  }
  return spans;
}

function instantsOf({ timestamps, values }: Series): Instant[] {
  return Array.from(timestamps, (atMs, i) => ({
    atMs,
    sinceMs: isStaleAt(values, i) ? undefined : (values[i] ?? Number.NaN) * 1000,
  }));
}

function presentTimes({ timestamps, values }: Series): number[] {
  return [...timestamps].filter((_, i) => !isStaleAt(values, i));
}
