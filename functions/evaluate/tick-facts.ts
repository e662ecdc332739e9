import type { Notification } from '../../core/alertmanager/notification-types.ts';
import type { EvaluateReport } from './evaluate.ts';

/** A tick in numbers, for its log line. */
export interface TickFacts {
  readonly urgent: boolean;
  readonly durationMs: number;
  /** How long after it was due it began. Absent for one that is not of the schedule. */
  readonly lateMs?: number;
  /** How old the newest sample of any host was when it ended. Absent without a host. */
  readonly lagMs?: number;
  readonly hosts: number;
  readonly hostsDown: number;
  readonly firing: number;
  readonly pending: number;
  /** Notifications that were delivered. */
  readonly told: number;
  readonly deliveriesFailed: number;
  readonly errors: number;
}

/** When a tick was due or its urgent batch stored (neither: somebody asked by hand), began and ended; ms since 1970. */
export interface TickTimes {
  readonly scheduledMs: number | undefined;
  readonly storedMs: number | undefined;
  readonly startMs: number;
  readonly endMs: number;
}

export function tickFacts(
  report: EvaluateReport,
  { scheduledMs, storedMs, startMs, endMs }: TickTimes,
): TickFacts {
  const { hosts, firing, pending, published, deliveriesFailed, errors } = report;
  const newestMs = hosts.reduce((newest, host) => Math.max(newest, host.lastSeenMs), 0);
  return {
    urgent: storedMs !== undefined,
    durationMs: endMs - startMs,
    ...(scheduledMs === undefined ? {} : { lateMs: startMs - scheduledMs }),
    // A host's clock may be ahead.
    ...(newestMs === 0 ? {} : { lagMs: Math.max(0, endMs - newestMs) }),
    hosts: hosts.length,
    hostsDown: hosts.filter(({ up }) => !up).length,
    firing: firing.length,
    pending: pending.length,
    told: published.length,
    deliveriesFailed,
    errors: errors.length,
  };
}

/** Who was told what: the fields of a line for each notification that was delivered. */
export function toldFields({
  id,
  receiver,
  integration,
  status,
  groupKey,
  alerts,
  repeated,
}: Notification): Readonly<Record<string, unknown>> {
  return {
    notification: id,
    receiver,
    integration,
    status,
    group: groupKey,
    alerts: alerts.length,
    names: [...new Set(alerts.map(({ labels }) => labels['alertname'] ?? ''))],
    repeated,
  };
}
