import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { DestinationConfig, IDestination, IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

/**
 * A queue for asynchronous calls of a function that failed. CDK's own destination also lets the function ask what the
 * queue is like; this one lets it send.
 */
export class FailureQueue implements IDestination {
  private readonly queue: IQueue;

  constructor(queue: IQueue) {
    this.queue = queue;
  }

  bind(_scope: Construct, handler: IFunction): DestinationConfig {
    const { queueArn } = this.queue;
    handler.addToRolePolicy(
      new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [queueArn] }),
    );
    return { destination: queueArn };
  }
}
