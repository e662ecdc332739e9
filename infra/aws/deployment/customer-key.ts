import { GetKeyPolicyCommand, KMSClient, KMSServiceException } from '@aws-sdk/client-kms';
import { runSimulation } from '@cloud-copilot/iam-simulate';
import { Stack } from 'aws-cdk-lib';
import { keyPolicyStatements } from '../constructs/key-policy.ts';

/** Throws for a key that lies in another region than what it shall encrypt. */
export function checkKeyRegion(keyArn: string, region: string): void {
  const of = partsOf(keyArn).region;
  if (of !== region)
    throw new Error(`the key ${keyArn} is in ${of}, and this deployment in ${region}`);
}

/** A key that was there before, which only its owner can let do what a deployment needs. */
export interface OwnKey {
  readonly arn: string;
  /** What its policy does not allow; empty: it allows all. Absent: the policy could not be read. */
  readonly refused: readonly string[] | undefined;
  /** Lines of JSON to put into the policy. */
  readonly statements: readonly string[];
}

/**
 * Looks what a key's policy allows.
 *
 * @param topicArn of the deployment, which says where it is
 */
export async function lookAtKey(arn: string, topicArn: string): Promise<OwnKey> {
  const policy = await policyOf(arn);
  return {
    arn,
    refused: policy === undefined ? undefined : await refusedBy(policy, arn, topicArn),
    statements: keyPolicyLines(topicArn),
  };
}

/** `undefined`: whoever deploys may not read it, or it is another account's. */
async function policyOf(KeyId: string): Promise<unknown> {
  try {
    const { Policy = '{}' } = await new KMSClient({}).send(new GetKeyPolicyCommand({ KeyId }));
    return JSON.parse(Policy);
  } catch (error) {
    if (error instanceof KMSServiceException) return undefined;
    throw error;
  }
}

/** What a deployment does with a key: nobody of it has rights of its own to that, so the policy has to give them. */
export async function refusedBy(
  policy: unknown,
  keyArn: string,
  topicArn: string,
): Promise<string[]> {
  const { partition, region, account } = partsOf(topicArn);
  const { urlSuffix } = placeOf(topicArn);
  const role = `arn:${partition}:iam::${account}:role/Function`;
  const uses = [
    ...['dynamodb', 'sns'].map((service) => ({
      principal: role,
      what: `the functions may not use it through ${service}`,
      context: {
        'kms:CallerAccount': account,
        'kms:ViaService': `${service}.${region}.${urlSuffix}`,
      },
    })),
    {
      principal: 'cloudwatch.amazonaws.com',
      what: 'alarms about Hypervigil itself may not use it, so that nobody hears them',
      context: {
        'aws:SourceAccount': account,
        'aws:SourceArn': `arn:${partition}:cloudwatch:${region}:${account}:alarm:Any`,
      },
    },
  ];
  const refused: string[] = [];
  for (const { principal, what, context } of uses) {
    const answers = await Promise.all(
      ['kms:Decrypt', 'kms:GenerateDataKey'].map((action) =>
        isAllowed({ policy, keyArn, principal, action, context }),
      ),
    );
    if (answers.includes(false)) refused.push(what);
  }
  return refused;
}

interface Question {
  readonly policy: unknown;
  readonly keyArn: string;
  readonly principal: string;
  readonly action: string;
  readonly context: Readonly<Record<string, string>>;
}

async function isAllowed(question: Question): Promise<boolean> {
  const { policy, keyArn, principal, action, context } = question;
  const resource = { resource: keyArn, accountId: partsOf(keyArn).account };
  const result = await runSimulation(
    {
      request: { principal, action, resource, contextVariables: context },
      identityPolicies: [],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      resourcePolicy: policy,
    },
    {},
  );
  if (result.resultType === 'error')
    throw new Error(`the policy of ${keyArn} can't be read: ${JSON.stringify(result.errors)}`);
  return result.overallResult === 'Allowed';
}

/** What a key's policy has to have, as lines of JSON. */
export function keyPolicyLines(topicArn: string): string[] {
  const statements = keyPolicyStatements(placeOf(topicArn)).map((one) => one.toStatementJson());
  return JSON.stringify(new Stack().resolve(statements), null, 2).split('\n');
}

function placeOf(arn: string) {
  const place = partsOf(arn);
  return {
    ...place,
    urlSuffix: place.partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com',
  };
}

function partsOf(arn: string) {
  const [, partition = '', , region = '', account = ''] = arn.split(':');
  return { partition, region, account };
}
