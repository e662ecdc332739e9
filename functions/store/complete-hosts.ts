import { type Labels, labelValue, METRIC_NAME } from '../../core/series/labels.ts';
import type { Series } from '../../core/series/series.ts';

/** The agent's word for how long its samples have told all there was; it says 3600 at most. */
const COMPLETE_SECONDS = 'hypervigil_agent_complete_seconds';
export const COMPLETE_AT_MOST_MS = 3_600_000;

/** Its label `boot` tells two machines under one name apart, of which each speaks for itself only. */
const INFO = 'host_info';
const BOOT = 'boot';

/** What must be known of a host for its newest samples to be enough. */
export interface Wanted {
  /** The newest sample of each series at or before it counts, */
  readonly instantMs: number;
  /** if it is after this one. */
  readonly fromMs: number;
  /** From this minute of the host on, up to the instant, all was read. */
  readonly firstMinute: number;
}

/** Is a series needed to know whether a host's newest samples are enough? */
export function tellsOfCompleteness(labels: Labels): boolean {
  const name = labelValue(labels, METRIC_NAME);
  return name === COMPLETE_SECONDS || name === INFO;
}

/** What hosts' own chunks, as far as they were read, say of how complete they are. */
export class CompleteHosts {
  readonly #claims = new Map<string, { readonly minute: number; readonly series: Series }[]>();
  readonly #boots = new Map<string, Set<string>>();
  readonly #doubtful = new Set<string>();

  /** Takes a part of a series for which `tellsOfCompleteness`. */
  note(host: string, minute: number, series: Series): void {
    if (labelValue(series.labels, METRIC_NAME) === INFO) {
      const boots = this.#boots.get(host) ?? new Set();
      this.#boots.set(host, boots.add(labelValue(series.labels, BOOT)));
      return;
    }
    const claims = this.#claims.get(host);
    if (claims === undefined) this.#claims.set(host, [{ minute, series }]);
    else claims.push({ minute, series });
  }

  /**
   * Somebody else wrote a series with this host's name. If it is one of the host's own, a marker in an
   * older minute may end it.
   */
  doubt(host: string): void {
    this.#doubtful.add(host);
  }

  /**
   * Would older minutes of the host add nothing? So it is if any sample at or before the instant tells
   * all since `fromMs`: what is not in that sample has ended, and what came after it was read.
   */
  has(host: string, { instantMs, fromMs, firstMinute }: Wanted): boolean {
    if (this.#doubtful.has(host) || (this.#boots.get(host)?.size ?? 0) > 1) return false;
    return (this.#claims.get(host) ?? []).some(
      ({ minute, series: { timestamps, values } }) =>
        minute >= firstMinute &&
        timestamps.some(
          (at, i) => at <= instantMs && at - (values[i] ?? Number.NaN) * 1000 <= fromMs,
        ),
    );
  }
}
