import * as v from 'valibot';
import { ACCOUNT, type Account, REGION } from './account.ts';
import type { Call } from './simulate.ts';
import { functionsOf } from './world.ts';

/**
 * What AWS does with a role, because the template says so, and no code of ours: Lambda writes logs and leaves what
 * failed, the scheduler invokes. By the role's ARN.
 */
export function callsOfTemplate(account: Account): ReadonlyMap<string, readonly Call[]> {
  const found = new Map<string, Call[]>();
  const add = (role: string, ...calls: Call[]) =>
    found.set(role, [...(found.get(role) ?? []), ...calls]);
  const roleOf = new Map(functionsOf(account).map(({ id, role }) => [id, role]));
  for (const { id, properties } of account.ofType('AWS::Lambda::Function'))
    add(roleOf.get(id) ?? '', ...callsOfFunction(properties));
  for (const { properties } of account.ofType('AWS::Lambda::EventInvokeConfig')) {
    const { FunctionName, DestinationConfig } = v.parse(Asynchronous, properties);
    const queue = DestinationConfig?.OnFailure.Destination;
    const role = roleOf.get(FunctionName) ?? '';
    if (queue !== undefined) add(role, { action: 'sqs:SendMessage', resource: queue });
  }
  for (const { properties } of account.ofType('AWS::Scheduler::Schedule')) {
    const { Target } = v.parse(Schedule, properties);
    add(Target.RoleArn, { action: 'lambda:InvokeFunction', resource: Target.Arn });
    const queue = Target.DeadLetterConfig?.Arn;
    if (queue !== undefined) add(Target.RoleArn, { action: 'sqs:SendMessage', resource: queue });
  }
  return found;
}

const Asynchronous = v.looseObject({
  FunctionName: v.string(),
  DestinationConfig: v.optional(
    v.looseObject({ OnFailure: v.looseObject({ Destination: v.string() }) }),
  ),
});

const Schedule = v.looseObject({
  Target: v.looseObject({
    Arn: v.string(),
    RoleArn: v.string(),
    DeadLetterConfig: v.optional(v.looseObject({ Arn: v.string() })),
  }),
});

const FunctionLike = v.looseObject({
  LoggingConfig: v.optional(v.looseObject({ LogGroup: v.string() })),
  VpcConfig: v.optional(v.looseObject({})),
  TracingConfig: v.optional(v.looseObject({ Mode: v.string() })),
});

/** Source: docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html, required IAM permissions. */
export const INTERFACE_ACTIONS = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

function callsOfFunction(properties: unknown): Call[] {
  const { LoggingConfig, VpcConfig, TracingConfig } = v.parse(FunctionLike, properties);
  const calls: Call[] = [];
  if (LoggingConfig !== undefined) {
    const stream = `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${LoggingConfig.LogGroup}:log-stream:1`;
    const actions = ['logs:CreateLogStream', 'logs:PutLogEvents'];
    calls.push(...actions.map((action) => ({ action, resource: stream })));
  }
  if (VpcConfig !== undefined)
    calls.push(...INTERFACE_ACTIONS.map((action) => ({ action, resource: '*' })));
  if (TracingConfig?.Mode === 'Active')
    for (const action of ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'])
      calls.push({ action, resource: '*' });
  return calls;
}

const Encrypted = v.looseObject({
  KmsMasterKeyId: v.optional(v.string()),
  SSESpecification: v.optional(v.looseObject({ KMSMasterKeyId: v.optional(v.string()) })),
});

/** What a service asks of a key of the customer's in the name of who called it. */
const KEY_ACTIONS: Readonly<Record<string, readonly string[]>> = {
  dynamodb: ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey', 'kms:DescribeKey'],
  sns: ['kms:Decrypt', 'kms:GenerateDataKey'],
};

/** The use of keys that follows from a call: of the table or topic, if a key of the template encrypts it. */
export function keyUseOf(account: Account, { resource }: Call): readonly Call[] {
  for (const { id, type, properties } of account.resources) {
    if (type !== 'AWS::DynamoDB::Table' && type !== 'AWS::SNS::Topic') continue;
    if (account.arn(id) !== resource) continue;
    const { KmsMasterKeyId, SSESpecification } = v.parse(Encrypted, properties);
    const key = KmsMasterKeyId ?? SSESpecification?.KMSMasterKeyId;
    // A key that AWS manages lets all principals of the account use it so.
    if (key === undefined || !key.startsWith('arn:')) return [];
    if (key.includes('alias/aws/')) return [];
    const service = resource.split(':')[2] ?? '';
    return (KEY_ACTIONS[service] ?? []).map((action) => ({
      action,
      resource: key,
      context: throughService(service),
    }));
  }
  return [];
}

/** What KMS knows of a request that a service makes for somebody of an account. */
export function throughService(service: string, account = ACCOUNT): Record<string, string> {
  return {
    'kms:CallerAccount': account,
    'kms:ViaService': `${service}.${REGION}.amazonaws.com`,
  };
}
