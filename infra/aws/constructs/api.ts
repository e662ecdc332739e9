import { Duration, Validations } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { type Code, FunctionUrlAuthType } from 'aws-cdk-lib/aws-lambda';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Severity } from '../../../core/alerting/severity.ts';
import {
  ACKNOWLEDGEMENT_PARTITION,
  API_TOKEN_PARTITION,
  AUDIT_PARTITION,
  ENROLMENT_TOKEN_PARTITION,
  HOST_CLAIM_PARTITION,
  HOST_KEY_PARTITION,
  PUSH_KEY_PARTITION,
  PUSH_PARTITION,
  REVOKED_PARTITION,
  RULES_PARTITION,
  SESSION_PARTITION,
  SILENCE_PARTITION,
  SUBSCRIPTION_PARTITION,
} from '../../../functions/store/item-keys.ts';
import type { Config } from '../config.ts';
import { NodeFunction } from './node-function.ts';
import { grantSignInParameter } from './sign-in.ts';
import type { Store } from './store.ts';

interface ApiProps {
  readonly config: Config;
  readonly store: Store;
  /** The routing that it shows names them; people are subscribed to them, and send tests. */
  readonly topics: Readonly<Record<Severity, Topic>>;
  readonly operations: Topic;
  /** Where people reach it, without a slash at its end; absent: at its Function URL. */
  readonly externalUrl: string | undefined;
  /** The parameter that says how people sign in; absent: nobody does. */
  readonly signInParameter: string | undefined;
  /** Where agents post and are installed from; absent: `agentsParameter` will hold it. */
  readonly agentsUrl: string | undefined;
  readonly agentsParameter: string;
  readonly code: Code;
}

/**
 * Answers Prometheus' HTTP API and Alertmanager's, for Grafana, promtool, amtool and scripts, and serves the pages.
 * The Function URL has auth type NONE because the handler checks an API token or a person's session, which those
 * programs and browsers can send and IAM's signatures they can't. No CORS: no page of another origin has business here.
 */
export class Api extends Construct {
  readonly handler: NodeFunction;
  readonly url: string;

  constructor(scope: Construct, id: string, props: ApiProps) {
    super(scope, id);
    const { config, store, topics, operations, externalUrl, signInParameter, code } = props;
    const { agentsUrl, agentsParameter } = props;
    this.handler = new NodeFunction(this, 'Handler', {
      description: "Answers as Prometheus' and Alertmanager's HTTP APIs do",
      code,
      environment: {
        TABLE_NAME: store.table.tableName,
        SHARD_COUNT: String(config.shardCount),
        RAW_RETENTION_DAYS: String(config.rawRetentionDays),
        MINUTE_RETENTION_DAYS: String(config.minuteRetentionDays),
        HOUR_RETENTION_DAYS: String(config.hourRetentionDays),
        TOPIC_ARN_CRITICAL: topics.critical.topicArn,
        TOPIC_ARN_WARNING: topics.warning.topicArn,
        TOPIC_ARN_INFO: topics.info.topicArn,
        TOPIC_ARN_OPERATIONS: operations.topicArn,
        QUERY_MAX_HOST_MINUTES: String(config.queryMaxHostMinutes),
        QUERY_MAX_READ_UNITS: String(config.queryMaxReadUnits),
        RULES_DIR: './rules',
        DASHBOARD_DIR: './dashboard',
        ...(externalUrl === undefined ? {} : { EXTERNAL_URL: externalUrl }),
        ...(signInParameter === undefined ? {} : { SIGN_IN_PARAMETER: signInParameter }),
        ...(agentsUrl === undefined
          ? { INSTALL_URL_PARAMETER: agentsParameter }
          : { INSTALL_URL: agentsUrl }),
      },
      // A query is decoding and arithmetic in one thread: one whole vCPU, and room for the samples of
      // the largest query the handler accepts.
      memoryMb: 1769,
      // Above the handler's own limit of 25 s for a query, so that it can say what took too long.
      timeout: Duration.seconds(30),
      config,
      concurrencyMax: config.apiConcurrencyMax,
    });
    // GetItem: tokens and alert state. Query and BatchGetItem: minutes, rollups, the inventory, silences.
    store.grant(this.handler, 'Query', 'GetItem', 'BatchGetItem');
    // One may mute alerts and acknowledge them, make and end tokens, and edit rules, on record; and change nothing else.
    store.grantWithin(
      this.handler,
      [
        SILENCE_PARTITION,
        ACKNOWLEDGEMENT_PARTITION,
        AUDIT_PARTITION,
        API_TOKEN_PARTITION,
        ENROLMENT_TOKEN_PARTITION,
        // That a key has ended: its host's name stays taken, and functions forget what they remember.
        HOST_CLAIM_PARTITION,
        REVOKED_PARTITION,
        PUSH_KEY_PARTITION,
        SUBSCRIPTION_PARTITION,
        RULES_PARTITION,
      ],
      'PutItem',
    );
    // Old versions of rule files, which have no end of their own.
    store.grantWithin(this.handler, [RULES_PARTITION], 'DeleteItem');
    // A browser that is subscribed no more is gone.
    store.grantWithin(this.handler, [PUSH_PARTITION], 'PutItem', 'DeleteItem');
    this.allowSubscriptions(props);
    if (agentsUrl === undefined) grantSignInParameter(this.handler, this, agentsParameter);
    // An end is a change of what is there.
    store.grantWithin(
      this.handler,
      [API_TOKEN_PARTITION, ENROLMENT_TOKEN_PARTITION, HOST_KEY_PARTITION],
      'UpdateItem',
    );
    if (signInParameter !== undefined) {
      grantSignInParameter(this.handler, this, signInParameter);
      store.grantWithin(this.handler, [SESSION_PARTITION], 'PutItem', 'DeleteItem');
    }
    this.url = this.handler.addFunctionUrl({ authType: FunctionUrlAuthType.NONE }).url;
  }

  /** To our topics only; to be added there is for people, not for queues and functions. */
  private allowSubscriptions({ topics, operations }: ApiProps): void {
    const { critical, warning, info } = topics;
    const resources = [critical, warning, info, operations].map(({ topicArn }) => topicArn);
    this.handler.addToRolePolicy(
      new PolicyStatement({ actions: ['sns:ListSubscriptionsByTopic', 'sns:Publish'], resources }),
    );
    this.handler.addToRolePolicy(
      new PolicyStatement({
        actions: ['sns:Subscribe'],
        resources,
        conditions: { StringEquals: { 'sns:Protocol': ['email', 'sms'] } },
      }),
    );
    // SNS knows no resource for it; the handler unsubscribes nothing that is not on the list of one of our topics.
    this.handler.addToRolePolicy(
      new PolicyStatement({ actions: ['sns:Unsubscribe'], resources: ['*'] }),
    );
    if (this.handler.role !== undefined)
      Validations.of(this.handler.role).acknowledge({
        id: 'AwsSolutions-IAM5[Resource::*]',
        reason:
          'sns:Unsubscribe has no resource type: IAM can allow it for all subscriptions of the account, or for none.',
      });
  }
}
