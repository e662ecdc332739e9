/** An advisory that is known of and lived with for a while. */
export interface Accepted {
  /** `GHSA-...` */
  readonly id: string;
  /** Why it can't hurt here. */
  readonly reason: string;
  /** Until when, at most: a day such as 2026-12-31, in UTC. */
  readonly until: string;
}

/** Advisories that fail no audit. */
export const ACCEPTED: readonly Accepted[] = [];
