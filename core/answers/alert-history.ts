/** `GET /api/v1/alerts/history`: what fired, how often and how long. Times are ms since 1970. */
export interface AlertHistory {
  readonly fromMs: number;
  readonly toMs: number;
  /** How wide the bars of `RuleHistory.perBucket` are. */
  readonly bucketMs: number;
  /** When the first bar begins. */
  readonly bucketsFromMs: number;
  /** The noisiest first. */
  readonly rules: readonly RuleHistory[];
  /** A page of them, the newest first. */
  readonly alerts: readonly PastAlert[];
  readonly alertsTotal: number;
  /** Ask again with it as `cursor` for the next page; absent: there are no more. */
  readonly next?: string;
  /** Messages are counted from here on: there were too many to look at all. Absent: all are counted. */
  readonly notificationsFromMs?: number;
  readonly warnings: readonly string[];
  /** Of the table; estimated from the sizes that the inventory knows. */
  readonly readUnits: number;
}

export interface RuleHistory {
  /** The alert's name. */
  readonly name: string;
  /** `''`: alerts of it differ, or have none. */
  readonly severity: string;
  /** How often it began to fire, or did already. */
  readonly fired: number;
  /** How often it was pending and over before it fired. */
  readonly gone: number;
  /** Of how many different alerts. */
  readonly alerts: number;
  readonly firingNow: number;
  /** All its firings together, within the time. */
  readonly firingMs: number;
  /** Of the firings that are over; absent: none is. */
  readonly medianMs?: number;
  /** Firings over within `SHORT_MS`. */
  readonly short: number;
  /** Firings that came back within `BACK_MS` after the same alert was over. */
  readonly flaps: number;
  /** Messages that told of it. */
  readonly notifications: number;
  /** Firings that began in each bucket. */
  readonly perBucket: readonly number[];
  /** Why it stands out; empty: it does not. */
  readonly noise: readonly Noise[];
}

/** `short`: most firings are over before anybody could do a thing. `flapping`: the same comes back again and again. `often`: it fires several times a day. */
export type Noise = 'short' | 'flapping' | 'often';

export interface PastAlert {
  readonly fingerprint: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Since when its condition held. */
  readonly activeAtMs: number;
  /** Absent: it was over before it fired. */
  readonly firedAtMs?: number;
  /** Absent: it goes on. */
  readonly endedAtMs?: number;
  /** Messages that told of this firing. */
  readonly notifications: number;
}
