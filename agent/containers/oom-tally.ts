interface Tally {
  total: number;
  /** What the control group said last; 0 for a new one. */
  inGroup: number;
  /** Kills that the control group told of since the container was started. */
  countedInRun: number;
  /** The end that was counted for its OOM kill, ms since 1970. */
  finishedAtMs: number;
}

/**
 * Counts OOM kills of each container beyond the life of its control group: when the kill ends the
 * container, the group goes with it before anyone could read its counter, and only the runtime
 * remembers. At most as many as containers are known.
 */
export class OomTally {
  readonly #tallies = new Map<string, Tally>();

  /** The counter of the group that the container has now; gives the total so far. */
  inGroup(fullId: string, kills: number): number {
    const tally = this.#of(fullId);
    // A counter that went back is that of a new group: all it has is new.
    const grown = kills >= tally.inGroup ? kills - tally.inGroup : kills;
    if (kills < tally.inGroup) tally.countedInRun = 0;
    tally.total += grown;
    tally.countedInRun += grown;
    tally.inGroup = kills;
    return tally.total;
  }

  /** The container has ended, killed for its memory or not; gives the total so far. */
  ended(fullId: string, oomKilled: boolean, finishedAtMs: number): number {
    const tally = this.#of(fullId);
    if (oomKilled && tally.finishedAtMs !== finishedAtMs && tally.countedInRun === 0) {
      tally.total += 1;
    }
    tally.finishedAtMs = finishedAtMs;
    tally.inGroup = 0;
    tally.countedInRun = 0;
    return tally.total;
  }

  keepOnly(fullIds: ReadonlySet<string>): void {
    for (const fullId of this.#tallies.keys()) {
      if (!fullIds.has(fullId)) this.#tallies.delete(fullId);
    }
  }

  #of(fullId: string): Tally {
    let tally = this.#tallies.get(fullId);
    if (tally === undefined) {
      tally = { total: 0, inGroup: 0, countedInRun: 0, finishedAtMs: 0 };
      this.#tallies.set(fullId, tally);
    }
    return tally;
  }
}
