import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import {
  checkKeyRegion,
  keyPolicyLines,
  unrecognisedIn,
} from '../../infra/aws/deployment/customer-key.ts';
import { summaryOf } from '../../infra/aws/deployment/summary.ts';

const DEPLOYED = {
  name: 'Trial',
  region: 'eu-central-1',
  ingestUrl: 'https://ingest.example/',
  apiUrl: 'https://api.example/',
  remoteWriteUrl: 'https://write.example/api/v1/write',
  tableName: 'Trial-Table',
  userPoolId: 'eu-central-1_AbCdEfGhI',
  cname: undefined,
  ownKey: undefined,
  hasAgent: true,
} as const;

const KEY = 'arn:aws:kms:eu-central-1:123456789012:key/5f4d2c7a-3a8e-4b57-9f0e-6d1c2b3a4958';
const TOPIC = 'arn:aws:sns:eu-central-1:123456789012:Trial-Critical';

/** Of a new key's policy: administrators of the account give rights to it by their own policies. */
const GOVERNED = {
  Effect: 'Allow',
  Principal: { AWS: 'arn:aws:iam::123456789012:root' },
  Action: 'kms:*',
  Resource: '*',
};

function statements(): unknown[] {
  return v.parse(v.array(v.unknown()), JSON.parse(keyPolicyLines(TOPIC).join('\n')));
}

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

it('says how people are let in, where people sign in', () => {
  const command = `npm run user -- --add EMAIL --role operator --table Trial-Table --pool ${DEPLOYED.userPoolId}`;
  expect(summaryOf({ ...DEPLOYED, subscriptions: [] }).join('\n')).toContain(command);
  const without = summaryOf({ ...DEPLOYED, userPoolId: undefined, subscriptions: [] });
  expect(without.join('\n')).not.toContain('npm run user');
});

it('says which name has to be made, if it is made by hand', () => {
  const cname = { name: 'ops.example.org', target: 'd111111abcdef8.cloudfront.net' };
  const text = summaryOf({ ...DEPLOYED, cname, subscriptions: [] }).join('\n');
  expect(text).toContain('ops.example.org. CNAME d111111abcdef8.cloudfront.net.');
});

describe('a key that was there before', () => {
  it('is printed what its policy needs, and what of it could not be recognised', () => {
    const own = { arn: KEY, statements: ['[ALL]'] };
    const text = (unrecognised: string[] | undefined) =>
      summaryOf({ ...DEPLOYED, ownKey: { ...own, unrecognised }, subscriptions: [] }).join('\n');
    for (const all of [text([]), text(['that alarms may use it']), text(undefined)])
      expect(all).toContain('[ALL]');
    expect(text([])).toContain(`${KEY} has statements for all that is needed.`);
    expect(text(['that alarms may use it'])).toMatch(
      /could not be recognised .*see that the policy allows\n {2}that alarms may use it/,
    );
    expect(text(undefined)).toContain(`The policy of the key ${KEY} can't be read from here`);
  });

  it('has to be in the region of the deployment', () => {
    expect(() => checkKeyRegion(KEY, 'eu-central-1')).not.toThrow();
    expect(() => checkKeyRegion(KEY, 'us-east-1')).toThrow(
      `the key ${KEY} is in eu-central-1, and this deployment in us-east-1`,
    );
  });

  const recognised = (...all: unknown[]) =>
    unrecognisedIn({ Version: '2012-10-17', Statement: all }, KEY, TOPIC);

  it('is recognised with the statements that are printed', () => {
    expect(recognised(GOVERNED, ...statements())).toEqual([]);
    expect(recognised(GOVERNED, ...statements().slice(0, -1))).toEqual([
      expect.stringContaining('alarms about Hypervigil itself'),
    ]);
  });

  it('is recognised with statements that are plainly wider', () => {
    const [, , alarms] = statements();
    const wide = {
      Effect: 'Allow',
      Principal: '*',
      Action: ['kms:*'],
      Resource: KEY,
      Condition: {
        StringEquals: { 'kms:calleraccount': ['123456789012', '210987654321'] },
        StringLike: { 'kms:ViaService': '*.eu-central-1.amazonaws.com' },
      },
    };
    expect(recognised(wide, alarms)).toEqual([]);
    const { Condition: _, ...without } = wide;
    expect(recognised(without, alarms)).toEqual([]);
  });

  it.each([
    ['as AWS makes one', [GOVERNED]],
    [
      'with what another region may',
      JSON.parse(JSON.stringify(statements()).replaceAll('eu-central-1', 'us-east-1')),
    ],
    [
      'with fewer actions',
      JSON.parse(JSON.stringify(statements()).replaceAll('kms:Decrypt', 'kms:Sign')),
    ],
    [
      'with one condition more',
      JSON.parse(
        JSON.stringify(statements()).replaceAll(
          '"StringEquals":{',
          '"StringEquals":{"aws:PrincipalOrgID":"o-1",',
        ),
      ),
    ],
    [
      'with what is denied',
      JSON.parse(JSON.stringify(statements()).replaceAll('"Allow"', '"Deny"')),
    ],
    ['without statements', []],
  ])('is not recognised %s', (_what, all: unknown[]) => {
    expect(recognised(...all)).toHaveLength(3);
  });
});
