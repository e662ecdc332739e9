import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { synthesized } from '../infra/synthesized.ts';

/** Everything a deployment makes, in its smallest form and with all settings at once, by what the template says. */
const everything: object = JSON.parse(readFileSync('test/infra/everything.json', 'utf8'));

interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

describe.each([
  ['with no settings', {}],
  ['with all settings', everything],
])('a deployment %s', (_what, settings) => {
  const { Resources } = synthesized(settings).toJSON() as {
    Resources: Readonly<Record<string, Resource>>;
  };
  const all = (type: string) => Object.entries(Resources).filter(([, { Type }]) => Type === type);
  const text = JSON.stringify(Resources);

  test.each([
    ['AWS::SNS::Topic', 'AWS::SNS::TopicPolicy', 'Topics', 'sns:Publish'],
    ['AWS::SQS::Queue', 'AWS::SQS::QueuePolicy', 'Queues', 'sqs:*'],
  ])('every %s takes TLS only', (type, policyType, list, action) => {
    expect(all(type).length).toBeGreaterThan(0);
    for (const [id] of all(type)) {
      const policies = all(policyType).filter(([, { Properties }]) =>
        JSON.stringify(Properties?.[list]).includes(`"${id}"`),
      );
      const statements = policies.flatMap(([, { Properties }]) => statementsOf(Properties));
      expect(statements, id).toContainEqual(
        expect.objectContaining({
          Effect: 'Deny',
          Action: action,
          Principal: type === 'AWS::SNS::Topic' ? '*' : { AWS: '*' },
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        }),
      );
    }
  });

  test('tables, topics and queues are encrypted at rest, and tables can be restored', () => {
    for (const [, { Properties }] of all('AWS::DynamoDB::Table')) {
      expect(Properties).toMatchObject({
        SSESpecification: { SSEEnabled: true },
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      });
    }
    // CloudWatch can't use the key that AWS keeps for SNS: its alarms, which say nothing of hosts, need one's own.
    const open = all('AWS::SNS::Topic').filter(([, one]) => !one.Properties?.['KmsMasterKeyId']);
    const names = open.map(([id]) => id.replace(/[0-9A-F]{8}$/, ''));
    expect(names).toEqual(all('AWS::KMS::Key').length > 0 ? [] : ['NotificationsOperations']);
    for (const [id, { Properties }] of all('AWS::SQS::Queue'))
      expect(
        Properties?.['KmsMasterKeyId'] ?? Properties?.['SqsManagedSseEnabled'] ?? 'by default',
        id,
      ).not.toBe(false);
    for (const [, { Properties }] of all('AWS::KMS::Key'))
      expect(Properties?.['EnableKeyRotation']).toBe(true);
  });

  test('no address that anything is told of, or listens at, is without TLS', () => {
    expect(text).not.toMatch(/"http:\/\//);
    expect(text).not.toMatch(/AllowHttp|"allow-all"|http-only|match-viewer/i);
    for (const [, { Properties }] of all('AWS::CloudFront::Distribution')) {
      const versions = [
        ...JSON.stringify(Properties).matchAll(/"MinimumProtocolVersion":"([^"]+)"/g),
      ];
      expect(versions.map(([, version]) => version)).toEqual(['TLSv1.2_2021']);
      expect(JSON.stringify(Properties)).not.toMatch(
        /"OriginSSLProtocols":\[[^\]]*"(SSLv3|TLSv1|TLSv1\.1)"/,
      );
    }
  });

  test('no secret is in the template: who may read stacks may read it', () => {
    expect(text).not.toMatch(/\bhv[te]?_[A-Za-z0-9_-]{32}\b/);
    for (const [id, { Properties }] of all('AWS::Lambda::Function')) {
      const names = Object.keys(variablesOf(Properties));
      expect(
        names.filter((name) => /SECRET|PASSWORD|PRIVATE|TOKEN|KEY$/i.test(name)),
        id,
      ).toEqual([]);
    }
  });

  test('every Function URL is asked without CORS, and each function lives no longer than it must', () => {
    expect(all('AWS::Lambda::Url').length).toBeGreaterThan(0);
    for (const [id, { Properties }] of all('AWS::Lambda::Url'))
      expect(Properties?.['Cors'], id).toBeUndefined();
    for (const [id, { Properties }] of all('AWS::Lambda::Function'))
      expect(Number(Properties?.['Timeout']), id).toBeLessThanOrEqual(900);
  });
});

function statementsOf(properties: Readonly<Record<string, unknown>> | undefined): unknown[] {
  const document = properties?.['PolicyDocument'];
  if (typeof document !== 'object' || document === null || !('Statement' in document)) return [];
  return Array.isArray(document.Statement) ? document.Statement : [document.Statement];
}

function variablesOf(properties: Readonly<Record<string, unknown>> | undefined): object {
  const environment = properties?.['Environment'];
  if (typeof environment !== 'object' || environment === null) return {};
  return 'Variables' in environment && typeof environment.Variables === 'object'
    ? (environment.Variables ?? {})
    : {};
}
