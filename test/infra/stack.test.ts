import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { newSigningKey, writeRelease } from '../install-function/fake-release.ts';
import { synthesized } from './synthesized.ts';

const DEVICE =
  'arn:aws:sns:us-east-1:123456789012:endpoint/GCM/on-call/5f4d2c7a-3a8e-4b57-9f0e-6d1c2b3a4958';

const template = synthesized({
  name: 'Trial',
  emails: { critical: ['ada@example.org'], operations: ['ops@example.org'] },
  phones: { critical: ['+14155550123'] },
  https: { warning: ['https://chat.example.org/hook'] },
  push: { critical: [DEVICE] },
});

describe('the table', () => {
  it('is one, ends items by itself, can be restored, and is encrypted', () => {
    template.resourceCountIs('AWS::DynamoDB::Table', 1);
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      KeySchema: [
        { AttributeName: 'p', KeyType: 'HASH' },
        { AttributeName: 's', KeyType: 'RANGE' },
      ],
      BillingMode: 'PAY_PER_REQUEST',
      TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      SSESpecification: { SSEEnabled: true },
    });
  });

  it('survives its stack', () => {
    template.hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: { DeletionProtectionEnabled: true },
    });
  });

  it('may be one of an earlier deployment', () => {
    const again = synthesized({ existingTable: 'Hypervigil-StoreTable-1' });
    again.resourceCountIs('AWS::DynamoDB::Table', 0);
    again.hasOutput('TableName', { Value: 'Hypervigil-StoreTable-1' });
  });

  it('goes with its stack when the settings say so', () => {
    synthesized({ keepData: false }).hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Delete',
      Properties: { DeletionProtectionEnabled: false },
    });
  });
});

describe("a customer's own key", () => {
  const keyed = synthesized({ customerKey: true });
  const key = { 'Fn::GetAtt': [Match.stringLikeRegexp('^Key'), 'Arn'] };

  it('rotates and encrypts the table and every topic', () => {
    keyed.hasResourceProperties('AWS::KMS::Key', { EnableKeyRotation: true });
    keyed.hasResourceProperties('AWS::DynamoDB::Table', {
      SSESpecification: { SSEType: 'KMS', KMSMasterKeyId: key },
    });
    keyed.allResourcesProperties('AWS::SNS::Topic', { KmsMasterKeyId: key });
  });

  it('serves this account through DynamoDB and SNS, and its alarms', () => {
    const statement = (service: string) =>
      Match.objectLike({
        Condition: {
          StringEquals: {
            'kms:CallerAccount': { Ref: 'AWS::AccountId' },
            'kms:ViaService': Match.objectLike({
              'Fn::Join': ['', Match.arrayWith([`${service}.`])],
            }),
          },
        },
      });
    keyed.hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: {
        Statement: Match.arrayWith([
          Match.objectLike({ Principal: { Service: 'cloudwatch.amazonaws.com' } }),
        ]),
      },
    });
    for (const service of ['dynamodb', 'sns'])
      keyed.hasResourceProperties('AWS::KMS::Key', {
        KeyPolicy: { Statement: Match.arrayWith([statement(service)]) },
      });
  });
});

