import { describe, it } from 'vitest';
import { synthesized } from './synthesized.ts';

const template = synthesized();

describe('the table', () => {
  it('is one, ends items by itself, can be restored, and is encrypted', () => {
    template.resourceCountIs('AWS::DynamoDB::Table', 1);
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      KeySchema: [
        { AttributeName: 'p', KeyType: 'HASH' },
        { AttributeName: 's', KeyType: 'RANGE' },
      ],
      BillingMode: 'PAY_PER_REQUEST',
      TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      SSESpecification: { SSEEnabled: true },
    });
  });

  it('survives its stack', () => {
    template.hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: { DeletionProtectionEnabled: true },
    });
  });

  it('may be one of an earlier deployment', () => {
    const again = synthesized({ existingTable: 'Hypervigil-StoreTable-1' });
    again.resourceCountIs('AWS::DynamoDB::Table', 0);
    again.hasOutput('TableName', { Value: 'Hypervigil-StoreTable-1' });
  });

  it('goes with its stack when the settings say so', () => {
    synthesized({ keepData: false }).hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Delete',
      Properties: { DeletionProtectionEnabled: false },
    });
  });
});
