import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Hypervigil, type HypervigilProps } from './hypervigil.ts';

/** Hypervigil in a stack of its own, which tells where everything is. */
export class HypervigilStack extends Stack {
  constructor(scope: Construct, id: string, props: HypervigilProps) {
    super(scope, id, {
      description: 'Hypervigil: a serverless monitor for virtual machines and their hosts',
      terminationProtection: props.config.keepData,
    });
    // CDK leaves this id out of the names it makes: what was deployed before this construct was, keeps its names.
    const hypervigil = new Hypervigil(this, 'Default', props);

    this.output(
      'IngestUrl',
      hypervigil.ingestUrl,
      'Where agents enrol and post: put it into their configuration',
    );
    this.output(
      'InstallCommand',
      `curl -fsSL ${hypervigil.ingestUrl}install.sh | sudo sh`,
      'Run on each host; it asks for an enrolment token',
    );
    this.output(
      'ApiUrl',
      hypervigil.apiUrl,
      "Prometheus' HTTP API: the address of a Grafana data source",
    );
    this.output(
      'RemoteWriteUrl',
      `${hypervigil.remoteWriteUrl}api/v1/write`,
      'Where Prometheus servers may write remotely',
    );
    this.output('TableName', hypervigil.tableName, 'The one table; `npm run key` asks for it');
    if (hypervigil.userPoolId !== undefined)
      this.output(
        'UserPoolId',
        hypervigil.userPoolId,
        'People who sign in; `npm run user` asks for it',
      );
    this.output('CriticalTopicArn', hypervigil.topics.critical.topicArn, 'Alerts to act on now');
    this.output('WarningTopicArn', hypervigil.topics.warning.topicArn, 'Alerts to look at soon');
    this.output('InfoTopicArn', hypervigil.topics.info.topicArn, 'Alerts to know of');
    this.output('OperationsTopicArn', hypervigil.operations.topicArn, "Hypervigil's own health");
    if (hypervigil.domainTarget !== undefined)
      this.output(
        'DomainTarget',
        hypervigil.domainTarget,
        "CloudFront's name of the domain: a CNAME must lead to it, unless Route 53 has it already",
      );
    this.output(
      'UndeliveredQueueUrl',
      hypervigil.undelivered.queueUrl,
      'Notifications that reached nobody',
    );
  }

  private output(id: string, value: string, description: string): void {
    new CfnOutput(this, id, { value, description });
  }
}
