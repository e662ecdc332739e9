import { expect, it } from 'vitest';
import { keyPolicyLines } from '../../infra/aws/deployment/customer-key.ts';
import { ACCOUNT, REGION } from './account.ts';
import { policyOf } from './roles.ts';
import { type Caller, isAllowed } from './simulate.ts';

const KEY = `arn:aws:kms:${REGION}:${ACCOUNT}:key/5f4d2c7a-3a8e-4b57-9f0e-6d1c2b3a4958`;
const TOPIC = `arn:aws:sns:${REGION}:${ACCOUNT}:Trial-Critical`;

/** As AWS makes a key: administrators of the account give rights to it by their own policies. */
const GOVERNED = {
  Effect: 'Allow',
  Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
  Action: 'kms:*',
  Resource: '*',
};

const FUNCTION: Caller = { arn: `arn:aws:iam::${ACCOUNT}:role/Function` };
const ALARM: Caller = { service: 'cloudwatch.amazonaws.com' };

const through = (service: string) => ({
  'kms:CallerAccount': ACCOUNT,
  'kms:ViaService': `${service}.${REGION}.amazonaws.com`,
});

it.each([
  ['functions', 'through DynamoDB', FUNCTION, through('dynamodb')],
  ['functions', 'through SNS', FUNCTION, through('sns')],
  [
    'alarms',
    'for the topics',
    ALARM,
    {
      'aws:SourceAccount': ACCOUNT,
      'aws:SourceArn': `arn:aws:cloudwatch:${REGION}:${ACCOUNT}:alarm:Any`,
    },
  ],
])(
  '%s may use a key %s with the statements that are printed, and not without',
  async (_who, _how, caller, context) => {
    const printed: unknown[] = JSON.parse(keyPolicyLines(TOPIC).join('\n'));
    const may = (action: string, further: readonly unknown[]) => {
      const Statement = [GOVERNED, ...further];
      const policy = policyOf('Key', { Version: '2012-10-17', Statement });
      return isAllowed(caller, { action, resource: KEY, context }, new Map([[KEY, policy]]));
    };
    for (const action of ['kms:Decrypt', 'kms:GenerateDataKey']) {
      expect(await may(action, printed)).toBe(true);
      expect(await may(action, [])).toBe(false);
    }
  },
);
