import type { AlertmanagerConfig } from '../../core/alertmanager/config-types.ts';
import type { AlertLabels } from '../../core/alertmanager/matcher.ts';
import type { Flapping } from '../../core/alertmanager/notification-types.ts';
import type { Acknowledgement } from '../../core/alertmanager/silence.ts';
import type { AcknowledgementStore } from '../store/acknowledgements.ts';
import type { DeliveryStore } from '../store/deliveries.ts';
import type { SilenceStore } from '../store/silences.ts';

/** What the endpoints need of the world. */
export interface AlertmanagerPorts {
  /** All that fire, as of the last tick with the silences of now; in any order. */
  readonly alerts: () => Promise<readonly AlertView[]>;
  readonly config: AlertmanagerConfig;
  readonly silences: SilenceStore;
  readonly acknowledgements: AcknowledgementStore;
  /** What was told to whom. */
  readonly deliveries: Pick<DeliveryStore, 'list' | 'ofNotification'>;
  readonly nowMs: () => number;
  /** A random UUID. */
  readonly newId: () => string;
  /** Since when this answers; for `/api/v2/status`. */
  readonly startedAtMs: number;
  /** Of Hypervigil. */
  readonly version: string;
}

/** An alert as Alertmanager shows it. Times are ms since 1970. */
export interface AlertView {
  readonly labels: AlertLabels;
  readonly annotations: Readonly<Record<string, string>>;
  /** 16 hex digits made of the labels; the same as Alertmanager's. */
  readonly fingerprint: string;
  readonly startsAtMs: number;
  /** When it was last seen to fire. */
  readonly updatedAtMs: number;
  /** When it counts as over, unless seen again. */
  readonly endsAtMs: number;
  /** `''`: none. */
  readonly generatorUrl: string;
  /** `unprocessed`: not yet routed. */
  readonly state: 'active' | 'suppressed' | 'unprocessed';
  /** Ids of silences. */
  readonly silencedBy: readonly string[];
  /** Fingerprints of the alerts that inhibit it. */
  readonly inhibitedBy: readonly string[];
  /** Names of time intervals that mute every one of its groups. */
  readonly mutedBy: readonly string[];
  /** Names, in the order of the routes that match. */
  readonly receivers: readonly string[];
  /** One for each route that matches. */
  readonly groups: readonly AlertGroupView[];
  /** Since when nothing is heard of what it is about; absent: it is heard of. */
  readonly noDataSinceMs?: number;
  /** It comes and goes; absent: not so often. */
  readonly flapping?: Flapping;
  /** One that holds for this firing. */
  readonly acknowledgement?: Acknowledgement;
}

/** The group an alert is told in: those of one route that agree in its labels. */
export interface AlertGroupView {
  readonly receiver: string;
  readonly groupLabels: AlertLabels;
  /** As the route has it (`Route.id`). */
  readonly routeId: string;
  /** Names of time intervals that mute the route just now. */
  readonly mutedBy: readonly string[];
}
