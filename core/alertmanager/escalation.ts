import type { LabelMatcher } from './matcher.ts';

/**
 * If nobody has acknowledged an alert that a receiver was told of, the next one is told too. Not a
 * part of Alertmanager's configuration, so it has a file of its own.
 */
export interface Escalation {
  /** Only of alerts that fit. */
  readonly matchers: readonly LabelMatcher[];
  /** Who was told first. */
  readonly from: string;
  /** Who is told next. */
  readonly to: string;
  /** Since the first message about the alert, while it fires unacknowledged. */
  readonly afterMs: number;
}
