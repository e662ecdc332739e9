import { minutePartition } from '../../functions/store/item-keys.ts';
import { ACCOUNT, REGION } from './account.ts';
import type { Role } from './roles.ts';
import type { Call } from './simulate.ts';

/** The same call of something else: another of its kind, and the like of it in another account and region. */
export function elsewhere({ resource, ...call }: Call): readonly Call[] {
  if (!resource.startsWith('arn:')) return [];
  const others = resource.startsWith('arn:aws:s3:::')
    ? [resource.replace(/[^/]+$/, (key) => `x${key}`), resource.replace(':::', ':::x')]
    : [
        renamed(resource),
        resource.replace(`:${ACCOUNT}:`, ':999999999999:'),
        resource.replace(`:${REGION}:`, ':us-east-1:'),
      ];
  return others.map((other) => ({ ...call, resource: other }));
}

function renamed(arn: string): string {
  const group = /^(arn:aws:logs:[^/]*?:log-group:[^:]+)(:.*)$/.exec(arn);
  return group === null ? `${arn}-other` : `${group[1]}-other${group[2]}`;
}

/** Some of everything there is in the table. */
const PARTITIONS = [
  minutePartition(29_000_000, 0),
  'H#web-1',
  'INV#KEY',
  'INV#CLAIM',
  'INV#ENROL',
  'INV#REVOKED',
  'INV#TOKEN',
  'INV#SESSION',
  'INV#HOST',
  'STATE#tick',
  'STATE#compact',
  'CONF#SHARDS',
  'CONF#SILENCE',
  'CONF#ACK',
  'CONF#RULES',
  'LOG#AUDIT',
  'LOG#2026-11-23',
  'LATE#0',
  'anything',
];

/**
 * The same call of other partitions, alone and beside those that it may name; none for an action that the role may
 * do in all of the table, which its own policies say.
 */
export function otherPartitions(role: Role, call: Call): readonly Call[] {
  const named = call.context?.['dynamodb:LeadingKeys'];
  const mayIn = partitionsOf(role, call.action);
  if (named === undefined || mayIn === 'all') return [];
  const others = PARTITIONS.filter((partition) => !mayIn.includes(partition));
  const withKeys = (...keys: string[]) => ({ ...call, context: { 'dynamodb:LeadingKeys': keys } });
  return others.flatMap((other) => [withKeys(other), withKeys(...[named].flat(), other)]);
}

function partitionsOf(role: Role, action: string): 'all' | readonly string[] {
  const all: string[] = [];
  for (const { statements } of role.policies)
    for (const { Action, Condition } of statements) {
      if (!Action.includes(action)) continue;
      const keys = Condition['ForAllValues:StringEquals']?.['dynamodb:LeadingKeys'];
      if (keys === undefined) return 'all';
      all.push(...keys);
    }
  return all;
}

/** What no role of ours may do to anything of ours, nor of anybody's. By service. */
const NEVER: Readonly<Record<string, readonly string[]>> = {
  dynamodb: [
    ...['Scan', 'BatchWriteItem', 'PartiQLSelect', 'PartiQLInsert', 'PartiQLUpdate'],
    ...['PartiQLDelete', 'DeleteTable', 'UpdateTable', 'UpdateTimeToLive', 'CreateBackup'],
    ...['ExportTableToPointInTime', 'UpdateContinuousBackups', 'PutResourcePolicy'],
    ...['DeleteResourcePolicy', 'DescribeTable'],
  ],
  sns: [
    ...['Subscribe', 'DeleteTopic', 'SetTopicAttributes', 'AddPermission', 'RemovePermission'],
    'ListSubscriptionsByTopic',
  ],
  sqs: ['ReceiveMessage', 'DeleteMessage', 'PurgeQueue', 'DeleteQueue', 'SetQueueAttributes'],
  lambda: [
    ...['UpdateFunctionCode', 'UpdateFunctionConfiguration', 'AddPermission', 'GetFunction'],
    ...['DeleteFunction', 'PutFunctionEventInvokeConfig', 'UpdateFunctionUrlConfig'],
  ],
  logs: ['DeleteLogGroup', 'FilterLogEvents', 'PutRetentionPolicy'],
  iam: ['PassRole', 'PutRolePolicy', 'AttachRolePolicy', 'UpdateAssumeRolePolicy', 'DeleteRole'],
  kms: [
    ...['Decrypt', 'GenerateDataKey', 'ScheduleKeyDeletion', 'DisableKey', 'PutKeyPolicy'],
    'CreateGrant',
  ],
  ssm: ['PutParameter', 'DeleteParameter'],
  secretsmanager: ['GetSecretValue', 'PutSecretValue'],
  s3: ['PutObject', 'DeleteObject'],
  'cognito-idp': ['DeleteUserPool', 'AdminCreateUser', 'AdminSetUserPassword', 'UpdateUserPool'],
};

/** What is there in any account, and none of a role's business. */
const ELSEWHERE: readonly Call[] = [
  { action: 'sts:AssumeRole', resource: `arn:aws:iam::${ACCOUNT}:role/Administrator` },
  { action: 'iam:CreateUser', resource: `arn:aws:iam::${ACCOUNT}:user/mallory` },
  { action: 's3:ListBucket', resource: 'arn:aws:s3:::somebody' },
  { action: 's3:GetObject', resource: 'arn:aws:s3:::somebody/secret' },
  { action: 'ssm:GetParameter', resource: `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/others` },
  { action: 'ec2:RunInstances', resource: `arn:aws:ec2:${REGION}:${ACCOUNT}:instance/*` },
  {
    action: 'cloudformation:DeleteStack',
    resource: `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/Hypervigil/1`,
  },
];

/** Deeds that are denied to every role, on all of these resources. */
export function misdeeds(arns: readonly string[]): readonly Call[] {
  const onOurs = arns.flatMap((resource) =>
    (NEVER[resource.split(':')[2] ?? ''] ?? []).map((name) => ({
      action: `${resource.split(':')[2]}:${name}`,
      resource,
    })),
  );
  return [...onOurs, ...ELSEWHERE];
}
