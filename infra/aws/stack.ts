import { CfnOutput, Fn, Stack } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { BuiltRelease } from './agent-release.ts';
import type { Config } from './config.ts';
import { Api } from './constructs/api.ts';
import { Compactor } from './constructs/compactor.ts';
import { Enrol } from './constructs/enrol.ts';
import { Evaluator } from './constructs/evaluator.ts';
import { Ingest } from './constructs/ingest.ts';
import { Install } from './constructs/install.ts';
import { Notifications } from './constructs/notifications.ts';
import { RemoteWrite } from './constructs/remote-write.ts';
import { Store } from './constructs/store.ts';
import { Watch } from './constructs/watch.ts';

/** A Lambda, by its folder in `functions/`. */
export type FunctionName =
  | 'ingest'
  | 'enroll'
  | 'install'
  | 'evaluate'
  | 'compact'
  | 'api'
  | 'remote-write';

export interface HypervigilStackProps {
  readonly config: Config;
  readonly code: (name: FunctionName) => Code;
  /** The agent that hosts can install; absent: none was built. */
  readonly release?: BuiltRelease | undefined;
}

/** All of Hypervigil in one account and region. */
export class HypervigilStack extends Stack {
  constructor(scope: Construct, id: string, { config, code, release }: HypervigilStackProps) {
    super(scope, id, {
      description: 'Hypervigil: a serverless monitor for virtual machines and their hosts',
      terminationProtection: config.keepData,
    });
    const key = config.customerKey
      ? new Key(this, 'Key', {
          description: `${config.name}: metrics, alert state and notifications`,
          enableKeyRotation: true,
        })
      : undefined;
    const store = new Store(this, 'Store', {
      key,
      keepData: config.keepData,
      existingTable: config.existingTable,
    });
    const notifications = new Notifications(this, 'Notifications', { config, key });
    const enrol = new Enrol(this, 'Enrol', { config, store, code: code('enroll') });
    const install = new Install(this, 'Install', { config, store, release, code: code('install') });
    const api = new Api(this, 'Api', {
      config,
      store,
      topics: notifications.bySeverity,
      code: code('api'),
    });
    const evaluator = new Evaluator(this, 'Evaluator', {
      config,
      store,
      topics: notifications.bySeverity,
      undelivered: notifications.undelivered,
      externalUrl: withoutSlash(api.url),
      code: code('evaluate'),
    });
    const ingest = new Ingest(this, 'Ingest', {
      config,
      store,
      enrolUrl: enrol.url,
      install: install.handler,
      evaluator: evaluator.handler,
      code: code('ingest'),
    });
    const remoteWrite = new RemoteWrite(this, 'RemoteWrite', {
      config,
      store,
      code: code('remote-write'),
    });
    const compactor = new Compactor(this, 'Compactor', {
      config,
      store,
      deadLetters: evaluator.deadLetters,
      code: code('compact'),
    });
    new Watch(this, 'Watch', {
      deployment: config.name,
      ingest: ingest.handler,
      evaluator: evaluator.handler,
      compactor: compactor.handler,
      deadLetters: evaluator.deadLetters,
      undelivered: notifications.undelivered,
      topic: notifications.operations,
    });

    this.output(
      'IngestUrl',
      ingest.url,
      'Where agents enrol and post: put it into their configuration',
    );
    this.output(
      'InstallCommand',
      `curl -fsSL ${ingest.url}install.sh | sudo sh`,
      'Run on each host; it asks for an enrolment token',
    );
    this.output('ApiUrl', api.url, "Prometheus' HTTP API: the address of a Grafana data source");
    this.output(
      'RemoteWriteUrl',
      `${remoteWrite.url}api/v1/write`,
      'Where Prometheus servers may write remotely',
    );
    this.output('TableName', store.table.tableName, 'The one table; `npm run key` asks for it');
    this.output(
      'CriticalTopicArn',
      notifications.bySeverity.critical.topicArn,
      'Alerts to act on now',
    );
    this.output(
      'WarningTopicArn',
      notifications.bySeverity.warning.topicArn,
      'Alerts to look at soon',
    );
    this.output('InfoTopicArn', notifications.bySeverity.info.topicArn, 'Alerts to know of');
    this.output('OperationsTopicArn', notifications.operations.topicArn, "Hypervigil's own health");
    this.output(
      'UndeliveredQueueUrl',
      notifications.undelivered.queueUrl,
      'Notifications that reached nobody',
    );
  }

  private output(id: string, value: string, description: string): void {
    new CfnOutput(this, id, { value, description });
  }
}

/** A Function URL, known only when deployed, ends with a slash: `https://HOST/`. */
function withoutSlash(functionUrl: string): string {
  return `https://${Fn.select(2, Fn.split('/', functionUrl))}`;
}
