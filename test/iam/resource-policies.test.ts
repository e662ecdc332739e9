import { beforeAll, describe, expect, test, vi } from 'vitest';
import { synthesized } from '../infra/synthesized.ts';
import { ACCOUNT, type Account, deployed, REGION } from './account.ts';
import { type Policy, policyOf, type Role, resourcePolicies, rolesOf } from './roles.ts';
import { EVERYTHING } from './settings.ts';
import { type Call, type Caller, isAllowed } from './simulate.ts';
import { throughService } from './template-calls.ts';

/** What topics, queues and the key themselves say of who may use them. */

vi.setConfig({ hookTimeout: 120_000 });

const OTHER_ACCOUNT = '999999999999';
const STRANGER: Caller = { arn: `arn:aws:iam::${OTHER_ACCOUNT}:role/Administrator` };
const UNRELATED: Caller = { arn: `arn:aws:iam::${ACCOUNT}:role/Unrelated` };

let account: Account;
let policies: ReadonlyMap<string, Policy>;
const arnsOf = (type: string) => account.ofType(type).map(({ id }) => account.arn(id));
const arnOf = (type: string, part: string) => {
  const found = arnsOf(type).find((arn) => arn.includes(part));
  if (found === undefined) throw new Error(`no ${type} is named ${part}`);
  return found;
};
const may = (caller: Caller, call: Call) => isAllowed(caller, call, policies);

beforeAll(() => {
  account = deployed(synthesized(EVERYTHING));
  policies = resourcePolicies(account);
});

describe('topics', () => {
  const alarm = (of = ACCOUNT) => ({
    'aws:SourceAccount': of,
    'aws:SourceArn': `arn:aws:cloudwatch:${REGION}:${of}:alarm:NoTick`,
  });

  test('of operations takes the alarms of this account, and nobody else', async () => {
    const resource = arnOf('AWS::SNS::Topic', 'Operations');
    const publish = (context = {}) => ({ action: 'sns:Publish', resource, context });
    const cloudwatch: Caller = { service: 'cloudwatch.amazonaws.com' };
    expect(await may(cloudwatch, publish(alarm()))).toBe(true);
    expect(await may(cloudwatch, publish(alarm(OTHER_ACCOUNT)))).toBe(false);
    expect(await may(cloudwatch, publish())).toBe(false);
    expect(await may({ service: 'events.amazonaws.com' }, publish(alarm()))).toBe(false);
  });

  test('take nothing from strangers, from nobody, nor from services', async () => {
    const topics = arnsOf('AWS::SNS::Topic');
    expect(topics).toHaveLength(4);
    for (const resource of topics)
      for (const caller of [STRANGER, UNRELATED, 'anybody'] as const)
        for (const action of ['sns:Publish', 'sns:Subscribe', 'sns:SetTopicAttributes'])
          expect(await may(caller, { action, resource }), `${action} ${resource}`).toBe(false);
    const cloudwatch: Caller = { service: 'cloudwatch.amazonaws.com' };
    for (const resource of topics.filter((arn) => !arn.includes('Operations')))
      expect(await may(cloudwatch, { action: 'sns:Publish', resource, context: alarm() })).toBe(
        false,
      );
  });

  test('take nothing without TLS, not even of who may publish', async () => {
    const role = rolesOf(account).find(({ id }) => id.startsWith('EvaluatorHandlerRole'));
    if (role === undefined) throw new Error('there is no evaluator');
    const resource = arnOf('AWS::SNS::Topic', 'Critical');
    const plain = { 'aws:SecureTransport': 'false' };
    expect(await may({ role }, { action: 'sns:Publish', resource })).toBe(true);
    expect(await may({ role }, { action: 'sns:Publish', resource, context: plain })).toBe(false);
  });
});

