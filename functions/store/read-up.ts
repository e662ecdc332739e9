import { type HostSamples, upSeries } from '../../core/alerting/up.ts';
import { MINUTE_MS } from '../../core/host-minute.ts';
import type { HostEntry } from '../../core/inventory/entry.ts';
import { matchesAll } from '../../core/rules/written-samples.ts';
import { METRIC_NAME } from '../../core/series/labels.ts';
import type { Series } from '../../core/series/series.ts';
import type { Selection } from './selection.ts';
import type { Reporters } from './wanted-writers.ts';

/** `up` is not stored: it is made of what was read, as the evaluator makes it for rules. */
const UP = 'up';

/** How far before an instant a host's samples say whether it was up then, with batches of 2 minutes. */
export const UP_LOOKBACK_MS = 5 * MINUTE_MS;

/** A host silent for so long counts as taken out of service: it has no `up`. As ticks have it. */
const FORGET_HOST_MS = 7 * 24 * 3_600_000;

/** May `up{host}` satisfy it? */
export function wantsUp({ matchers }: Selection): boolean {
  return matchers.every(({ name, matches }) => {
    if (name === METRIC_NAME) return matches(UP);
    return name === 'host' || matches('');
  });
}

/** The hosts that may have an `up`, heard or silent. */
export function upHosts(
  selections: readonly Selection[],
  { hosts }: Reporters,
): Promise<readonly HostEntry[]> {
  return hosts(Math.min(...selections.map(({ fromMs }) => fromMs)) - FORGET_HOST_MS);
}

/**
 * `up` of every host a selection wants: of those that had a sample, and of those the inventory knows
 * and that are silent. Its samples stand on whole minutes, wherever a query begins.
 */
export function upOf(
  selections: readonly Selection[],
  assembly: { hosts: () => HostSamples[]; isDoubtful: (host: string) => boolean },
  inventory: readonly HostEntry[],
  nowMs: number,
): Series[] {
  const fromMs = Math.min(...selections.map((selection) => selection.fromMs));
  const toMs = Math.min(nowMs, Math.max(...selections.map((selection) => selection.toMs)));
  const first = Math.ceil(fromMs / MINUTE_MS) * MINUTE_MS;
  const last = Math.floor(toMs / MINUTE_MS) * MINUTE_MS;
  if (last < first) return [];
  const samples = new Map(assembly.hosts().map((host) => [host.host, host]));
  for (const { host, firstSeenMs, lastSeenMs } of inventory) {
    const known = samples.get(host);
    if (known === undefined && (firstSeenMs > toMs || toMs - lastSeenMs > FORGET_HOST_MS)) continue;
    // Whoever has no sample in what was read was silent since before it.
    const before =
      known === undefined ? Math.min(lastSeenMs, fromMs - UP_LOOKBACK_MS) : firstSeenMs;
    if (before >= (known?.timestamps[0] ?? toMs)) continue;
    samples.set(host, {
      host,
      timestamps: [before, ...(known?.timestamps ?? [])],
      batchIntervalMs: known?.batchIntervalMs,
    });
  }
  return [...samples.values()]
    .filter(({ host }) => !assembly.isDoubtful(host))
    .map((host) => upSeries(host, first, last))
    .filter(
      ({ labels, timestamps }) =>
        timestamps.length > 0 && selections.some(({ matchers }) => matchesAll(matchers, labels)),
    );
}
