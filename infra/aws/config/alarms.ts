import * as v from 'valibot';
import { problem, wholeNumber } from './parts.ts';

/** The alarms about Hypervigil itself, by the names that they have in the settings, docs and CloudWatch. */
export const ALARM_NAMES = [
  'HeartbeatMissing',
  'TicksFailing',
  'DeadLetters',
  'CompactorFailing',
  'NotRolledUp',
  'NotDelivered',
  'DeliveriesFailing',
  'IngestErrors',
  'IngestRefuses',
  'IngestThrottles',
  'TableReadsThrottled',
  'TableWritesThrottled',
  'TooManyBatches',
  'ApiFailing',
  'RemoteWriteFailing',
  'SamplesLate',
] as const;

export type AlarmName = (typeof ALARM_NAMES)[number];

/**
 * 10,000 hosts that send 60 an hour, or a few with a fault. Each million of batches costs some $0.9,
 * and $1.5 where ten VMs run on each host: so this is half a dollar to a dollar an hour.
 */
export const BATCHES_PER_HOUR_MAX = 600_000;

/** Longer than that and nobody would call it a dead-man's switch. */
const HEARTBEAT_MINUTES_MAX = 60;

export const batchesPerHourMax = wholeNumber(60, 1_000_000_000);

/** Which alarms there are, and what two of them wait for. */
export const alarms = v.optional(
  v.strictObject(
    {
      /** Alarms that are not made. Each costs $0.10 a month for each metric that it looks at. */
      off: v.optional(
        v.pipe(
          v.array(v.picklist(ALARM_NAMES, `none of ${ALARM_NAMES.join(', ')}`), 'not a list'),
          v.check((all) => new Set(all).size === all.length, 'names something twice'),
        ),
        [],
      ),
      /** HeartbeatMissing fires after so many minutes without a tick that did all its work. */
      heartbeatMinutes: v.optional(wholeNumber(1, HEARTBEAT_MINUTES_MAX), 3),
      /** TooManyBatches fires when more come in an hour; a host sends 60. */
      batchesPerHourMax: v.optional(batchesPerHourMax),
    },
    problem,
  ),
  {},
);
