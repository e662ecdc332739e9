import { Duration, Fn, Validations } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  AllowedMethods,
  type BehaviorOptions,
  CachePolicy,
  Distribution,
  HttpVersion,
  OriginProtocolPolicy,
  OriginRequestPolicy,
  OriginSslPolicy,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { AaaaRecord, ARecord, HostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { CloudFrontTarget } from 'aws-cdk-lib/aws-route53-targets';
import { Construct } from 'constructs';
import { AGENT_FILES_PATH } from '../../../core/agent-release/release.ts';
import {
  AGENT_SCHEMA_PATH,
  INSTALL_PS1_PATH,
  INSTALL_SH_PATH,
} from '../../../core/agent-release/served-paths.ts';
import { ENROLMENT_PATH } from '../../../core/enrolment.ts';
import { BATCHES_PATH } from '../../../functions/ingest/http.ts';
import { WRITE_PATH } from '../../../functions/remote-write/http.ts';
import type { Config } from '../config.ts';

interface DomainProps {
  readonly deployment: string;
  readonly domain: NonNullable<Config['domain']>;
  /** The Function URLs behind it. */
  readonly apiUrl: string;
  readonly remoteWriteUrl: string;
  readonly ingestUrl: string;
  readonly enrolUrl: string;
}

const UNREMARKABLE = [
  {
    id: 'AwsSolutions-CFR1',
    reason: 'People on call travel, and no country is known from which nobody may ask.',
  },
  {
    id: 'AwsSolutions-CFR2',
    reason:
      'The functions check a key or token before all else, and the Function URLs behind it are open as well; a web ACL costs $5 a month and can be added by whoever wants one.',
  },
  {
    id: 'AwsSolutions-CFR3',
    reason:
      'Who changed what is in the audit log. Logs of each request would take a bucket, and be most of the bill.',
  },
];

/**
 * A name of one's own: a CloudFront distribution before the Function URLs, which can have none. It
 * keeps no answer, and passes on all that it is sent but the `Host` header, by which Lambda knows its
 * Function URLs. `Authorization` is passed on too, as nothing is signed for the functions.
 * Source: "Use managed origin request policies", CloudFront developer guide.
 */
export class Domain extends Construct {
  /** CloudFront's own name of it, to which the name must lead: `d111111abcdef8.cloudfront.net`. */
  readonly target: string;

  constructor(scope: Construct, id: string, props: DomainProps) {
    super(scope, id);
    const { deployment, domain } = props;
    const certificate = Certificate.fromCertificateArn(this, 'Certificate', domain.certificateArn);
    const distribution = new Distribution(this, 'Distribution', {
      comment: `${deployment}: ${domain.name}`,
      domainNames: [domain.name],
      certificate,
      minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
      httpVersion: HttpVersion.HTTP2_AND_3,
      // People type a name without https.
      defaultBehavior: behaviour(props.apiUrl, ViewerProtocolPolicy.REDIRECT_TO_HTTPS),
      additionalBehaviors: behaviours(props),
    });
    Validations.of(distribution).acknowledge(...UNREMARKABLE);
    this.target = distribution.distributionDomainName;
    if (domain.hostedZone === undefined) return;
    const zone = HostedZone.fromHostedZoneAttributes(this, 'Zone', {
      hostedZoneId: domain.hostedZone.id,
      zoneName: domain.hostedZone.name,
    });
    const target = RecordTarget.fromAlias(new CloudFrontTarget(distribution));
    new ARecord(this, 'Ipv4', { zone, recordName: domain.name, target });
    new AaaaRecord(this, 'Ipv6', { zone, recordName: domain.name, target });
  }
}

/** What is not for the API. Programs ask for it, which should not send a key in the clear even once. */
function behaviours(props: DomainProps): Record<string, BehaviorOptions> {
  const to = (url: string) => behaviour(url, ViewerProtocolPolicy.HTTPS_ONLY);
  const remoteWrite = { [WRITE_PATH]: to(props.remoteWriteUrl) };
  if (!props.domain.agents) return remoteWrite;
  const ingest = to(props.ingestUrl);
  return {
    ...remoteWrite,
    [BATCHES_PATH]: ingest,
    // Where ingest would send them.
    [ENROLMENT_PATH]: to(props.enrolUrl),
    [`${AGENT_FILES_PATH}*`]: ingest,
    [INSTALL_SH_PATH]: ingest,
    [INSTALL_PS1_PATH]: ingest,
    [AGENT_SCHEMA_PATH]: ingest,
  };
}

function behaviour(functionUrl: string, viewerProtocolPolicy: ViewerProtocolPolicy) {
  return {
    origin: new HttpOrigin(hostOf(functionUrl), {
      protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY,
      originSslProtocols: [OriginSslPolicy.TLS_V1_2],
      // The longest that a function takes.
      readTimeout: Duration.seconds(30),
      keepaliveTimeout: Duration.seconds(60),
    }),
    viewerProtocolPolicy,
    allowedMethods: AllowedMethods.ALLOW_ALL,
    cachePolicy: CachePolicy.CACHING_DISABLED,
    originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
    // The functions pack their answers themselves.
    compress: false,
  } satisfies BehaviorOptions;
}

/** Of a Function URL, which is known only when deployed: `https://HOST/`. */
export function hostOf(functionUrl: string): string {
  return Fn.select(2, Fn.split('/', functionUrl));
}
