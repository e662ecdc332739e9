import type { AlertmanagerConfig, Route } from './config-types.ts';
import type { Escalation } from './escalation.ts';
import type { AlertGroup, AlertGroups } from './group-state.ts';
import type { Mutes } from './mutes.ts';
import type { Notification, NotifiedAlert } from './notification-types.ts';
import type { Acknowledgement, Silence } from './silence.ts';

/** What decides who is told what. */
export interface Routing {
  readonly config: AlertmanagerConfig;
  readonly escalations: readonly Escalation[];
  readonly silences: readonly Silence[];
  readonly acknowledgements: readonly Acknowledgement[];
}

export interface DispatchInput extends Routing {
  /** By fingerprint. */
  readonly firing: ReadonlyMap<string, NotifiedAlert>;
  /** Alerts that fired before and are over, as resolved; by fingerprint. */
  readonly ended: ReadonlyMap<string, NotifiedAlert>;
  readonly groups: AlertGroups;
  readonly nowMs: number;
  /** When the last tick was: the next one is as far away. */
  readonly lastTickMs: number;
}

/** What the parts of one step share. */
export interface Step extends DispatchInput {
  readonly mutes: Mutes;
  readonly routes: ReadonlyMap<string, Route>;
  readonly notifications: Notification[];
}

/** Nobody was told of the group yet. */
export function isUntold({ told }: AlertGroup): boolean {
  return Object.keys(told).length === 0;
}

/** The receiver of an integration, of `<receiver>/<kind>[<index>]`. */
export function receiverOf(integrationKey: string): string {
  return integrationKey.slice(0, integrationKey.lastIndexOf('/'));
}
