import { Match, type Template } from 'aws-cdk-lib/assertions';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { isInstallPath } from '../../core/agent-release/served-paths.ts';
import { synthesized } from './synthesized.ts';

const DOMAIN = {
  name: 'ops.example.org',
  certificateArn:
    'arn:aws:acm:us-east-1:123456789012:certificate/5f4d2c7a-3a8e-4b57-9f0e-6d1c2b3a4958',
};

const Behaviour = v.object({
  PathPattern: v.optional(v.string(), '*'),
  TargetOriginId: v.string(),
});

const Distribution = v.object({
  DistributionConfig: v.object({
    DefaultCacheBehavior: Behaviour,
    CacheBehaviors: v.array(Behaviour),
    Origins: v.array(v.object({ Id: v.string(), DomainName: v.unknown() })),
  }),
});

/** The function that answers at each path, by its part of the stack. */
function answering(template: Template): Record<string, string> {
  const [found] = Object.values(template.findResources('AWS::CloudFront::Distribution'));
  const { DistributionConfig: config } = v.parse(Distribution, found?.['Properties']);
  return Object.fromEntries(
    [config.DefaultCacheBehavior, ...config.CacheBehaviors].map((behaviour) => {
      const origin = config.Origins.find(({ Id }) => Id === behaviour.TargetOriginId);
      const [, name = ''] =
        /"(\w+)HandlerFunctionUrl[0-9A-F]{8}"/.exec(JSON.stringify(origin?.DomainName)) ?? [];
      return [behaviour.PathPattern, name];
    }),
  );
}

describe("a domain of one's own", () => {
  const template = synthesized({ domain: DOMAIN });

  it('is none unless the settings name it', () => {
    synthesized().resourceCountIs('AWS::CloudFront::Distribution', 0);
  });

  it('leads to the API, and for what Prometheus servers write to remote write', () => {
    expect(answering(template)).toEqual({ '*': 'Api', '/api/v1/write': 'RemoteWrite' });
  });

  it('keeps nothing, and passes on all but the Host header, by TLS alone', () => {
    template.hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: {
        Aliases: ['ops.example.org'],
        HttpVersion: 'http2and3',
        ViewerCertificate: {
          AcmCertificateArn: DOMAIN.certificateArn,
          MinimumProtocolVersion: 'TLSv1.2_2021',
        },
        DefaultCacheBehavior: {
          AllowedMethods: Match.arrayWith(['GET', 'PUT', 'POST', 'DELETE']),
          // "CachingDisabled" and "AllViewerExceptHostHeader", by the ids that AWS gave them.
          CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
          OriginRequestPolicyId: 'b689b0a8-53d0-40ab-baf2-68738e2966ac',
          ViewerProtocolPolicy: 'redirect-to-https',
        },
      },
    });
    const origins = Match.arrayWith([
      Match.objectLike({
        CustomOriginConfig: Match.objectLike({
          OriginProtocolPolicy: 'https-only',
          OriginSSLProtocols: ['TLSv1.2'],
        }),
        // With a signature of CloudFront's in its place, no token would arrive.
        OriginAccessControlId: Match.absent(),
      }),
    ]);
    template.hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: { Origins: origins },
    });
  });

  it('is where links in messages lead, and what the deployment calls its addresses', () => {
    for (const Description of ['Evaluates', 'Answers'])
      template.hasResourceProperties('AWS::Lambda::Function', {
        Description: Match.stringLikeRegexp(Description),
        Environment: {
          Variables: Match.objectLike({ EXTERNAL_URL: 'https://ops.example.org' }),
        },
      });
    template.hasOutput('ApiUrl', { Value: 'https://ops.example.org/' });
    template.hasOutput('RemoteWriteUrl', { Value: 'https://ops.example.org/api/v1/write' });
    template.hasOutput('DomainTarget', { Value: { 'Fn::GetAtt': Match.anyValue() } });
  });

  it('is not where agents post, which would cost more than the batch', () => {
    template.hasOutput('IngestUrl', { Value: { 'Fn::GetAtt': Match.arrayWith(['FunctionUrl']) } });
    template.hasResourceProperties('AWS::Lambda::Function', {
      Description: Match.stringLikeRegexp('installs agents'),
      Environment: { Variables: { DEPLOYMENT_URL: Match.absent() } },
    });
  });

  it('is made in Route 53 where the settings name the zone', () => {
    const zoned = synthesized({
      domain: { ...DOMAIN, hostedZone: { id: 'Z0123456789ABC', name: 'example.org' } },
    });
    template.resourceCountIs('AWS::Route53::RecordSet', 0);
    for (const Type of ['A', 'AAAA'])
      zoned.hasResourceProperties('AWS::Route53::RecordSet', {
        Type,
        Name: 'ops.example.org.',
        HostedZoneId: 'Z0123456789ABC',
      });
  });

  it('takes agents too when asked to: batches, enrolments, and what installs them', () => {
    const forAgents = synthesized({ domain: { ...DOMAIN, agents: true } });
    const answers = answering(forAgents);
    expect(answers).toMatchObject({
      '*': 'Api',
      '/v1/batches': 'Ingest',
      '/v1/enrolments': 'Enrol',
      '/install.sh': 'Ingest',
      '/install.ps1': 'Ingest',
      '/v1/agent/files/*': 'Ingest',
    });
    // All that the install function answers goes to ingest, and nothing of the API's does.
    const toIngest = Object.keys(answers).filter((path) => answers[path] === 'Ingest');
    const isMeant = (path: string) => isInstallPath(path) || path === '/v1/batches';
    expect(toIngest.filter((path) => !isMeant(path))).toEqual([]);
    forAgents.hasOutput('IngestUrl', { Value: 'https://ops.example.org/' });
    forAgents.hasResourceProperties('AWS::Lambda::Function', {
      Description: Match.stringLikeRegexp('installs agents'),
      Environment: { Variables: Match.objectLike({ DEPLOYMENT_URL: 'https://ops.example.org' }) },
    });
  });
});
