import { AnyPrincipal, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';

/** Where a deployment is, as far as its key's policy has to say so. */
export interface Place {
  /** `aws`, `aws-cn` ... */
  readonly partition: string;
  readonly region: string;
  /** 12 digits. */
  readonly account: string;
  /** `amazonaws.com`, or what stands for it in the partition. */
  readonly urlSuffix: string;
}

/** What a key has to allow to encrypt table and topics: of the table, the topics and the alarms, beside who governs it. */
export function keyPolicyStatements(place: Place): PolicyStatement[] {
  return [throughService(place, 'dynamodb'), throughService(place, 'sns'), alarms(place)];
}

/** A key's statements for the alarms of this account: they publish to an encrypted topic. */
function alarms(place: Place): PolicyStatement {
  return new PolicyStatement({
    ...fromAlarms(place),
    actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
    resources: ['*'], // In a key policy: this key.
  });
}

/** CloudWatch, on behalf of this account's alarms. */
export function fromAlarms({ partition, region, account }: Place) {
  return {
    principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
    conditions: {
      StringEquals: { 'aws:SourceAccount': account },
      ArnLike: { 'aws:SourceArn': `arn:${partition}:cloudwatch:${region}:${account}:alarm:*` },
    },
  };
}

/**
 * Lets principals of this account use the key through a service, and in no other way: who may read
 * the table may read it, and the key adds revocation and an audit trail. These are the terms of the
 * AWS-managed keys.
 * Source: "Default key policy of an AWS managed key", DynamoDB and SNS developer guides.
 */
function throughService(
  { region, account, urlSuffix }: Place,
  service: 'dynamodb' | 'sns',
): PolicyStatement {
  return new PolicyStatement({
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
  });
}
