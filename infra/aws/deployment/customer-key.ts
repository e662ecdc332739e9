import { GetKeyPolicyCommand, KMSClient, KMSServiceException } from '@aws-sdk/client-kms';
import { Stack } from 'aws-cdk-lib';
import * as v from 'valibot';
import { keyPolicyStatements } from '../constructs/key-policy.ts';
import { coversPlainly } from './policy-covers.ts';

/** What each of `keyPolicyStatements` is for, in their order. */
const USES = [
  'that the functions may use it through DynamoDB',
  'that the functions may use it through SNS',
  'that alarms about Hypervigil itself may use it, or nobody hears them',
];

/** Throws for a key that lies in another region than what it shall encrypt. */
export function checkKeyRegion(keyArn: string, region: string): void {
  const of = partsOf(keyArn).region;
  if (of !== region)
    throw new Error(`the key ${keyArn} is in ${of}, and this deployment in ${region}`);
}

/** A key that was there before, which only its owner can let do what a deployment needs. */
export interface OwnKey {
  readonly arn: string;
  /** What could not be recognised in its policy; empty: nothing. Absent: the policy could not be read. */
  readonly unrecognised: readonly string[] | undefined;
  /** Lines of JSON to put into the policy. */
  readonly statements: readonly string[];
}

/**
 * Looks for what is needed in a key's policy.
 *
 * @param topicArn of the deployment, which says where it is
 */
export async function lookAtKey(arn: string, topicArn: string): Promise<OwnKey> {
  const policy = await policyOf(arn);
  return {
    arn,
    unrecognised: policy === undefined ? undefined : unrecognisedIn(policy, arn, topicArn),
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

/**
 * What a deployment does with a key that no statement of its policy plainly allows. Nobody of the deployment has
 * rights of its own to the key, so its policy has to give them, in these or other words.
 */
export function unrecognisedIn(policy: unknown, keyArn: string, topicArn: string): string[] {
  const statements = neededOf(topicArn);
  return USES.filter((_, i) => !coversPlainly(policy, keyArn, statements[i]));
}

/** What a key's policy has to have, as lines of JSON. */
export function keyPolicyLines(topicArn: string): string[] {
  return JSON.stringify(neededOf(topicArn), null, 2).split('\n');
}

function neededOf(topicArn: string): readonly unknown[] {
  const statements = keyPolicyStatements(placeOf(topicArn)).map((one) => one.toStatementJson());
  return v.parse(v.array(v.unknown()), new Stack().resolve(statements));
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
