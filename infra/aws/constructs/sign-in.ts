import { ArnFormat, Aws, Duration, Fn, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import {
  AccountRecovery,
  CfnUserPoolClient,
  FeaturePlan,
  type IUserPool,
  Mfa,
  UserPool,
  UserPoolGroup,
} from 'aws-cdk-lib/aws-cognito';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { ROLES, type Role } from '../../../core/role.ts';
import { SESSION_LASTS_MS } from '../../../functions/api/sign-in/lasts.ts';
import type { Config } from '../config.ts';

/** In Cognito's console beside each group. */
const GROUPS: Readonly<Record<Role, string>> = {
  viewer: 'Looks at metrics, alerts, hosts and rules',
  operator: 'Also silences and acknowledges alerts',
  admin: 'Also makes and ends tokens and keys, and reads who changed what',
};

/** The least that Cognito takes: nothing but the sign-in itself looks at these tokens. */
const TOKEN_LASTS_MINUTES = 5;

interface SignInProps {
  readonly config: Pick<Config, 'name' | 'signIn' | 'keepData'>;
  /** Where people reach pages and API; ends with a slash. */
  readonly apiUrl: string;
  /** As `signInParameterName` gives it. */
  readonly parameterName: string;
}

/**
 * The name of the parameter that tells the API's function how people sign in. The function can't be told in its
 * environment: the client names the function's address, so it is made after the function.
 */
export function signInParameterName(scope: Construct): string {
  return `/hypervigil/${Aws.STACK_NAME}/${scope.node.addr.slice(-8)}/sign-in`;
}

/** As `signInParameterName`, of the address that agents post to and are installed from. */
export function agentsParameterName(scope: Construct): string {
  return `/hypervigil/${Aws.STACK_NAME}/${scope.node.addr.slice(-8)}/agents-url`;
}

/** Allows to read that one parameter. */
export function grantSignInParameter(grantee: IGrantable, scope: Construct, name: string): void {
  grantee.grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({
      actions: ['ssm:GetParameter'],
      resources: [
        Stack.of(scope).formatArn({
          service: 'ssm',
          resource: 'parameter',
          // It begins with a slash, as names of parameters do and their ARNs don't.
          resourceName: name.slice(1),
          arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
        }),
      ],
    }),
  );
}

/** People who sign in, by email address and password, each in a group that is their role. */
export class SignIn extends Construct {
  readonly userPoolId: string;

  constructor(scope: Construct, id: string, { config, apiUrl, parameterName }: SignInProps) {
    super(scope, id);
    const { existingUserPool } = config.signIn;
    const pool =
      existingUserPool === undefined
        ? this.newPool(config)
        : UserPool.fromUserPoolId(this, 'ExistingPool', existingUserPool);
    // The last part of the stack's UUID: nobody else in the region has it, and "aws", which no prefix may have,
    // can't come about in it.
    const unique = Fn.select(4, Fn.split('-', Fn.select(2, Fn.split('/', Aws.STACK_ID))));
    const domain = pool.addDomain('Domain', {
      cognitoDomain: { domainPrefix: `hypervigil-${this.node.addr.slice(-4)}-${unique}` },
    });
    const callbackUrl = `${apiUrl}sign-in/callback`;
    const signedOutUrl = `${apiUrl}alerts`;
    const client = newClient(this, pool, callbackUrl, signedOutUrl);
    const issuer = `https://cognito-idp.${Aws.REGION}.${Aws.URL_SUFFIX}/${pool.userPoolId}`;
    new StringParameter(this, 'Parameter', {
      parameterName,
      simpleName: false,
      description: `How people sign in to ${config.name}; no secrets`,
      stringValue: Stack.of(this).toJsonString({
        issuer,
        keysUrl: `${issuer}/.well-known/jwks.json`,
        clientId: client.ref,
        domain: domain.baseUrl(),
        callbackUrl,
        signedOutUrl,
      }),
    });
    this.userPoolId = pool.userPoolId;
  }

  /** With its groups, which stay where it stays: who is in them would be lost with them. */
  private newPool({ name, signIn, keepData }: SignInProps['config']): UserPool {
    const removalPolicy = keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    const pool = new UserPool(this, 'Pool', {
      // The dearer tiers add passkeys, pages with a brand and guards against stolen passwords.
      featurePlan: FeaturePlan.LITE,
      selfSignUpEnabled: false,
      signInAliases: { email: true },
      signInCaseSensitive: false,
      autoVerify: { email: true },
      // The old address stays good until the new one is proven.
      keepOriginal: { email: true },
      mfa: signIn.mfa === 'required' ? Mfa.REQUIRED : Mfa.OPTIONAL,
      mfaSecondFactor: { otp: true, sms: false },
      passwordPolicy: {
        minLength: 12,
        requireLowercase: true,
        requireUppercase: true,
        requireDigits: true,
        requireSymbols: true,
        tempPasswordValidity: Duration.days(7),
      },
      accountRecovery: AccountRecovery.EMAIL_ONLY,
      userInvitation: {
        emailSubject: `${name}: you may come in`,
        emailBody: `<p>${name} watches your machines. Sign in with {username} and this password, which you then change: {####}</p>`,
      },
      deletionProtection: keepData,
      removalPolicy,
    });
    Validations.of(pool).acknowledge(
      {
        id: 'AwsSolutions-COG2',
        reason:
          'Whether all need a second factor is a setting (signIn.mfa); each person may have one.',
      },
      {
        id: 'AwsSolutions-COG8',
        reason:
          'The tier "Plus" costs from the first person on; nobody signs up, and an own identity provider has guards of its own.',
      },
    );
    for (const [precedence, role] of [...ROLES].reverse().entries())
      new UserPoolGroup(this, `Group-${role}`, {
        userPool: pool,
        groupName: role,
        description: GROUPS[role],
        precedence,
      }).applyRemovalPolicy(removalPolicy);
    return pool;
  }
}

/**
 * A public client: the code is worth nothing without the verifier that the person's browser has (PKCE), and a
 * secret would have to be kept, read and changed. It takes codes of the pool's own pages and refresh tokens, no
 * passwords; people can't change with its tokens what is said of them.
 */
function newClient(
  scope: Construct,
  pool: IUserPool,
  callbackUrl: string,
  signedOutUrl: string,
): CfnUserPoolClient {
  return new CfnUserPoolClient(scope, 'Client', {
    userPoolId: pool.userPoolId,
    clientName: 'pages',
    generateSecret: false,
    explicitAuthFlows: ['ALLOW_REFRESH_TOKEN_AUTH'],
    supportedIdentityProviders: ['COGNITO'],
    allowedOAuthFlowsUserPoolClient: true,
    allowedOAuthFlows: ['code'],
    allowedOAuthScopes: ['openid', 'email'],
    callbackUrLs: [callbackUrl],
    logoutUrLs: [signedOutUrl],
    readAttributes: ['email', 'email_verified'],
    // One must be named, or all may be written; nothing reads this one.
    writeAttributes: ['locale'],
    preventUserExistenceErrors: 'ENABLED',
    enableTokenRevocation: true,
    idTokenValidity: TOKEN_LASTS_MINUTES,
    accessTokenValidity: TOKEN_LASTS_MINUTES,
    refreshTokenValidity: SESSION_LASTS_MS / 60_000,
    tokenValidityUnits: { idToken: 'minutes', accessToken: 'minutes', refreshToken: 'minutes' },
  });
}
