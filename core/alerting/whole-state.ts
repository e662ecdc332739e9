import * as v from 'valibot';
import { flapHistorySchema } from '../alertmanager/flapping.ts';
import { alertGroupSchema } from '../alertmanager/group-state.ts';
import { labelsFrom } from '../series/labels.ts';
import { FIRST_TOPOLOGY, topologyStateSchema } from '../topology/topology-state.ts';
import { alertRecordSchema } from './alert-record.ts';
import { outboxEntrySchema } from './outbox.ts';
import { groupEvaluationSchema, missingHostSchema, type TickState } from './tick-state.ts';

/** A state as earlier releases stored it: all of it as JSON, anew at each tick. */

const texts = v.record(v.string(), v.string());

const alertSchema = v.pipe(
  v.object({ labels: texts, ...alertRecordSchema.entries }),
  v.transform((alert) => ({ ...alert, labels: labelsFrom(alert.labels) })),
);

const stateSchema = v.object({
  version: v.literal(2),
  lastTickMs: v.number(),
  clockSetBacks: v.optional(v.number(), 0),
  alerts: v.record(v.string(), v.array(alertSchema)),
  // These three are younger than the first states.
  recorded: v.optional(v.record(v.string(), v.array(v.array(v.string()))), {}),
  ruleErrors: v.optional(texts, {}),
  evaluations: v.optional(v.record(v.string(), groupEvaluationSchema), {}),
  missing: v.record(v.string(), missingHostSchema),
  topology: v.optional(topologyStateSchema, FIRST_TOPOLOGY),
  groups: v.optional(v.record(v.string(), alertGroupSchema), {}),
  flapping: v.optional(v.record(v.string(), flapHistorySchema), {}),
  outbox: v.array(outboxEntrySchema),
});

const firstVersion = v.looseObject({ version: v.literal(1) });

/** Throws where it is of another version or damaged. */
export function decodeWholeState(stored: unknown): TickState {
  const { version: _, ...state } = v.parse(stateSchema, upgraded(stored));
  return state;
}

/**
 * Version 1 knew no groups: what fires is told once more to their receivers. So what it had still to
 * tell need not be kept.
 */
function upgraded(stored: unknown): unknown {
  const first = v.safeParse(firstVersion, stored);
  return first.success ? { ...first.output, version: 2, outbox: [] } : stored;
}
