import { Match } from 'aws-cdk-lib/assertions';
import { describe, it } from 'vitest';
import { synthesized } from './synthesized.ts';

const template = synthesized();

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