describe('the Lambdas', () => {
  it('run Node 24 on arm64 and log JSON, warnings up from the system', () => {
    template.resourceCountIs('AWS::Lambda::Function', 7);
    template.allResourcesProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      LoggingConfig: Match.objectLike({ LogFormat: 'JSON', SystemLogLevel: 'WARN' }),
    });
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 14 });
  });

  it('know table, shards, topics, rules, limits, and where undelivered notifications go', () => {
    const sharded = synthesized({
      name: 'Trial',
      shardCount: 3,
      rawRetentionDays: 30,
      queryMaxHostMinutes: 200_000,
    });
    const table = { Ref: Match.stringLikeRegexp('^StoreTable') };
    const topic = (name: string) => ({ Ref: Match.stringLikeRegexp(`^Notifications${name}`) });
    const routing = {
      TOPIC_ARN_CRITICAL: topic('Critical'),
      TOPIC_ARN_WARNING: topic('Warning'),
      TOPIC_ARN_INFO: topic('Info'),
      RULES_DIR: './rules',
    };
    const url = { 'Fn::GetAtt': [Match.stringLikeRegexp('^ApiHandler'), 'FunctionUrl'] };
    const store = {
      TABLE_NAME: table,
      SHARD_COUNT: '3',
      RAW_RETENTION_DAYS: '30',
      MINUTE_RETENTION_DAYS: '30',
      HOUR_RETENTION_DAYS: '400',
    };
    for (const variables of [
      store,
      { ...store, ...routing, QUERY_MAX_HOST_MINUTES: '200000', QUERY_MAX_READ_UNITS: '40000' },
      {
        ...store,
        ...routing,
        DELIVERY_DLQ_URL: topic('Undelivered'),
        // Of links in messages: the host of the API's address, which alone is known.
        EXTERNAL_URL: {
          'Fn::Join': ['', ['https://', { 'Fn::Select': [2, { 'Fn::Split': ['/', url] }] }]],
        },
        DEPLOYMENT: 'Trial',
      },
    ])
      sharded.hasResourceProperties('AWS::Lambda::Function', {
        Environment: { Variables: Match.objectEquals(variables) },
      });
  });

  it('know where the files of the agent lie, when one was built', () => {
    const folder = mkdtempSync(join(tmpdir(), 'hypervigil-release-'));
    const release = writeRelease(folder, { version: '1.2.3', key: newSigningKey() });
    synthesized({}, { folder, release }).hasResourceProperties('AWS::Lambda::Function', {
      Description: Match.stringLikeRegexp('agents'),
      Environment: {
        Variables: {
          FILES_BUCKET: { 'Fn::Sub': Match.stringLikeRegexp('^cdk-hnb659fds-assets-') },
          FILE_KEYS: Match.serializedJson(
            Object.fromEntries(
              [...release.files, ...(release.companions ?? [])].map(({ name }) => [
                name,
                Match.stringLikeRegexp('^[0-9a-f]{64}\\.(gz|exe)$'),
              ]),
            ),
          ),
        },
      },
    });
    rmSync(folder, { recursive: true });
  });

  it('know Alertmanagers, when there are any', () => {
    const alertmanagers = ['https://am-1.example.org', 'https://am-2.example.org/alerts'];
    synthesized({ alertmanagers }).hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { ALERTMANAGER_URLS: alertmanagers.join(',') } },
    });
  });

  it('reserve concurrency only when asked to', () => {
    template.allResourcesProperties('AWS::Lambda::Function', {
      ReservedConcurrentExecutions: Match.absent(),
    });
    synthesized({ ingestConcurrencyMax: 20 }).hasResourceProperties('AWS::Lambda::Function', {
      Description: Match.stringLikeRegexp('batches'),
      ReservedConcurrentExecutions: 20,
    });
  });

  it('evaluate a large fleet with the memory they are given', () => {
    const evaluator = { Description: Match.stringLikeRegexp('Evaluates') };
    const ofMemory = (MemorySize: number) => ({ ...evaluator, MemorySize });
    template.hasResourceProperties('AWS::Lambda::Function', ofMemory(1769));
    synthesized({ evaluatorMemoryMb: 10_240 }).hasResourceProperties(
      'AWS::Lambda::Function',
      ofMemory(10_240),
    );
  });

  it('take batches at a Function URL that no browser may call', () => {
    template.hasResourceProperties('AWS::Lambda::Url', { AuthType: 'NONE', Cors: Match.absent() });
    template.hasOutput('IngestUrl', { Value: { 'Fn::GetAtt': Match.arrayWith(['FunctionUrl']) } });
  });
});

describe('a tick', () => {
  const deadLetters = { 'Fn::GetAtt': [Match.stringLikeRegexp('^EvaluatorDeadLetters'), 'Arn'] };

  it('comes every minute, and one that cannot start leaves a dead letter', () => {
    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'rate(1 minute)',
      State: 'ENABLED',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^EvaluatorHandler'), 'Arn'] },
        Input: '{"scheduledTime":"<aws.scheduler.scheduled-time>"}',
        RetryPolicy: { MaximumEventAgeInSeconds: 60 },
        DeadLetterConfig: { Arn: deadLetters },
      },
    });
  });

  it('that fails is not repeated and leaves a dead letter', () => {
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnFailure: { Destination: deadLetters } },
    });
  });

  it('ends before the one after the next begins', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Description: Match.stringLikeRegexp('rules'),
      Timeout: 55,
    });
  });
});

const UNDELIVERED = Match.stringLikeRegexp('^NotificationsUndelivered');

describe('people', () => {
  it('are subscribed as the settings say', () => {
    const subscriptions = Object.values(template.findResources('AWS::SNS::Subscription')).map(
      ({ Properties: { Protocol, Endpoint, TopicArn } }) =>
        `${TopicArn.Ref.replace(/[0-9A-F]{8}$/, '')} ${Protocol} ${Endpoint}`,
    );
    expect(subscriptions.sort()).toEqual([
      `NotificationsCritical application ${DEVICE}`,
      'NotificationsCritical email ada@example.org',
      'NotificationsCritical sms +14155550123',
      'NotificationsOperations email ops@example.org',
      'NotificationsWarning https https://chat.example.org/hook',
    ]);
  });

  it('whose web address or device is away are told later, or leave a dead letter', () => {
    const RedrivePolicy = {
      deadLetterTargetArn: { 'Fn::GetAtt': [UNDELIVERED, 'Arn'] },
    };
    template.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'application',
      RedrivePolicy,
    });
    template.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'https',
      RedrivePolicy,
      DeliveryPolicy: { healthyRetryPolicy: Match.objectLike({ numRetries: 32 }) },
    });
    template.hasResourceProperties('AWS::SQS::QueuePolicy', {
      Queues: [{ Ref: UNDELIVERED }],
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Allow',
            Action: 'sqs:SendMessage',
            Principal: { Service: 'sns.amazonaws.com' },
          }),
        ]),
      },
    });
  });

  it('are reached through topics and queues that take TLS only', () => {
    template.resourceCountIs('AWS::SNS::Topic', 4);
    const tlsOnly = {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Deny',
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          }),
        ]),
      },
    };
    template.resourcePropertiesCountIs('AWS::SNS::TopicPolicy', tlsOnly, 4);
    template.resourcePropertiesCountIs('AWS::SQS::QueuePolicy', tlsOnly, 2);
    template.resourceCountIs('AWS::SQS::Queue', 2);
  });
});

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
