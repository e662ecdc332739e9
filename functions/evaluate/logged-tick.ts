import type { Log } from '../log/log.ts';
import { writeMetricLine } from '../log/metric-line.ts';
import type { EvaluateReport } from './evaluate.ts';
import { heartbeatLine } from './heartbeat.ts';
import { tickFacts, toldFields } from './tick-facts.ts';

/** ISO 8601. From the schedule: when the tick was due. From ingest: when an urgent batch was stored. */
export interface TickEvent {
  readonly scheduledTime?: string;
  readonly storedTime?: string;
}

/** The same in ms since 1970. */
interface TickCause {
  readonly scheduledMs: number | undefined;
  readonly storedMs: number | undefined;
}

/** What whoever asked for a tick is told; schedule and ingest do not look at it. */
interface TickSummary {
  readonly firing: number;
  readonly published: number;
  readonly errors: number;
}

/**
 * A tick and its log: a line for whatever went wrong and one for each notification that was delivered. A tick
 * that is through has one that is the deployment's heartbeat too; one for an urgent batch, if it told anything.
 */
export function loggedTick(
  log: Log,
  environment: Readonly<Record<string, string | undefined>>,
  run: (cause: TickCause) => Promise<EvaluateReport>,
): (event?: TickEvent) => Promise<TickSummary> {
  return async ({ scheduledTime, storedTime } = {}) => {
    const startMs = Date.now();
    const scheduledMs = scheduledTime === undefined ? undefined : Date.parse(scheduledTime);
    const storedMs = storedTime === undefined ? undefined : Date.parse(storedTime);
    const report = await run({ scheduledMs, storedMs });
    const { firing, published, errors } = report;
    for (const error of errors) log.error(error);
    for (const notification of published) log.info('told', toldFields(notification));
    const nowMs = Date.now();
    const facts = tickFacts(report, { scheduledMs, storedMs, startMs, endMs: nowMs });
    const heartbeat = heartbeatLine(report, facts, {
      deployment: environment['DEPLOYMENT'],
      nowMs,
      isUrgent: facts.urgent,
      detailed: environment['DETAILED_METRICS'] === 'true',
    });
    if (heartbeat !== undefined) writeMetricLine(heartbeat);
    else if (published.length > 0) log.info('tick', { ...facts });
    return { firing: firing.length, published: published.length, errors: errors.length };
  };
}
