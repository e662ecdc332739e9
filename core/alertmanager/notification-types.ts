import type { AlertLabels } from './matcher.ts';

/** One alert as people are told of it. Times are ms since 1970. */
export interface NotifiedAlert {
  readonly status: 'firing' | 'resolved';
  /** 16 hex digits made of the labels; the same as Alertmanager's. */
  readonly fingerprint: string;
  readonly labels: AlertLabels;
  readonly annotations: Readonly<Record<string, string>>;
  /** Value of the rule's expression when last seen; may be NaN or infinite. */
  readonly value: number;
  /** The rule's expression; absent for an alert that is not of a rule. */
  readonly expr?: string;
  /** When it began to fire. */
  readonly startsAtMs: number;
  /** Since when its condition holds, where that had to last for a while (`for`) before it fired. */
  readonly activeAtMs?: number;
  /** Only when resolved. */
  readonly endsAtMs?: number;
  /** Where the rule's expression can be looked at; `''` when there is no such place. */
  readonly generatorUrl: string;
  /** The alert stands on what was last known: since when nothing is heard of what it is about. */
  readonly noDataSinceMs?: number;
  /** It came and went so often that single comings and goings are not told any more. */
  readonly flapping?: Flapping;
}

export interface Flapping {
  /** How often it began to fire since `sinceMs`. */
  readonly times: number;
  readonly sinceMs: number;
  /** It counts as over when it was quiet for so long. */
  readonly quietMs: number;
}

/** What one integration of one receiver is told about one group of alerts, at one time. */
export interface Notification {
  /** Unique for ever: what is sent twice has the same id. Printable ASCII without spaces. */
  readonly id: string;
  readonly receiver: string;
  /** Which integration: `<kind>[<index>]`, `sns[0]`. */
  readonly integration: string;
  /** The group: its route's id and its labels, as Alertmanager writes it. */
  readonly groupKey: string;
  readonly groupLabels: AlertLabels;
  /** `firing` while one alert at least fires. */
  readonly status: 'firing' | 'resolved';
  /** All that fire (the news and the rest of the group), then those over since the last message. */
  readonly alerts: readonly NotifiedAlert[];
  /** When it was decided. */
  readonly atMs: number;
  /** Said before with the same firing alerts: this is `repeat_interval`'s reminder. */
  readonly repeated: boolean;
  /** Nobody has acknowledged what this receiver was told: hence this message. */
  readonly escalatedFrom?: string;
}
