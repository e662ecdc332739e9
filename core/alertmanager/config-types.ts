import type { IntegrationSettings } from './integration-types.ts';
import type { LabelMatcher } from './matcher.ts';
import type { TimeInterval } from './time-interval.ts';

/** An Alertmanager configuration, read and checked. */
export interface AlertmanagerConfig {
  /** The file's text as it was given, for `/api/v2/status`. */
  readonly original: string;
  readonly route: Route;
  /** By name, each referenced by a route or an escalation at least once or not at all. */
  readonly receivers: ReadonlyMap<string, Receiver>;
  readonly inhibitRules: readonly InhibitRule[];
  /** `time_intervals` and `mute_time_intervals`, by name. */
  readonly timeIntervals: ReadonlyMap<string, readonly TimeInterval[]>;
  /** Texts of the files that `templates` names, in order. */
  readonly templates: readonly string[];
}

/** A node of the routing tree; what a child leaves out is its parent's. */
export interface Route {
  /**
   * Unique in the tree and stable while the node is: the matchers from the root on, as Alertmanager
   * writes them (`{}/{severity="critical"}`), with the node's index among siblings that have the same.
   */
  readonly id: string;
  readonly receiver: string;
  /** `all`: each alert is a group of its own (`group_by: ['...']`). */
  readonly groupBy: readonly string[] | 'all';
  readonly groupWaitMs: number;
  readonly groupIntervalMs: number;
  readonly repeatIntervalMs: number;
  readonly matchers: readonly LabelMatcher[];
  readonly muteTimeIntervals: readonly string[];
  readonly activeTimeIntervals: readonly string[];
  /** Siblings after it are tried too. */
  readonly continue: boolean;
  readonly routes: readonly Route[];
}

/** While a source alert fires, target alerts that agree with it in the labels `equal` are muted. */
export interface InhibitRule {
  readonly sourceMatchers: readonly LabelMatcher[];
  readonly targetMatchers: readonly LabelMatcher[];
  readonly equal: readonly string[];
}

/** Somebody who is told, in one or several ways. */
export interface Receiver {
  readonly name: string;
  /** None: alerts that come here are told to nobody. */
  readonly integrations: readonly Integration[];
}

/** One way in which a receiver is told. */
export interface Integration {
  /** Its place among those of its kind, from 0. */
  readonly index: number;
  /** Tell it that an alert is over, too. */
  readonly sendResolved: boolean;
  readonly settings: IntegrationSettings;
}
