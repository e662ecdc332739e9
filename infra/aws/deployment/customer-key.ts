import { Stack } from 'aws-cdk-lib';
import { keyPolicyStatements } from '../constructs/key-policy.ts';

/** Throws for a key that lies in another region than what it shall encrypt. */
export function checkKeyRegion(keyArn: string, region: string): void {
  const of = partsOf(keyArn).region;
  if (of !== region)
    throw new Error(`the key ${keyArn} is in ${of}, and this deployment in ${region}`);
}

/**
 * What the policy of a key that was there before has to allow, as lines of JSON to put into it.
 *
 * @param topicArn of the deployment, which says where it is
 */
export function keyPolicyLines(topicArn: string): string[] {
  const place = partsOf(topicArn);
  const urlSuffix = place.partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
  const statements = keyPolicyStatements({ ...place, urlSuffix }).map((one) =>
    one.toStatementJson(),
  );
  return JSON.stringify(new Stack().resolve(statements), null, 2).split('\n');
}

function partsOf(arn: string) {
  const [, partition = '', , region = '', account = ''] = arn.split(':');
  return { partition, region, account };
}
