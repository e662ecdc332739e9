import type { MatcherAnswer } from './alert-board.ts';
import type { ExplainedIntegration } from './explain.ts';

/** `GET /api/v1/routing`: who is told of what, as it is configured. Times are ms since 1970. */
export interface RoutingAnswer {
  /** The server's clock as it answered. */
  readonly atMs: number;
  readonly route: RouteNode;
  /** By name. */
  readonly receivers: readonly RoutingReceiver[];
  readonly timeIntervals: readonly RoutingTimeInterval[];
  readonly inhibitRules: readonly RoutingInhibitRule[];
  readonly escalations: readonly RoutingEscalation[];
  /** What is wrong in the files, a line each. */
  readonly errors: readonly string[];
  /** What holds instead of files that can't be used; absent: they hold. */
  readonly instead?: string;
}

/** A matcher, and how Alertmanager writes it. */
export interface RoutingMatcher extends MatcherAnswer {
  readonly text: string;
}

export interface RouteNode {
  /** Unique in the tree, and stable while the node is. */
  readonly id: string;
  /** None: it fits all. */
  readonly matchers: readonly RoutingMatcher[];
  readonly receiver: string;
  /** `all`: each alert by itself. */
  readonly groupBy: readonly string[] | 'all';
  readonly groupWaitMs: number;
  readonly groupIntervalMs: number;
  readonly repeatIntervalMs: number;
  /** After it its siblings are tried too. */
  readonly continue: boolean;
  readonly muteTimeIntervals: readonly string[];
  readonly activeTimeIntervals: readonly string[];
  /** The intervals for which it says nothing just now. */
  readonly mutedBy: readonly string[];
  readonly routes: readonly RouteNode[];
}

export interface RoutingReceiver {
  readonly name: string;
  /** None: what comes here is told to nobody. */
  readonly integrations: readonly ExplainedIntegration[];
}

export interface RoutingTimeInterval {
  readonly name: string;
  readonly holdsNow: boolean;
  /** It holds when one of these does. */
  readonly parts: readonly RoutingTimePart[];
}

/** All that is given must hold; an empty list holds always. Ranges include both ends, but for `times`. */
export interface RoutingTimePart {
  /** Minutes of the day: from, to (exclusive, up to 1440). */
  readonly times: readonly (readonly [number, number])[];
  /** 0 Sunday to 6 Saturday. */
  readonly weekdays: readonly (readonly [number, number])[];
  /** 1 to 31, or negative from the end of the month. */
  readonly daysOfMonth: readonly (readonly [number, number])[];
  /** 1 to 12. */
  readonly months: readonly (readonly [number, number])[];
  readonly years: readonly (readonly [number, number])[];
  /** IANA name of the time zone. */
  readonly location: string;
}

export interface RoutingInhibitRule {
  readonly source: readonly RoutingMatcher[];
  readonly target: readonly RoutingMatcher[];
  /** Labels in which both must agree. */
  readonly equal: readonly string[];
}

export interface RoutingEscalation {
  /** None: all alerts. */
  readonly matchers: readonly RoutingMatcher[];
  readonly from: string;
  readonly to: string;
  /** Since the first message, while nobody has acknowledged. */
  readonly afterMs: number;
}

/** `POST /api/v1/routing/test`: where an alert with these labels would go just now. */
export interface RoutingTestAnswer {
  readonly atMs: number;
  /** As given, but for empty ones, which count as absent. */
  readonly labels: Readonly<Record<string, string>>;
  /** An alert with just these labels fires now; absent: none does. */
  readonly firing?: { readonly fingerprint: string; readonly sinceMs: number };
  /** Every route that was looked at and those left out right behind it, in the tree's order. */
  readonly steps: readonly RoutingStep[];
  /** The routes that take it, in order. */
  readonly taken: readonly TakenRoute[];
  /** Active silences that fit. */
  readonly silences: readonly RoutingSilence[];
  /** Of rules whose target it is, in order. */
  readonly inhibitions: readonly RoutingInhibition[];
  /** Would somebody be told of it just now: not silenced, not inhibited, and not muted everywhere? */
  readonly isTold: boolean;
}

/** What a route did with the alert. */
export type RoutingStep =
  | { readonly id: string; readonly outcome: 'taken' }
  /** It fits, and a route below it takes the alert. */
  | { readonly id: string; readonly outcome: 'passed' }
  /** The first matcher that fails, and what the alert has instead; `''`: it has no such label. */
  | {
      readonly id: string;
      readonly outcome: 'refused';
      readonly matcher: RoutingMatcher;
      readonly has: string;
    }
  /** It was not looked at: a route before it took the alert and does not say `continue`. */
  | { readonly id: string; readonly outcome: 'untried'; readonly takenBy: string };

export interface TakenRoute {
  readonly id: string;
  readonly receiver: string;
  readonly integrations: readonly ExplainedIntegration[];
  readonly groupBy: readonly string[] | 'all';
  readonly groupKey: string;
  readonly groupLabels: Readonly<Record<string, string>>;
  readonly groupWaitMs: number;
  readonly groupIntervalMs: number;
  readonly repeatIntervalMs: number;
  /** The intervals for which it says nothing just now; empty: it speaks. */
  readonly mutedBy: readonly string[];
  /** The group as it is; absent: the alert would begin it. */
  readonly group?: { readonly alerts: number; readonly nextFlushMs: number };
  /** Who is told next, one after the other, unless somebody acknowledges. */
  readonly escalations: readonly { readonly to: string; readonly afterMs: number }[];
}

export interface RoutingSilence {
  readonly id: string;
  readonly matchers: readonly string[];
  readonly createdBy: string;
  readonly comment: string;
  readonly endsAtMs: number;
}

export interface RoutingInhibition {
  /** Its place in `inhibitRules`. */
  readonly rule: number;
  /** The alert that mutes it now; absent: none does. */
  readonly by?: {
    readonly fingerprint: string;
    readonly labels: Readonly<Record<string, string>>;
  };
}
