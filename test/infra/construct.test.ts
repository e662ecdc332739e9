import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { expect, it } from 'vitest';
import { readConfig } from '../../infra/aws/config.ts';
import { Hypervigil } from '../../infra/aws/hypervigil.ts';
import { newApp } from '../../infra/aws/hypervigil-app.ts';

/** Slow checks that `cdk synth` runs. */
const QUICK = { context: { '@aws-cdk/core:validateAgainstDefaultRules': false } };

it("stands in a stack of somebody's own, even twice, and its topics can be subscribed to", () => {
  const stack = new Stack(newApp(QUICK), 'Ours');
  new Queue(stack, 'OfOurs', { enforceSSL: true });
  const code = () => Code.fromInline('exports');
  const monitors = ['Production', 'Trial'].map((name) => {
    const config = readConfig({ name });
    if (!config.ok) throw new Error(config.error);
    return new Hypervigil(stack, name, { config: config.value, code });
  });
  for (const { topics } of monitors)
    topics.critical.addSubscription(new EmailSubscription('ada@example.org'));

  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::DynamoDB::Table', 2);
  const subscribed = Object.values(template.findResources('AWS::SNS::Subscription'));
  const topics = subscribed.map(({ Properties }) => Properties.TopicArn.Ref);
  expect(topics).toEqual([
    expect.stringMatching(/^ProductionNotificationsCritical/),
    expect.stringMatching(/^TrialNotificationsCritical/),
  ]);
  // Their ticks are told apart in CloudWatch.
  const heartbeats = Object.values(template.findResources('AWS::CloudWatch::Alarm')).flatMap(
    ({ Properties }) =>
      Properties.MetricName === 'TickCompleted' ? [Properties.Dimensions[0].Value] : [],
  );
  expect(heartbeats.sort()).toEqual(['Production', 'Trial']);
}, 30_000);
