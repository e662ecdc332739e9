import { describe, expect, it } from 'vitest';
import { checkKeyRegion, keyPolicyLines } from '../../infra/aws/deployment/customer-key.ts';
import { summaryOf } from '../../infra/aws/deployment/summary.ts';

const DEPLOYED = {
  name: 'Trial',
  region: 'eu-central-1',
  ingestUrl: 'https://ingest.example/',
  apiUrl: 'https://api.example/',
  remoteWriteUrl: 'https://write.example/api/v1/write',
  tableName: 'Trial-Table',
  cname: undefined,
  ownKey: undefined,
  hasAgent: true,
} as const;

it('says of each address whether it hears, and what it must do first', () => {
  const lines = summaryOf({
    ...DEPLOYED,
    subscriptions: [
      { audience: 'critical', protocol: 'email', address: 'ada@example.org', isConfirmed: false },
      { audience: 'critical', protocol: 'sms', address: '+14155550123', isConfirmed: true },
      { audience: 'info', protocol: 'https', address: 'https://chat.example', isConfirmed: false },
    ],
  });
  const who = lines.slice(lines.indexOf('Who is told') + 1);
  expect(who).toEqual([
    '  critical    ada@example.org  hears NOTHING yet: must click "Confirm subscription" in the mail from AWS',
    '              +14155550123  is told',
    '  warning     NOBODY is told of warning alerts: add addresses to "emails" in cdk.json',
    '  info        https://chat.example  hears NOTHING yet: must visit the SubscribeURL that was posted to it',
    '  operations  NOBODY is told when Hypervigil itself is unwell: add addresses to "emails" in cdk.json',
  ]);
});

it('offers no installer where no agent was built', () => {
  const text = summaryOf({ ...DEPLOYED, hasAgent: false, subscriptions: [] }).join('\n');
  expect(text).not.toContain('install.sh');
  expect(text).toContain('npm run agent:build');
});

it('says which name has to be made, if it is made by hand', () => {
  const cname = { name: 'ops.example.org', target: 'd111111abcdef8.cloudfront.net' };
  const text = summaryOf({ ...DEPLOYED, cname, subscriptions: [] }).join('\n');
  expect(text).toContain('ops.example.org. CNAME d111111abcdef8.cloudfront.net.');
});

describe('a key that was there before', () => {
  const KEY = 'arn:aws:kms:eu-central-1:123456789012:key/5f4d2c7a-3a8e-4b57-9f0e-6d1c2b3a4958';
  const TOPIC = 'arn:aws:sns:eu-central-1:123456789012:Trial-Critical';

  it('is told what it has to allow: this account through two services, and its alarms', () => {
    const statements = keyPolicyLines(TOPIC);
    expect(JSON.parse(statements.join('\n'))).toMatchObject([
      { Condition: { StringEquals: { 'kms:ViaService': 'dynamodb.eu-central-1.amazonaws.com' } } },
      {
        Condition: {
          StringEquals: {
            'kms:ViaService': 'sns.eu-central-1.amazonaws.com',
            'kms:CallerAccount': '123456789012',
          },
        },
      },
      {
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
        Condition: {
          ArnLike: { 'aws:SourceArn': 'arn:aws:cloudwatch:eu-central-1:123456789012:alarm:*' },
        },
      },
    ]);
    const ownKey = { arn: KEY, statements };
    const text = summaryOf({ ...DEPLOYED, ownKey, subscriptions: [] }).join('\n');
    expect(text).toContain(KEY);
    expect(text).toContain('"Service": "cloudwatch.amazonaws.com"');
  });

  it('has to be in the region of the deployment', () => {
    expect(() => checkKeyRegion(KEY, 'eu-central-1')).not.toThrow();
    expect(() => checkKeyRegion(KEY, 'us-east-1')).toThrow(
      `the key ${KEY} is in eu-central-1, and this deployment in us-east-1`,
    );
  });
});
