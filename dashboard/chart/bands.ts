import type { Lines } from './lines.ts';
import { gridEndMs, type TimeSpan } from './range.ts';

/** A time in which an alert was pending or firing. */
export interface AlertBand extends TimeSpan {
  readonly alertname: string;
  readonly state: 'firing' | 'pending';
  readonly severity: string;
  /** What tells it from others of its name: device, mountpoint ... */
  readonly labels: Readonly<Record<string, string>>;
}

/** Labels that say which alert it is, and not of what. */
const OF_ALERT = new Set(['__name__', 'metric', 'alertname', 'alertstate', 'severity']);

/** A chart of many alerts is no more read than none. */
const BANDS_MOST = 200;

/**
 * The times alerts were pending and firing, from the series `ALERTS`, oldest first. A step belongs to a band that is
 * there at its end, so a band begins a step before its first sample; a firing alert hides that it was pending.
 */
export function alertBands({ grid, lines }: Lines): AlertBand[] {
  const bands: AlertBand[] = [];
  const firing = new Set<string>();
  const byState = [...lines].sort((a, b) => stateRank(a.labels) - stateRank(b.labels));
  for (const { labels, values } of byState) {
    const state = labels['alertstate'] === 'firing' ? 'firing' : 'pending';
    const own = Object.entries(labels).filter(([name]) => !OF_ALERT.has(name));
    const key = JSON.stringify([labels['alertname'], own.sort(([a], [b]) => (a < b ? -1 : 1))]);
    const isThere = values.map((value, i) => {
      if (value === null) return false;
      if (state === 'firing') firing.add(`${key}/${i}`);
      return state === 'firing' || !firing.has(`${key}/${i}`);
    });
    for (const { fromMs, toMs } of spansOf(isThere, grid))
      bands.push({
        fromMs,
        toMs,
        alertname: labels['alertname'] ?? '',
        state,
        severity: labels['severity'] ?? '',
        labels: Object.fromEntries(own),
      });
  }
  return bands.sort((a, b) => a.fromMs - b.fromMs).slice(-BANDS_MOST);
}

function stateRank(labels: Readonly<Record<string, string>>): number {
  return labels['alertstate'] === 'firing' ? 0 : 1;
}

/** The times in which something holds, each a step longer than its first and last instant are apart. */
function spansOf(
  holds: readonly boolean[],
  grid: { readonly startMs: number; readonly count: number; readonly stepMs: number },
): TimeSpan[] {
  const spans: TimeSpan[] = [];
  const { startMs, stepMs } = grid;
  const endMs = gridEndMs(grid);
  let first: number | undefined;
  for (let i = 0; i <= holds.length; i++) {
    if (holds[i]) {
      first ??= i;
      continue;
    }
    if (first === undefined) continue;
    spans.push({
      fromMs: startMs + (first - 1) * stepMs,
      toMs: Math.min(startMs + (i - 1) * stepMs, endMs),
    });
    first = undefined;
  }
  return spans;
}
