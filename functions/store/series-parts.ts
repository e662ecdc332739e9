import { phaseMs } from '../../core/host-minute.ts';
import { between, joinTiers } from '../../core/rollup/join-tiers.ts';
import { type Labels, labelsKey } from '../../core/series/labels.ts';
import type { Series } from '../../core/series/series.ts';
import { HOUR_MS } from '../../core/time.ts';
import { writerName } from './item-keys.ts';
import type { Tier, TierOf } from './tiers.ts';

/** A part of a series as one item has it. */
interface Part {
  readonly tier: Tier;
  /** A host, or `@` and a sender. */
  readonly writer: string;
  readonly series: Series;
}

/** Parts of series from all tiers, and the series they make. */
export class SeriesParts {
  readonly #parts = new Map<string, Part[]>();
  readonly #phases = new Map<string, number>();

  /** A part of points of an hour may have many hours; any other has one at most. */
  add(tier: Tier, writer: string, series: Series): void {
    if (series.timestamps.length === 0) return;
    const key = labelsKey(series.labels);
    const known = this.#parts.get(key);
    const part = { tier, writer, series };
    if (known === undefined) this.#parts.set(key, [part]);
    else known.push(part);
  }

  /** Each wanted series of what `tierOf` says its hours are read from. */
  join(want: (labels: Labels) => boolean, tierOf: TierOf): Series[] {
    const joined: Series[] = [];
    for (const parts of this.#parts.values()) {
      const [first] = parts;
      if (first === undefined || !want(first.series.labels)) continue;
      const taken = parts.flatMap((part) => this.#taken(part, tierOf));
      if (taken.length === 0) continue;
      taken.sort((a, b) => (a.timestamps[0] ?? 0) - (b.timestamps[0] ?? 0));
      joined.push(joinTiers(taken));
    }
    return joined;
  }

  /** What of a part lies in hours that are read from its tier. */
  #taken({ tier, writer, series }: Part, tierOf: TierOf): Series[] {
    const { timestamps } = series;
    const phase = this.#phaseOf(writer);
    const hourAt = (row: number) => Math.floor(((timestamps[row] ?? 0) - phase) / HOUR_MS);
    if (tier !== 'hour') return tierOf(writer, hourAt(0)) === tier ? [series] : [];
    const runs: Series[] = [];
    let from = 0;
    for (let row = 0; row <= timestamps.length; row++) {
      const isTaken = row < timestamps.length && tierOf(writer, hourAt(row)) === tier;
      if (isTaken) continue;
      if (row > from)
        runs.push(between(series, timestamps[from] ?? 0, (timestamps[row - 1] ?? 0) + 1));
      from = row + 1;
    }
    return runs;
  }

  #phaseOf(writer: string): number {
    const known = this.#phases.get(writer);
    if (known !== undefined) return known;
    const phase = phaseMs(writerName(writer));
    this.#phases.set(writer, phase);
    return phase;
  }
}
