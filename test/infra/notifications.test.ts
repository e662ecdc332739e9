import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
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
