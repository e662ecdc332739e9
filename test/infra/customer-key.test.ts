import { Match } from 'aws-cdk-lib/assertions';
import { describe, it } from 'vitest';
import { synthesized } from './synthesized.ts';

describe("a customer's own key", () => {
  const keyed = synthesized({ customerKey: true });
  const key = { 'Fn::GetAtt': [Match.stringLikeRegexp('^Key'), 'Arn'] };

  it('rotates and encrypts the table and every topic', () => {
    keyed.hasResourceProperties('AWS::KMS::Key', { EnableKeyRotation: true });
    keyed.hasResourceProperties('AWS::DynamoDB::Table', {
      SSESpecification: { SSEType: 'KMS', KMSMasterKeyId: key },
    });
    keyed.allResourcesProperties('AWS::SNS::Topic', { KmsMasterKeyId: key });
  });

  it('serves this account through DynamoDB and SNS, and its alarms', () => {
    const statement = (service: string) =>
      Match.objectLike({
        Condition: {
          StringEquals: {
            'kms:CallerAccount': { Ref: 'AWS::AccountId' },
            'kms:ViaService': Match.objectLike({
              'Fn::Join': ['', Match.arrayWith([`${service}.`])],
            }),
          },
        },
      });
    keyed.hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: {
        Statement: Match.arrayWith([
          Match.objectLike({ Principal: { Service: 'cloudwatch.amazonaws.com' } }),
        ]),
      },
    });
    for (const service of ['dynamodb', 'sns'])
      keyed.hasResourceProperties('AWS::KMS::Key', {
        KeyPolicy: { Statement: Match.arrayWith([statement(service)]) },
      });
  });
});

describe('a key that was there before', () => {
  const ARN = 'arn:aws:kms:us-east-1:123456789012:key/5f4d2c7a-3a8e-4b57-9f0e-6d1c2b3a4958';

  it('encrypts the table and every topic, and none is made', () => {
    const keyed = synthesized({ customerKey: ARN });
    keyed.resourceCountIs('AWS::KMS::Key', 0);
    keyed.hasResourceProperties('AWS::DynamoDB::Table', {
      SSESpecification: { SSEType: 'KMS', KMSMasterKeyId: ARN },
    });
    keyed.allResourcesProperties('AWS::SNS::Topic', { KmsMasterKeyId: ARN });
  });
});
