import { Stack } from 'aws-cdk-lib';
import { AnyPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';

/**
 * Lets principals of this account use the key through a service, and in no other way: who may read
 * the table may read it, and the key adds revocation and an audit trail. These are the terms of the
 * AWS-managed keys.
 * Source: "Default key policy of an AWS managed key", DynamoDB and SNS developer guides.
 */
export function allowThroughService(key: Key, service: 'dynamodb' | 'sns'): void {
  const { region, account, urlSuffix } = Stack.of(key);
  key.addToResourcePolicy(
    new PolicyStatement({
      principals: [new AnyPrincipal()],
      actions: [
        'kms:Decrypt',
        'kms:Encrypt',
        'kms:GenerateDataKey',
        'kms:DescribeKey',
        'kms:CreateGrant',
      ],
      resources: ['*'], // In a key policy: this key.
      conditions: {
        StringEquals: {
          'kms:CallerAccount': account,
          'kms:ViaService': `${service}.${region}.${urlSuffix}`,
        },
      },
    }),
  );
}
