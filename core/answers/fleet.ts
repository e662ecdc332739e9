/**
 * `GET /api/v1/fleet`: the whole fleet at one glance, in columns, since there may be 10,000 VMs. It has parts, each
 * with a version of its own; who says which versions it has is sent only what has changed.
 */
export interface FleetAnswer {
  /** To be said as `version` the next time. */
  readonly version: string;
  /** When the last tick was, ms since 1970; 0: there was none yet. */
  readonly asOfMs: number;
  /**
   * How long ago that was, in whole minutes, where it is so long that states say how it was: by the API's clock, since
   * a browser's may be wrong.
   */
  readonly staleMs?: number;
  /** Absent, as all that follows, where the version says that it is known. */
  readonly layout?: FleetLayout;
  /** All states; or `changes`. */
  readonly states?: FleetStates;
  /** What differs from the states that the version names. */
  readonly changes?: FleetChanges;
  /** `null`: the token is not for alerts. */
  readonly alerts?: FleetAlerts | null;
  /** Of the metric that was asked for. */
  readonly values?: FleetValues;
}

/** Who there is. Hosts are in the order of their names, VMs host by host, there in the order of their names. */
export interface FleetLayout {
  readonly hosts: readonly string[];
  /** Sets of tags that hosts have, each once. */
  readonly tagSets: readonly Readonly<Record<string, string>>[];
  /** Of each host the index of its set. */
  readonly tagsOf: readonly number[];
  /** How many VMs each host has. */
  readonly vmCounts: readonly number[];
  readonly vms: readonly string[];
}

/**
 * `GET /api/v1/fleet?ids=true`: the UUIDs of the VMs. They are three quarters of all there is to send, and nobody
 * sees them, so they are asked for once the fleet is there.
 */
export interface FleetIds {
  /** Of which layout: what its version in `FleetAnswer` begins with. */
  readonly layout: string;
  /** As `shortId` writes them. */
  readonly uuids: readonly string[];
}

/** How they are, in the order of the layout. Times are seconds since 1970, 0 where nobody knows. */
export interface FleetStates {
  /** Indexes of `HOST_VIEW_STATES`. */
  readonly hosts: readonly number[];
  /** Of a host that is heard: 0. */
  readonly silentSinceS: readonly number[];
  /** Indexes of `VM_VIEW_STATES`. */
  readonly vms: readonly number[];
  readonly vmSinceS: readonly number[];
}

/** Rows `[index, state, sinceS]` that take the place of those before. */
export interface FleetChanges {
  readonly hosts: readonly (readonly [number, number, number])[];
  readonly vms: readonly (readonly [number, number, number])[];
}

/** In the order of how bad they are. An alert with another `severity`, or without, counts as `info`; `none` is told to nobody, and left out. */
export const FLEET_SEVERITIES = ['critical', 'warning', 'info'] as const;
export type FleetSeverity = (typeof FLEET_SEVERITIES)[number];

/** What fires. */
export interface FleetAlerts {
  /** How many are told, by severity; and those that are muted, for whatever reason. */
  readonly counts: Readonly<Record<FleetSeverity | 'muted', number>>;
  /** `[index, how many are told, the worst: an index of FLEET_SEVERITIES, how many are muted]`; others have none. */
  readonly hosts: readonly AlertMark[];
  readonly vms: readonly AlertMark[];
  /** The worst first, of those the newest; at most `FLEET_ALERTS_MAX`. */
  readonly top: readonly FleetAlert[];
}

/** The worst is -1 where all are muted. */
export type AlertMark = readonly [index: number, told: number, worst: number, muted: number];

/** Some 250 bytes each; what lies beyond is counted, and on the page of alerts. */
export const FLEET_ALERTS_MAX = 100;

export interface FleetAlert {
  readonly fingerprint: string;
  readonly name: string;
  readonly severity: FleetSeverity;
  readonly summary: string;
  readonly sinceMs: number;
  readonly host?: string;
  readonly vm?: string;
  readonly uuid?: string;
  readonly isMuted?: true;
  readonly isAcknowledged?: true;
  /** Since when nothing is heard of what it is about. */
  readonly noDataSinceMs?: number;
}

/** The newest values of a metric of VMs, and of its like of hosts, in the order of the layout; `null`: there is none. */
export interface FleetValues {
  readonly metric: string;
  /** Of how long ago they are at most: a host-minute is over a minute after its first sample. */
  readonly fromMs: number;
  /** Absent: there is no such metric of hosts; or of VMs. */
  readonly hosts?: readonly (number | null)[];
  readonly vms?: readonly (number | null)[];
}
