import type { AcknowledgementAnswer, SilenceAnswer } from './alert-board.ts';

/** `GET /api/v1/alerts/explain`: why there is, or was, an alert, and who heard of it. Times are ms since 1970. */
export interface AlertExplanation {
  /** The server's clock as it answered. */
  readonly atMs: number;
  readonly fingerprint: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly life: AlertLife;
  /** Absent: it is in no rule file any more. */
  readonly rule?: ExplainedRule;
  readonly samples: ExplainedSamples;
  /** Active ones that fit it. */
  readonly silences: readonly SilenceAnswer[];
  /** What mutes it while it fires itself. */
  readonly inhibitions: readonly Inhibition[];
  readonly acknowledgement?: AcknowledgementAnswer;
  /** Every route that was looked at, from the root on, in order. */
  readonly routes: readonly RouteStep[];
  /** One for each route that takes it, in order. */
  readonly groups: readonly ExplainedGroup[];
  readonly deliveries: readonly ExplainedDelivery[];
  /** Deliveries were so many that not all of the time was looked through. */
  readonly isDeliveriesCut: boolean;
  /** What is not as it should be: samples that could not be read. A line each. */
  readonly warnings: readonly string[];
  /** Of the table, for the samples; estimated from the sizes that the inventory knows. */
  readonly readUnits: number;
}

export interface AlertLife {
  /** `gone`: pending, and over before it fired. */
  readonly state: 'pending' | 'firing' | 'resolved' | 'gone';
  /** When last seen; a text where JSON has no such number; absent where it is not kept. */
  readonly value?: number | string;
  /** Since when its condition held. */
  readonly activeAtMs: number;
  /** Absent: it has not fired. */
  readonly firedAtMs?: number;
  readonly endedAtMs?: number;
  readonly keepFiringSinceMs?: number;
  readonly noDataSinceMs?: number;
  /** It came and went so often that single comings and goings are not told. */
  readonly flapping?: { readonly times: number; readonly sinceMs: number };
  /** Known to the minute only: it was put together from what is kept of past alerts. */
  readonly isFromHistory: boolean;
}

export interface ExplainedRule {
  readonly file: string;
  readonly group: string;
  readonly name: string;
  readonly expr: string;
  readonly forMs: number;
  readonly keepFiringForMs: number;
  /** Between two evaluations. */
  readonly intervalMs: number;
  /** Why it could not be evaluated when it was last due. */
  readonly error?: string;
}

/** What the rule saw of what the alert is about; a row of a chart for each condition. */
export interface ExplainedSamples {
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
  /** The instants, rising. */
  readonly timesMs: readonly number[];
  readonly conditions: readonly ExplainedCondition[];
}

/** One comparison of the rule's expression, or what it has instead. */
export interface ExplainedCondition {
  /** What is compared. */
  readonly expr: string;
  /** The metric that says the unit; absent: none, or several. */
  readonly metric?: string;
  readonly op?: '==' | '!=' | '>' | '<' | '>=' | '<=';
  /** What it is compared with, where that is a number. */
  readonly threshold?: number;
  /** Of the alert's own series, one value for each instant; `null`: none. */
  readonly series: readonly ExplainedSeries[];
  /** So many more series fit. */
  readonly seriesLeftOut: number;
}

export interface ExplainedSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly values: readonly (number | null)[];
}

export interface Inhibition {
  /** Of the alert that mutes this one. */
  readonly fingerprint: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly sinceMs: number;
  /** The rule: `{alertname="HostDown"}` mutes `{...}` where `equal` agree. */
  readonly source: string;
  readonly target: string;
  readonly equal: readonly string[];
}

/** A node of the routing tree as it was met. */
export interface RouteStep {
  readonly id: string;
  /** 0 for the root. */
  readonly depth: number;
  /** As Alertmanager writes them; empty: fits all. */
  readonly matchers: readonly string[];
  readonly fits: boolean;
  /** The alert is told by this very route: none of its children took it. */
  readonly takes: boolean;
  /** After it its siblings are tried too. */
  readonly continue: boolean;
  readonly receiver: string;
  /** `all`: each alert by itself. */
  readonly groupBy: readonly string[] | 'all';
  readonly groupWaitMs: number;
  readonly groupIntervalMs: number;
  readonly repeatIntervalMs: number;
  readonly muteTimeIntervals: readonly string[];
  readonly activeTimeIntervals: readonly string[];
  /** The intervals for which it says nothing just now. */
  readonly mutedBy: readonly string[];
}

export interface ExplainedGroup {
  readonly routeId: string;
  readonly receiver: string;
  readonly groupKey: string;
  readonly groupLabels: Readonly<Record<string, string>>;
  /** How the receiver is told, `sns[0]` each; none: nobody is. */
  readonly integrations: readonly ExplainedIntegration[];
  /** Other alerts of the group that fire. */
  readonly others: number;
  /** Nothing more is told before; absent: there is no such group now. */
  readonly nextFlushMs?: number;
  /** Who is told next, unless somebody acknowledges. */
  readonly escalations: readonly { readonly to: string; readonly afterMs: number }[];
}

export interface ExplainedIntegration {
  /** `sns[0]`. */
  readonly name: string;
  readonly target: TargetKind;
  /** What tells it from others of its kind, without secrets: a topic's name, a channel; `''`: nothing does. */
  readonly of: string;
  readonly sendResolved: boolean;
}

export type TargetKind =
  | 'topic'
  | 'phone'
  | 'device'
  | 'webhook'
  | 'slack'
  | 'msteams'
  | 'pagerduty'
  | 'ntfy'
  | 'push'
  | 'other';

/** One message and what became of it. */
export interface ExplainedDelivery {
  readonly notificationId: string;
  readonly receiver: string;
  readonly integration: string;
  readonly target: TargetKind;
  readonly of: string;
  /** What it said of this alert. */
  readonly told: 'firing' | 'resolved';
  readonly decidedAtMs: number;
  readonly repeated: boolean;
  readonly escalatedFrom?: string;
  /** With so many other alerts. */
  readonly others: number;
  /** `waiting`: not tried yet, or to be tried again. */
  readonly result: 'accepted' | 'failed' | 'gave_up' | 'waiting';
  /** When the last attempt ended; absent: there was none. */
  readonly endedAtMs?: number;
  readonly tries: number;
  /** Why it failed, or what the other side answered; `''`: nothing. */
  readonly reason: string;
}
