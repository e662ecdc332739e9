import { type Metrics, metricLine } from '../log/metric-line.ts';
import type { EvaluateReport } from './evaluate.ts';
import type { TickFacts } from './tick-facts.ts';

/** 1 for each tick that did all its work. */
export const TICK_COMPLETED = 'TickCompleted';

/** Attempts of a tick to tell somebody that failed. Absent when none did: a metric costs only while it is sent. */
export const DELIVERIES_FAILED = 'DeliveriesFailed';

/** Rule files that are not evaluated as they were saved or deployed. Absent when all are. */
const RULE_FILES_UNUSABLE = 'RuleFilesUnusable';

/** How long a tick took, in ms; only where detailed metrics are asked for, as all below. */
const TICK_DURATION = 'TickDuration';

/** How old the newest sample was when a tick ended, in ms. Absent without a host. */
export const TICK_LAG = 'TickLag';

/** Hosts that a tick saw, silent ones included. */
const HOSTS = 'Hosts';

/** What a line of a tick is made for. */
export interface HeartbeatOptions {
  /** Absent: no line, as nobody waits for it. */
  readonly deployment: string | undefined;
  readonly nowMs: number;
  /** A tick for an urgent batch: a schedule that has stopped must not look alive while VMs crash. */
  readonly isUrgent?: boolean;
  /** With the metrics that no alarm needs. */
  readonly detailed?: boolean;
}

/**
 * The sign of life of a tick that is through: it read, decided, wrote its state and tried to deliver. Also the one
 * log line of a tick, with what it saw and did. A rule that failed does not stop it, as all others were evaluated.
 * Absent when another tick did the work, as the sign is that one's to give, and for an urgent tick that failed
 * at nothing.
 */
export function heartbeatLine(
  {
    superseded,
    deliveriesFailed,
    ruleFilesUnusable = 0,
  }: Pick<EvaluateReport, 'superseded' | 'deliveriesFailed' | 'ruleFilesUnusable'>,
  facts: TickFacts,
  { deployment, nowMs, isUrgent = false, detailed = false }: HeartbeatOptions,
): string | undefined {
  if (superseded || deployment === undefined) return undefined;
  if (isUrgent && deliveriesFailed === 0) return undefined;
  const count = (value: number) => ({ value, unit: 'Count' as const });
  const metrics: Metrics = {
    ...(isUrgent ? {} : { [TICK_COMPLETED]: count(1) }),
    ...(deliveriesFailed > 0 ? { [DELIVERIES_FAILED]: count(deliveriesFailed) } : {}),
    ...(ruleFilesUnusable > 0 && !isUrgent
      ? { [RULE_FILES_UNUSABLE]: count(ruleFilesUnusable) }
      : {}),
    ...(detailed && !isUrgent ? detailedMetrics(facts) : {}),
  };
  return metricLine(metrics, deployment, nowMs, {
    message: 'tick',
    function: 'evaluate',
    ...facts,
  });
}

function detailedMetrics({ durationMs, lagMs, hosts }: TickFacts): Metrics {
  const inMs = (value: number) => ({ value, unit: 'Milliseconds' as const });
  return {
    [TICK_DURATION]: inMs(durationMs),
    ...(lagMs === undefined ? {} : { [TICK_LAG]: inMs(lagMs) }),
    [HOSTS]: { value: hosts, unit: 'Count' },
  };
}
