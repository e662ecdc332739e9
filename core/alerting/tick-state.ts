import { deflateRawSync, inflateRawSync } from 'node:zlib';
import * as v from 'valibot';
import { type FlapHistories, flapHistoriesSchema } from '../alertmanager/flapping.ts';
import { type AlertGroups, alertGroupsSchema } from '../alertmanager/group-state.ts';
import { floatSchema, jsonNumber } from '../alertmanager/notified-alert-schema.ts';
import { type Labels, labelsFrom, labelsToObject } from '../series/labels.ts';
import {
  FIRST_TOPOLOGY,
  type TopologyState,
  topologyStateSchema,
} from '../topology/topology-state.ts';
import type { AlertInstance } from './alert-state.ts';
import { type OutboxEntry, outboxEntrySchema } from './outbox.ts';

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

/** When a group was evaluated, and how long that took; times taken are absent where nobody measured. */
export interface GroupEvaluation {
  readonly atMs: number;
  /** Of each of its rules, in order. */
  readonly ruleTookMs?: readonly number[] | undefined;
}

export interface MissingHost {
  readonly lastSeenMs: number;
  readonly batchIntervalMs?: number | undefined;
}

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

/** The stored form's version; readers know all earlier ones. */
const STATE_VERSION = 2;
/** Inflated: 35 MB of items hold some ten times that. A bound against damage, not a limit to meet. */
const MAX_STATE_BYTES = 512 << 20;

const texts = v.record(v.string(), v.string());

const alertSchema = v.object({
  labels: v.pipe(
    texts,
    v.transform((object) => labelsFrom(object)),
  ),
  annotations: texts,
  state: v.picklist(['pending', 'firing', 'inactive']),
  value: floatSchema,
  activeAtMs: v.number(),
  firedAtMs: v.exactOptional(v.number()),
  resolvedAtMs: v.exactOptional(v.number()),
  keepFiringSinceMs: v.exactOptional(v.number()),
  noDataSinceMs: v.exactOptional(v.number()),
  lastSentMs: v.exactOptional(v.number()),
});

const stateSchema = v.object({
  version: v.literal(STATE_VERSION),
  lastTickMs: v.number(),
  clockSetBacks: v.optional(v.number(), 0),
  alerts: v.record(v.string(), v.array(alertSchema)),
  // These three are younger than the first states.
  recorded: v.optional(v.record(v.string(), v.array(v.array(v.string()))), {}),
  ruleErrors: v.optional(texts, {}),
  evaluations: v.optional(
    v.record(
      v.string(),
      v.object({ atMs: v.number(), ruleTookMs: v.exactOptional(v.array(v.number())) }),
    ),
    {},
  ),
  missing: v.record(
    v.string(),
    v.object({ lastSeenMs: v.number(), batchIntervalMs: v.exactOptional(v.number()) }),
  ),
  topology: v.optional(topologyStateSchema, FIRST_TOPOLOGY),
  groups: v.optional(alertGroupsSchema, {}),
  flapping: v.optional(flapHistoriesSchema, {}),
  outbox: v.array(outboxEntrySchema),
});

/** The state as the bytes of one item: deflated JSON. */
export function encodeState(state: TickState): Uint8Array {
  const alerts = Object.entries(state.alerts).map(([id, instances]) => [
    id,
    instances.map((alert) => ({ ...alert, labels: labelsToObject(alert.labels) })),
  ]);
  const plain = { version: STATE_VERSION, ...state, alerts: Object.fromEntries(alerts) };
  return deflateRawSync(JSON.stringify(plain, jsonNumber));
}

/** Reads what `encodeState` wrote; no bytes are the state before the first tick. Damage throws. */
export function decodeState(bytes: Uint8Array | undefined): TickState {
  if (bytes === undefined) return FIRST_STATE;
  const text = inflateRawSync(bytes, { maxOutputLength: MAX_STATE_BYTES }).toString('utf8');
  const { version: _, ...state } = v.parse(stateSchema, upgraded(JSON.parse(text)));
  return state;
}

const firstVersion = v.looseObject({ version: v.literal(1) });

/**
 * Version 1 knew no groups: what fires is told once more to their receivers. So what it had still to
 * tell need not be kept.
 */
function upgraded(stored: unknown): unknown {
  const first = v.safeParse(firstVersion, stored);
  return first.success ? { ...first.output, version: STATE_VERSION, outbox: [] } : stored;
}
