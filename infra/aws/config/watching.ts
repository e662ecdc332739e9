import { ApplicationLogLevel } from 'aws-cdk-lib/aws-lambda';
import * as v from 'valibot';
import { yesOrNo } from './parts.ts';

/** None above INFO: the dead-man's switch is a line of that level. */
const LOG_LEVELS = [ApplicationLogLevel.DEBUG, ApplicationLogLevel.INFO] as const;

/** What can be seen of Hypervigil itself, beyond its alarms. */
export const watching = {
  /** From which level on lines of the Lambdas' logs are kept; DEBUG has one for each call. A GB costs $0.50. */
  logLevel: v.optional(
    v.picklist(LOG_LEVELS, `none of ${LOG_LEVELS.join(', ')}`),
    ApplicationLogLevel.INFO,
  ),
  /** Metrics of ticks that no alarm needs, and an alarm on their lag: $1 a month. */
  detailedMetrics: yesOrNo(false),
  /** Traces of the Lambdas in X-Ray: $5 for a million. */
  tracing: yesOrNo(false),
};
