import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { synthesized } from './synthesized.ts';

const template = synthesized({ name: 'Trial' });

const UNDELIVERED = Match.stringLikeRegexp('^NotificationsUndelivered');

describe('the watch over Hypervigil itself', () => {
  const operations = [{ Ref: Match.stringLikeRegexp('^NotificationsOperations') }];

  it('alarms after 3 minutes without a tick that did its work, no data being none', () => {
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      Namespace: 'Hypervigil',
      Dimensions: [{ Name: 'Deployment', Value: 'Trial' }],
      MetricName: 'TickCompleted',
      Statistic: 'Sum',
      Period: 60,
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
      EvaluationPeriods: 3,
      TreatMissingData: 'breaching',
    });
  });

  it.each([
    ['ticks that fail', 'Evaluator', 'Errors'],
    ['dead letters', 'EvaluatorDeadLetters', 'ApproximateNumberOfMessagesVisible'],
    ['undelivered notifications', 'NotificationsUndelivered', 'ApproximateNumberOfMessagesVisible'],
    ['failing ingest', 'Ingest', 'Errors'],
    ['throttled ingest', 'Ingest', 'Throttles'],
  ])('alarms on %s', (_what, owner, MetricName) => {
    const id = Match.stringLikeRegexp(`^${owner}`);
    const of = MetricName.endsWith('Visible') ? { 'Fn::GetAtt': [id, 'QueueName'] } : { Ref: id };
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      Dimensions: [Match.objectLike({ Value: of })],
      MetricName,
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: 0,
      TreatMissingData: 'notBreaching',
    });
  });

  it('alarms on what could not be rolled up in an hour', () => {
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      Namespace: 'Hypervigil',
      Dimensions: [{ Name: 'Deployment', Value: 'Trial' }],
      MetricName: 'NotRolledUp',
      Statistic: 'Sum',
      Period: 3600,
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: 0,
      EvaluationPeriods: 1,
      TreatMissingData: 'notBreaching',
    });
  });

  it('alarms on deliveries that keep failing, in 5 of 15 minutes', () => {
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      Namespace: 'Hypervigil',
      Dimensions: [{ Name: 'Deployment', Value: 'Trial' }],
      MetricName: 'DeliveriesFailed',
      Statistic: 'Sum',
      Period: 60,
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: 0,
      DatapointsToAlarm: 5,
      EvaluationPeriods: 15,
      TreatMissingData: 'notBreaching',
    });
  });

  it.each(['ReadThrottleEvents', 'WriteThrottleEvents'])(
    'alarms on a table that keeps refusing: %s',
    (MetricName) => {
      template.hasResourceProperties('AWS::CloudWatch::Alarm', {
        Dimensions: [{ Name: 'TableName', Value: { Ref: 'StoreTable0CCFA19B' } }],
        MetricName,
        Threshold: 0,
        DatapointsToAlarm: 5,
        EvaluationPeriods: 15,
      });
    },
  );

  it.each([
    ['600,000, unless the settings say otherwise', {}, 600_000],
    ['as many as the settings say', { alarms: { batchesPerHourMax: 90_000 } }, 90_000],
    ['as many as older settings say', { batchesPerHourMax: 90_000 }, 90_000],
  ])('alarms on more batches in an hour than %s', (_what, settings, Threshold) => {
    const alarm = { MetricName: 'Invocations', Period: 3600, Threshold };
    synthesized(settings).hasResourceProperties('AWS::CloudWatch::Alarm', alarm);
  });

  it('has no alarm that the settings do without', () => {
    const all = Object.keys(template.findResources('AWS::CloudWatch::Alarm'));
    const off = ['HeartbeatMissing', 'TooManyBatches', 'TableReadsThrottled'];
    const rest = synthesized({ name: 'Trial', alarms: { off } });
    const left = Object.keys(rest.findResources('AWS::CloudWatch::Alarm'));
    expect(left).toEqual(all.filter((id) => !off.some((name) => id.startsWith(`Watch${name}`))));
    expect(left).toHaveLength(all.length - 3);
  });

  it('waits for a tick as long as the settings say', () => {
    synthesized({ alarms: { heartbeatMinutes: 5 } }).hasResourceProperties(
      'AWS::CloudWatch::Alarm',
      { MetricName: 'TickCompleted', EvaluationPeriods: 5 },
    );
  });

  it.each(['Api', 'RemoteWrite'])('alarms when %s keeps answering that it cannot', (name) => {
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'Url5xxCount',
      Dimensions: [
        { Name: 'FunctionName', Value: { Ref: Match.stringLikeRegexp(`^${name}Handler`) } },
      ],
      DatapointsToAlarm: 5,
    });
  });

  it('pays for metrics that no alarm needs only if the settings say so, and then alarms on late samples', () => {
    const environment = (DETAILED_METRICS: unknown) => ({
      Environment: { Variables: Match.objectLike({ DETAILED_METRICS }) },
    });
    const late = { MetricName: 'TickLag', Statistic: 'Minimum', Threshold: 180_000 };
    template.resourcePropertiesCountIs('AWS::CloudWatch::Alarm', late, 0);
    template.resourcePropertiesCountIs('AWS::Lambda::Function', environment('true'), 0);
    const detailed = synthesized({ detailedMetrics: true });
    detailed.hasResourceProperties('AWS::CloudWatch::Alarm', late);
    detailed.resourcePropertiesCountIs('AWS::Lambda::Function', environment('true'), 1);
  });

  it('traces nothing, and its roles may not, unless the settings say so', () => {
    const traced = { TracingConfig: { Mode: 'Active' } };
    const mayTrace = Match.objectLike({ Action: Match.arrayWith(['xray:PutTraceSegments']) });
    const policy = { PolicyDocument: { Statement: Match.arrayWith([mayTrace]) } };
    template.resourcePropertiesCountIs('AWS::Lambda::Function', traced, 0);
    template.resourcePropertiesCountIs('AWS::IAM::Policy', policy, 0);
    const tracing = synthesized({ tracing: true });
    tracing.allResourcesProperties('AWS::Lambda::Function', traced);
    tracing.resourcePropertiesCountIs('AWS::IAM::Policy', policy, 7);
  });

  it('keeps the lines of its logs from the level that the settings say, each of its own deployment', () => {
    const logged = (ApplicationLogLevel: string) => ({
      LoggingConfig: { LogFormat: 'JSON', ApplicationLogLevel, SystemLogLevel: 'WARN' },
    });
    template.allResourcesProperties('AWS::Lambda::Function', logged('INFO'));
    const debug = synthesized({ name: 'Trial', logLevel: 'DEBUG' });
    debug.allResourcesProperties('AWS::Lambda::Function', {
      ...logged('DEBUG'),
      Environment: { Variables: Match.objectLike({ DEPLOYMENT: 'Trial' }) },
    });
  });

  it('has a dashboard, which costs something, only if the settings say so', () => {
    template.resourceCountIs('AWS::CloudWatch::Dashboard', 0);
    synthesized({ dashboard: true }).resourceCountIs('AWS::CloudWatch::Dashboard', 1);
  });

  it('keeps what reached nobody for two weeks', () => {
    template.hasResourceProperties('AWS::SQS::Queue', {
      MessageRetentionPeriod: 14 * 24 * 3600,
      SqsManagedSseEnabled: true,
    });
    template.hasOutput('UndeliveredQueueUrl', { Value: { Ref: UNDELIVERED } });
  });

  it('tells operations, both when it begins and when it ends, and may do so', () => {
    template.allResourcesProperties('AWS::CloudWatch::Alarm', {
      AlarmActions: operations,
      OKActions: operations,
    });
    template.hasResourceProperties('AWS::SNS::TopicPolicy', {
      Topics: operations,
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Allow',
            Action: 'sns:Publish',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Condition: {
              StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
              ArnLike: { 'aws:SourceArn': Match.anyValue() },
            },
          }),
        ]),
      },
    });
  });
});
