import * as v from 'valibot';
import type { NotifiedAlert } from './notification-types.ts';
import { notifiedAlertSchema } from './notified-alert-schema.ts';

/** What an integration was told about a group. */
export interface Told {
  /** When it was told last. */
  readonly atMs: number;
  /** Fingerprints of alerts it believes to be firing, with the time it was first told of each. */
  readonly firing: Readonly<Record<string, number>>;
}

/** Alerts that one route brings together, from the first to fire to the last one told to be over. */
export interface AlertGroup {
  readonly routeId: string;
  readonly groupLabels: Readonly<Record<string, string>>;
  /** Nothing is told before: `group_wait` after it began, later `group_interval` after its last message. */
  readonly nextFlushMs: number;
  /** Fingerprints; what they are is in the state of the rules. */
  readonly firing: readonly string[];
  /** Over since the last flush, or over and still to be told because they are muted. */
  readonly resolved: readonly NotifiedAlert[];
  /** By `<receiver>/<kind>[<index>]`. */
  readonly told: Readonly<Record<string, Told>>;
  /** Receivers that were drawn in because nobody acknowledged; with what they were told of, and when. */
  readonly escalated: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** By group key. */
export type AlertGroups = Readonly<Record<string, AlertGroup>>;

const times = v.record(v.string(), v.number());

/** How a group is kept between ticks. */
export const alertGroupSchema = v.object({
  routeId: v.string(),
  groupLabels: v.record(v.string(), v.string()),
  nextFlushMs: v.number(),
  firing: v.array(v.string()),
  resolved: v.array(notifiedAlertSchema),
  told: v.record(v.string(), v.object({ atMs: v.number(), firing: times })),
  escalated: v.record(v.string(), times),
});

/** The group without what was told of these alerts: should they fire again, it is for the first time. */
export function withoutMemoryOf(group: AlertGroup, isGone: (id: string) => boolean): AlertGroup {
  const told = Object.entries(group.told).map(
    ([who, { atMs, firing }]) => [who, { atMs, firing: without(firing, isGone) }] as const,
  );
  const escalated = Object.entries(group.escalated)
    .map(([who, since]) => [who, without(since, isGone)] as const)
    .filter(([, since]) => Object.keys(since).length > 0);
  return { ...group, told: Object.fromEntries(told), escalated: Object.fromEntries(escalated) };
}

function without(
  timesById: Readonly<Record<string, number>>,
  isGone: (id: string) => boolean,
): Record<string, number> {
  return Object.fromEntries(Object.entries(timesById).filter(([id]) => !isGone(id)));
}