describe('queues', () => {
  test('of what was undelivered takes what topics of ours could not deliver', async () => {
    const resource = arnOf('AWS::SQS::Queue', 'Undelivered');
    const from = (topic: string) => ({
      action: 'sqs:SendMessage',
      resource,
      context: { 'aws:SourceArn': topic },
    });
    const sns: Caller = { service: 'sns.amazonaws.com' };
    expect(await may(sns, from(arnOf('AWS::SNS::Topic', 'Critical')))).toBe(true);
    expect(await may(sns, from(`arn:aws:sns:${REGION}:${OTHER_ACCOUNT}:x`))).toBe(false);
    expect(await may(sns, { action: 'sqs:SendMessage', resource })).toBe(false);
  });

  test('give nothing to strangers and nothing without TLS', async () => {
    for (const resource of arnsOf('AWS::SQS::Queue')) {
      for (const action of ['sqs:ReceiveMessage', 'sqs:SendMessage', 'sqs:PurgeQueue'])
        for (const caller of [STRANGER, UNRELATED, 'anybody'] as const)
          expect(await may(caller, { action, resource }), `${action} ${resource}`).toBe(false);
      const document = policies.get(resource)?.statements ?? [];
      const secure = { Bool: { 'aws:SecureTransport': ['false'] } };
      expect(document).toContainEqual(
        expect.objectContaining({ Effect: 'Deny', Action: ['sqs:*'], Condition: secure }),
      );
    }
  });
});

describe('the key', () => {
  const ACTIONS = ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:Encrypt'];
  const call = (action: string, context = {}) => ({
    action,
    resource: arnOf('AWS::KMS::Key', ''),
    context,
  });

  test('is used by the table and the topics for who may use these, and not directly', async () => {
    for (const action of ACTIONS) {
      for (const service of ['dynamodb', 'sns'])
        expect(await may(UNRELATED, call(action, throughService(service)))).toBe(true);
      expect(await may(UNRELATED, call(action))).toBe(false);
      expect(await may(UNRELATED, call(action, throughService('s3')))).toBe(false);
    }
  });

  test('is of no use to other accounts, through whatever service', async () => {
    for (const action of [...ACTIONS, 'kms:DescribeKey', 'kms:CreateGrant', 'kms:PutKeyPolicy'])
      for (const context of [{}, throughService('dynamodb', OTHER_ACCOUNT)]) {
        expect(await may(STRANGER, call(action, context)), action).toBe(false);
        expect(await may('anybody', call(action, context)), action).toBe(false);
      }
  });

  test('is looked after by the account itself, and by no role of ours', async () => {
    const statement = { Effect: 'Allow', Action: '*', Resource: '*' };
    const document = { Version: '2012-10-17', Statement: [statement] };
    const role: Role = {
      id: 'Administrator',
      arn: `arn:aws:iam::${ACCOUNT}:role/Administrator`,
      trusted: [],
      policies: [policyOf('all', document)],
      managed: [],
    };
    expect(await may({ role }, call('kms:PutKeyPolicy'))).toBe(true);
    for (const role of rolesOf(account))
      for (const action of ['kms:PutKeyPolicy', 'kms:ScheduleKeyDeletion', 'kms:DisableKey'])
        expect(await may({ role }, call(action, throughService('dynamodb'))), action).toBe(false);
  });

  test('serves the alarms of this account', async () => {
    const cloudwatch: Caller = { service: 'cloudwatch.amazonaws.com' };
    const context = (of: string) => ({
      'aws:SourceAccount': of,
      'aws:SourceArn': `arn:aws:cloudwatch:${REGION}:${of}:alarm:NoTick`,
    });
    expect(await may(cloudwatch, call('kms:GenerateDataKey', context(ACCOUNT)))).toBe(true);
    expect(await may(cloudwatch, call('kms:GenerateDataKey', context(OTHER_ACCOUNT)))).toBe(false);
  });
});

describe('functions', () => {
  test('may be called by anybody only at their own addresses, and only those that have one', () => {
    const open = account.ofType('AWS::Lambda::Permission').map(({ properties }) => {
      const { Action, Principal, FunctionUrlAuthType, InvokedViaFunctionUrl } = properties;
      return {
        Action,
        Principal,
        isByUrl: FunctionUrlAuthType === 'NONE' || InvokedViaFunctionUrl,
      };
    });
    const urls = account.ofType('AWS::Lambda::Url');
    expect(urls.map(({ properties }) => properties['AuthType'])).toEqual(Array(4).fill('NONE'));
    for (const { Action, Principal, isByUrl } of open)
      expect([Action, Principal, isByUrl]).toEqual([
        expect.stringMatching(/^lambda:InvokeFunction(Url)?$/),
        '*',
        true,
      ]);
    const named = (type: string) =>
      new Set(
        account
          .ofType(type)
          .map(({ properties }) =>
            String(properties['FunctionName'] ?? properties['TargetFunctionArn']).replace(
              /.*:/,
              '',
            ),
          ),
      );
    expect(named('AWS::Lambda::Permission')).toEqual(named('AWS::Lambda::Url'));
  });
});
