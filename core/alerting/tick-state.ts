import * as v from 'valibot';
import type { FlapHistories } from '../alertmanager/flapping.ts';
import type { AlertGroups } from '../alertmanager/group-state.ts';
import type { Labels } from '../series/labels.ts';
import { FIRST_TOPOLOGY, type TopologyState } from '../topology/topology-state.ts';
import type { AlertInstance } from './alert-state.ts';
import type { OutboxEntry } from './outbox.ts';

/** All that a tick must know of those before it. Everything else is in the window. */
export interface TickState {
  /** When the last tick was; 0 before the first. */
  readonly lastTickMs: number;
  /** How often the clock was set back: what was told at one time, and at that time once more, differs in this. */
  readonly clockSetBacks: number;
  /** Alerts of each rule, by the rule's id (`ruleId`); rules without any are left out. */
  readonly alerts: Readonly<Record<string, readonly AlertInstance[]>>;
  /** Series each recording rule gave last time, by the rule's id; so that those that go are ended. */
  readonly recorded: Readonly<Record<string, readonly Labels[]>>;
  /** Why a rule could not be evaluated the last time it was due, by the rule's id. */
  readonly ruleErrors: Readonly<Record<string, string>>;
  /** The last evaluation of each group, by the group's id (`groupId`). */
  readonly evaluations: Readonly<Record<string, GroupEvaluation>>;
  /** Hosts that fell silent: when they were last heard, and how often they used to post. */
  readonly missing: Readonly<Record<string, MissingHost>>;
  /** Hosts, VMs, and which host has which. */
  readonly topology: TopologyState;
  /** Who was told what. */
  readonly groups: AlertGroups;
  /** How alerts came and went lately. */
  readonly flapping: FlapHistories;
  /** Notifications not known to be delivered, in order. */
  readonly outbox: readonly OutboxEntry[];
}

export const groupEvaluationSchema = v.object({
  atMs: v.number(),
  /** Of each of its rules, in order. */
  ruleTookMs: v.exactOptional(v.array(v.number())),
});

/** When a group was evaluated, and how long that took; times taken are absent where nobody measured. */
export type GroupEvaluation = Readonly<v.InferOutput<typeof groupEvaluationSchema>>;

export const missingHostSchema = v.object({
  lastSeenMs: v.number(),
  batchIntervalMs: v.exactOptional(v.number()),
});

export type MissingHost = Readonly<v.InferOutput<typeof missingHostSchema>>;

export const FIRST_STATE: TickState = {
  lastTickMs: 0,
  clockSetBacks: 0,
  alerts: {},
  recorded: {},
  ruleErrors: {},
  evaluations: {},
  missing: {},
  topology: FIRST_TOPOLOGY,
  groups: {},
  flapping: {},
  outbox: [],
};
