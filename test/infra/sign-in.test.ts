import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { synthesized } from './synthesized.ts';

const template = synthesized();

describe('the user pool', () => {
  it('takes people whom somebody added, by address and strong password, with a second factor if they like', () => {
    template.hasResourceProperties('AWS::Cognito::UserPool', {
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
      UsernameAttributes: ['email'],
      UsernameConfiguration: { CaseSensitive: false },
      MfaConfiguration: 'OPTIONAL',
      EnabledMfas: ['SOFTWARE_TOKEN_MFA'],
      UserPoolTier: 'LITE',
      Policies: {
        PasswordPolicy: Match.objectLike({
          ...{ MinimumLength: 12, RequireLowercase: true, RequireUppercase: true },
          ...{ RequireNumbers: true, RequireSymbols: true },
        }),
      },
    });
  });

  it('stays when its stack goes, unless the settings say otherwise', () => {
    template.hasResource('AWS::Cognito::UserPool', {
      DeletionPolicy: 'Retain',
      Properties: { DeletionProtection: 'ACTIVE' },
    });
    synthesized({ keepData: false }).hasResource('AWS::Cognito::UserPool', {
      DeletionPolicy: 'Delete',
      Properties: { DeletionProtection: 'INACTIVE' },
    });
  });

  it('may be the one of an earlier deployment, with the people and their roles', () => {
    template.allResources('AWS::Cognito::UserPoolGroup', { DeletionPolicy: 'Retain' });
    const pool = { UserPoolId: 'eu-central-1_AbCdEfGhI' };
    const again = synthesized({ signIn: { existingUserPool: pool.UserPoolId } });
    again.resourceCountIs('AWS::Cognito::UserPool', 0);
    again.resourceCountIs('AWS::Cognito::UserPoolGroup', 0);
    again.hasResourceProperties('AWS::Cognito::UserPoolClient', pool);
    again.hasResourceProperties('AWS::Cognito::UserPoolDomain', pool);
    again.hasOutput('UserPoolId', { Value: pool.UserPoolId });
  });

  it('can ask everybody for a second factor', () => {
    const strict = synthesized({ signIn: { mfa: 'required' } });
    strict.hasResourceProperties('AWS::Cognito::UserPool', { MfaConfiguration: 'ON' });
  });

  it('has a group for each role, the highest first', () => {
    const groups = Object.values(template.findResources('AWS::Cognito::UserPoolGroup'));
    expect(
      groups.map(({ Properties }) => [Properties.GroupName, Properties.Precedence]).sort(),
    ).toEqual([
      ['admin', 0],
      ['operator', 1],
      ['viewer', 2],
    ]);
  });

  it('takes codes of its own pages alone, for 12 hours at most, and lets nobody change who they are', () => {
    template.hasResourceProperties('AWS::Cognito::UserPoolClient', {
      ExplicitAuthFlows: ['ALLOW_REFRESH_TOKEN_AUTH'],
      AllowedOAuthFlows: ['code'],
      AllowedOAuthScopes: ['openid', 'email'],
      WriteAttributes: ['locale'],
      PreventUserExistenceErrors: 'ENABLED',
      EnableTokenRevocation: true,
      RefreshTokenValidity: 720,
      IdTokenValidity: 5,
      TokenValidityUnits: { RefreshToken: 'minutes', IdToken: 'minutes', AccessToken: 'minutes' },
    });
  });

  it('leads back to the name of one’s own, if there is one', () => {
    const certificateArn = 'arn:aws:acm:us-east-1:123456789012:certificate/abc';
    const named = synthesized({ domain: { name: 'ops.example.org', certificateArn } });
    named.hasResourceProperties('AWS::Cognito::UserPoolClient', {
      CallbackURLs: ['https://ops.example.org/sign-in/callback'],
      LogoutURLs: ['https://ops.example.org/alerts'],
    });
  });

  it('has an address that no other stack has', () => {
    template.hasResourceProperties('AWS::Cognito::UserPoolDomain', {
      Domain: {
        'Fn::Join': [
          '',
          [
            Match.stringLikeRegexp('^hypervigil-[0-9a-f]{4}-$'),
            {
              'Fn::Select': [
                4,
                {
                  'Fn::Split': [
                    '-',
                    { 'Fn::Select': [2, { 'Fn::Split': ['/', { Ref: 'AWS::StackId' }] }] },
                  ],
                },
              ],
            },
          ],
        ],
      },
    });
  });

  it('is left out with all that is for it, if the settings say so', () => {
    const without = synthesized({ signIn: { enabled: false } });
    for (const type of ['UserPool', 'UserPoolClient', 'UserPoolDomain', 'UserPoolGroup'])
      without.resourceCountIs(`AWS::Cognito::${type}`, 0);
    const parameters = without.findResources('AWS::SSM::Parameter');
    expect(Object.values(parameters).map((one) => JSON.stringify(one['Properties'].Name))).toEqual([
      expect.stringContaining('agents-url'),
    ]);
    expect(JSON.stringify(without.toJSON())).not.toContain('SIGN_IN_PARAMETER');
  });
});
