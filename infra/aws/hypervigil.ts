import { Stack } from 'aws-cdk-lib';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import type { Severity } from '../../core/alerting/severity.ts';
import type { BuiltRelease } from './agent-release.ts';
import type { Config } from './config.ts';
import { Api } from './constructs/api.ts';
import { Compactor } from './constructs/compactor.ts';
import { Domain, hostOf } from './constructs/domain.ts';
import { Enrol } from './constructs/enrol.ts';
import { Evaluator } from './constructs/evaluator.ts';
import { Ingest } from './constructs/ingest.ts';
import { Install } from './constructs/install.ts';
import { keyPolicyStatements } from './constructs/key-policy.ts';
import { type Network, namedNetwork, placeIn } from './constructs/network.ts';
import { Notifications } from './constructs/notifications.ts';
import { RemoteWrite } from './constructs/remote-write.ts';
import { SelfDashboard } from './constructs/self-dashboard.ts';
import { agentsParameterName, SignIn, signInParameterName } from './constructs/sign-in.ts';
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
  /** Encrypts table and topics, whatever the settings say of a key. One made elsewhere must allow it itself. */
  readonly key?: IKey | undefined;
  /** Where the Lambdas run, whatever the settings say of a VPC. Absent there too: in no VPC. */
  readonly network?: Network | undefined;
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
  /** Where people who sign in are. Absent: nobody signs in. */
  readonly userPoolId: string | undefined;
  /** Of a name of one's own: CloudFront's name, to which it must lead. Absent: the settings name none. */
  readonly domainTarget: string | undefined;

  constructor(scope: Construct, id: string, props: HypervigilProps) {
    super(scope, id);
    const { config, code, release } = props;
    const network = props.network ?? (config.vpc && namedNetwork(this, config.vpc));
    if (network !== undefined) placeIn(network, this);
    const key = props.key ?? this.keyOf(config);
    const domainUrl = config.domain && `https://${config.domain.name}`;
    const agentsUrl = config.domain?.agents === true ? domainUrl : undefined;
    const store = new Store(this, 'Store', {
      key,
      keepData: config.keepData,
      existingTable: config.existingTable,
    });
    const notifications = new Notifications(this, 'Notifications', { config, key });
    const enrol = new Enrol(this, 'Enrol', { config, store, code: code('enroll') });
    const install = new Install(this, 'Install', {
      config,
      store,
      release,
      publicUrl: agentsUrl,
      code: code('install'),
    });
    const signInParameter = signInParameterName(this);
    const api = new Api(this, 'Api', {
      config,
      store,
      topics: notifications.bySeverity,
      operations: notifications.operations,
      externalUrl: domainUrl,
      signInParameter: config.signIn.enabled ? signInParameter : undefined,
      agentsUrl,
      agentsParameter: agentsParameterName(this),
      code: code('api'),
    });
    const apiUrl = domainUrl === undefined ? api.url : `${domainUrl}/`;
    const evaluator = new Evaluator(this, 'Evaluator', {
      config,
      store,
      topics: notifications.bySeverity,
      undelivered: notifications.undelivered,
      externalUrl: domainUrl ?? `https://${hostOf(api.url)}`,
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
      api: api.handler,
      remoteWrite: remoteWrite.handler,
      deadLetters: evaluator.deadLetters,
      undelivered: notifications.undelivered,
      topic: notifications.operations,
      tableName: store.table.tableName,
      alarms: config.alarms,
      detailedMetrics: config.detailedMetrics,
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
    this.domainTarget =
      config.domain &&
      new Domain(this, 'Domain', {
        deployment: config.name,
        domain: config.domain,
        apiUrl: api.url,
        remoteWriteUrl: remoteWrite.url,
        ingestUrl: ingest.url,
        enrolUrl: enrol.url,
      }).target;
    this.ingestUrl = agentsUrl === undefined ? ingest.url : `${agentsUrl}/`;
    // The function of the API can't be told in its environment: this address is made after it.
    if (agentsUrl === undefined)
      new StringParameter(this, 'AgentsUrl', {
        parameterName: agentsParameterName(this),
        simpleName: false,
        stringValue: ingest.url,
        description: 'Where agents of Hypervigil post, and are installed from',
      });
    this.apiUrl = apiUrl;
    this.userPoolId = config.signIn.enabled
      ? new SignIn(this, 'SignIn', { config, apiUrl, parameterName: signInParameter }).userPoolId
      : undefined;
    this.remoteWriteUrl = domainUrl === undefined ? remoteWrite.url : `${domainUrl}/`;
    this.tableName = store.table.tableName;
    this.topics = notifications.bySeverity;
    this.operations = notifications.operations;
    this.undelivered = notifications.undelivered;
  }

  private keyOf({ name, customerKey }: Config): IKey | undefined {
    if (customerKey === false) return undefined;
    // Its policy can't be changed from here: `npm run deploy` says what it has to allow.
    if (customerKey !== true) return Key.fromKeyArn(this, 'Key', customerKey);
    const key = new Key(this, 'Key', {
      description: `${name}: metrics, alert state and notifications`,
      enableKeyRotation: true,
    });
    for (const statement of keyPolicyStatements(Stack.of(this))) key.addToResourcePolicy(statement);
    return key;
  }
}
