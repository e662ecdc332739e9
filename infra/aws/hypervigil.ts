import { Fn } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Severity } from '../../core/alerting/severity.ts';
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
import { SelfDashboard } from './constructs/self-dashboard.ts';
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

export interface HypervigilProps {
  /** As `readConfig` gives it: checked, and defaults filled in. */
  readonly config: Config;
  /** The code of each Lambda; `codeFromSources` bundles it. */
  readonly code: (name: FunctionName) => Code;
  /** The agent that hosts can install; absent: none was built. */
  readonly release?: BuiltRelease | undefined;
}

/**
 * All of Hypervigil in one stack: of its own (`HypervigilStack`), or beside whatever else a CDK app
 * has there. What is public is for the app to go on with: subscribe to topics, grant, show addresses.
 */
export class Hypervigil extends Construct {
  /** Where agents enrol and post; ends with a slash, as all addresses here. */
  readonly ingestUrl: string;
  readonly apiUrl: string;
  readonly remoteWriteUrl: string;
  readonly tableName: string;
  /** Where alerts go, unless the routing says otherwise. */
  readonly topics: Readonly<Record<Severity, ITopic>>;
  /** Where CloudWatch says that Hypervigil is unwell. */
  readonly operations: ITopic;
  /** Notifications that reached nobody. */
  readonly undelivered: IQueue;

  constructor(scope: Construct, id: string, { config, code, release }: HypervigilProps) {
    super(scope, id);
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
      tableName: store.table.tableName,
      alarms: config.alarms,
    });
    if (config.dashboard)
      new SelfDashboard(this, 'SelfDashboard', {
        deployment: config.name,
        tableName: store.table.tableName,
        ingest: ingest.handler,
        evaluator: evaluator.handler,
        compactor: compactor.handler,
        api: api.handler,
        remoteWrite: remoteWrite.handler,
        deadLetters: evaluator.deadLetters,
        undelivered: notifications.undelivered,
      });
    this.ingestUrl = ingest.url;
    this.apiUrl = api.url;
    this.remoteWriteUrl = remoteWrite.url;
    this.tableName = store.table.tableName;
    this.topics = notifications.bySeverity;
    this.operations = notifications.operations;
    this.undelivered = notifications.undelivered;
  }
}

/** A Function URL, known only when deployed, ends with a slash: `https://HOST/`. */
function withoutSlash(functionUrl: string): string {
  return `https://${Fn.select(2, Fn.split('/', functionUrl))}`;
}
