/** `GET /api/v1/alerts/board`: all that fires, will fire or did a moment ago. Times are ms since 1970. */
export interface AlertBoard {
  /** The server's clock as it answered. */
  readonly atMs: number;
  /** When rules were evaluated last; 0: never. */
  readonly lastTickMs: number;
  /** The most urgent first: firing before pending before resolved, by severity, the newest first. */
  readonly alerts: readonly BoardAlert[];
  /** Of those that are asked for, whether they are in `alerts` or not. */
  readonly counts: BoardCounts;
  /** So many are asked for and not in `alerts`: they were too many. */
  readonly alertsLeftOut: number;
  /** Active and pending ones, and those over for a few days. */
  readonly silences: readonly SilenceAnswer[];
}

export interface BoardCounts {
  /** Told just now: neither silenced nor inhibited nor muted by time. */
  readonly firing: number;
  readonly pending: number;
  /** Firing and not told: silenced, inhibited, or muted by time. */
  readonly muted: number;
  /** Firing, told or not, on what was last known. */
  readonly noData: number;
  readonly resolved: number;
}

export interface BoardAlert {
  /** 16 hex digits made of the labels; the same as Alertmanager's. */
  readonly fingerprint: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: 'firing' | 'pending' | 'resolved';
  /** Of the rule's expression when it last gave one; a text where JSON has no such number: `NaN`, `+Inf`. */
  readonly value: number | string;
  /** Since when the expression gives a value. */
  readonly activeAtMs: number;
  readonly firedAtMs?: number;
  readonly resolvedAtMs?: number;
  /** Since when it fires only because of `keep_firing_for`. */
  readonly keepFiringSinceMs?: number;
  /** Since when nothing is heard of what it is about. */
  readonly noDataSinceMs?: number;
  readonly flapping?: { readonly times: number; readonly sinceMs: number };
  /** Ids of silences. */
  readonly silencedBy: readonly string[];
  /** Fingerprints of the alerts that inhibit it. */
  readonly inhibitedBy: readonly string[];
  /** Names of time intervals that mute every one of its groups. */
  readonly mutedBy: readonly string[];
  /** One for each route that takes it. */
  readonly groups: readonly BoardGroup[];
  readonly acknowledgement?: AcknowledgementAnswer;
  /** The rule's expression, as its file has it; absent where the rule is gone. */
  readonly expr?: string;
  /** The metric that says the unit of `value`; absent: none, or several. */
  readonly metric?: string;
}

/** The group that an alert is told in. */
export interface BoardGroup {
  readonly receiver: string;
  /** As the routing has it. */
  readonly routeId: string;
  readonly groupLabels: Readonly<Record<string, string>>;
}

export interface AcknowledgementAnswer {
  readonly by: string;
  /** `''`: nothing was said. */
  readonly note: string;
  readonly atMs: number;
  readonly untilMs: number;
}

export interface SilenceAnswer {
  readonly id: string;
  readonly state: 'active' | 'pending' | 'expired';
  readonly matchers: readonly MatcherAnswer[];
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  readonly createdBy: string;
  readonly comment: string;
}

/** As Alertmanager's API has one. */
export interface MatcherAnswer {
  readonly name: string;
  readonly value: string;
  readonly isRegex: boolean;
  readonly isEqual: boolean;
}
