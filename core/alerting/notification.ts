/** One alert inside a notification. Labels include `alertname`; times are ms since 1970. */
export interface NotifiedAlert {
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Value of the rule's expression when last seen. */
  readonly value: number;
  readonly startsAtMs: number;
  /** Only when resolved. */
  readonly endsAtMs?: number;
}

/** What is published to people: alerts of one name and status that one tick found together. */
export interface Notification {
  /** Unique for ever: the same notification published twice has the same id. */
  readonly id: string;
  readonly status: 'firing' | 'resolved';
  readonly severity: Severity;
  /** At least one. */
  readonly alerts: readonly NotifiedAlert[];
}

/** Chooses the topic. From the label `severity`; any other value, or none, counts as `warning`. */
export type Severity = 'critical' | 'warning' | 'info';
export const SEVERITIES: readonly Severity[] = ['critical', 'warning', 'info'];
