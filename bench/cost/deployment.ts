import { Template } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import * as v from 'valibot';
import { type Config, readConfig } from '../../infra/aws/config.ts';
import { addHypervigil, newApp } from '../../infra/aws/hypervigil-app.ts';

/** What is deployed, as far as it costs: read from the stack's template, not repeated here. */
export interface Deployment {
  /** Memory of each Lambda, by its part of the stack: `Ingest`, `Evaluator`, `Compactor`, `Api`. */
  readonly memoryMb: Readonly<Record<LambdaName, number>>;
  /** Metrics that alarms look at: each is billed as an alarm is, and one with an expected band as three. */
  readonly alarmMetrics: number;
  /** CloudWatch dashboards. */
  readonly dashboards: number;
  readonly retention: Pick<
    Config,
    'rawRetentionDays' | 'minuteRetentionDays' | 'hourRetentionDays' | 'logRetentionDays'
  >;
  /** Lambdas that write lines of the system's for each call; there should be none. */
  readonly chattyFunctions: readonly string[];
}

/** The Lambdas that a fleet calls, as the stack's constructs are named. */
export type LambdaName = 'Ingest' | 'Evaluator' | 'Compactor' | 'Api';

const LambdaProperties = v.object({
  MemorySize: v.number(),
  LoggingConfig: v.object({ SystemLogLevel: v.optional(v.string()) }),
});

const AlarmProperties = v.object({
  Metrics: v.optional(
    v.array(
      v.object({ MetricStat: v.optional(v.unknown()), Expression: v.optional(v.string(), '') }),
    ),
  ),
});

/** Source: https://aws.amazon.com/cloudwatch/pricing/: metrics of a math expression, and anomaly detection. */
function metricsOf({ Metrics }: v.InferOutput<typeof AlarmProperties>): number {
  if (Metrics === undefined) return 1;
  const looked = Metrics.filter(({ MetricStat }) => MetricStat !== undefined).length;
  const bands = Metrics.filter(({ Expression }) =>
    /ANOMALY_DETECTION_BAND/.test(Expression),
  ).length;
  return looked + 2 * bands;
}

/** The stack with its default settings. Its Lambdas hold no code, so nothing is bundled. */
export function readDeployment(settings: object = {}): Deployment {
  const config = readConfig(settings);
  if (!config.ok) throw new Error(config.error);
  const app = newApp({ context: { '@aws-cdk/core:validateAgainstDefaultRules': false } });
  const stack = addHypervigil(app, config.value, () => Code.fromInline('exports'), undefined);
  const template = Template.fromStack(stack);
  const functions = Object.entries(template.findResources('AWS::Lambda::Function')).map(
    ([id, { Properties }]) => ({ id, ...v.parse(LambdaProperties, Properties) }),
  );
  const memoryOf = (name: LambdaName): number => {
    const found = functions.find(({ id }) => id.startsWith(`${name}Handler`));
    if (found === undefined)
      throw new Error(`no Lambda ${name} among ${functions.map(({ id }) => id)}`);
    return found.MemorySize;
  };
  return {
    memoryMb: {
      Ingest: memoryOf('Ingest'),
      Evaluator: memoryOf('Evaluator'),
      Compactor: memoryOf('Compactor'),
      Api: memoryOf('Api'),
    },
    alarmMetrics: Object.values(template.findResources('AWS::CloudWatch::Alarm'))
      .map(({ Properties }) => metricsOf(v.parse(AlarmProperties, Properties)))
      .reduce((sum, count) => sum + count, 0),
    dashboards: Object.keys(template.findResources('AWS::CloudWatch::Dashboard')).length,
    retention: config.value,
    chattyFunctions: functions
      .filter(({ LoggingConfig }) => LoggingConfig.SystemLogLevel !== 'WARN')
      .map(({ id }) => id),
  };
}
