import { describe, expect, it } from 'vitest';
import { err } from '../../core/result.ts';
import { readConfig } from '../../infra/aws/config.ts';

const CERTIFICATE =
  'arn:aws:acm:us-east-1:123456789012:certificate/5f4d2c7a-3a8e-4b57-9f0e-6d1c2b3a4958';

describe('the settings in cdk.json', () => {
  it('have safe defaults', () => {
    const config = readConfig(undefined);
    expect(config).toMatchObject({
      ok: true,
      value: { name: 'Hypervigil', shardCount: 1, keepData: true, customerKey: false },
    });
    expect(readConfig({})).toEqual(config);
  });

  it('may come as JSON text, as `cdk -c` passes them', () => {
    expect(readConfig('{"shardCount": 4}')).toEqual(readConfig({ shardCount: 4 }));
  });

  it.each([
    [
      { emails: { critical: ['ada'] } },
      'hypervigil.emails.critical[0]: not an email address, but "ada"',
    ],
    [
      { phones: { info: ['0170 123'] } },
      'hypervigil.phones.info[0]: not a phone number such as +14155550123 (E.164), but "0170 123"',
    ],
    [{ emails: { urgent: [] } }, 'hypervigil.emails.urgent: no such setting'],
    [
      { emails: { info: ['a@example.org', 'a@example.org'] } },
      'hypervigil.emails.info: names something twice, but ["a@example.org","a@example.org"]',
    ],
    [
      { https: { critical: ['http://example.org/'] } },
      'hypervigil.https.critical[0]: not an address that begins with https://, but "http://example.org/"',
    ],
    [
      { push: { info: ['arn:aws:sns:eu-central-1:123456789012:pager'] } },
      'hypervigil.push.info[0]: not the ARN of an app\'s platform endpoint, but "arn:aws:sns:eu-central-1:123456789012:pager"',
    ],
    [
      { publishTo: ['arn:aws:sns:eu-central-1:123456789012:pager.fifo'] },
      'hypervigil.publishTo[0]: not the ARN of a standard SNS topic or a platform endpoint, but "arn:aws:sns:eu-central-1:123456789012:pager.fifo"',
    ],
    [
      { publishTo: ['arn:aws:sns:eu-central-1:123456789012:*'] },
      'hypervigil.publishTo[0]: not the ARN of a standard SNS topic or a platform endpoint, but "arn:aws:sns:eu-central-1:123456789012:*"',
    ],
    [
      { alertmanagers: ['alertmanager:9093'] },
      'hypervigil.alertmanagers[0]: not an http or https address without commas, but "alertmanager:9093"',
    ],
    [{ publishToPhones: 1 }, 'hypervigil.publishToPhones: neither true nor false, but 1'],
    [{ shardCount: 0 }, 'hypervigil.shardCount: not a whole number from 1 to 64, but 0'],
    [{ shardCount: 1.5 }, 'hypervigil.shardCount: not a whole number from 1 to 64, but 1.5'],
    [
      { queryMaxHostMinutes: 10 },
      'hypervigil.queryMaxHostMinutes: not a whole number from 1000 to 1000000, but 10',
    ],
    [
      { evaluatorMemoryMb: 512 },
      'hypervigil.evaluatorMemoryMb: not a whole number from 1769 to 10240, but 512',
    ],
    [{ shards: 2 }, 'hypervigil.shards: no such setting'],
    [
      { customerKey: 'arn:aws:kms:eu-central-1:123456789012:alias/ours' },
      'hypervigil.customerKey: neither true, false nor the ARN of a KMS key (an alias is none), but "arn:aws:kms:eu-central-1:123456789012:alias/ours"',
    ],
    [
      { alarms: { off: ['Heartbeat'] } },
      expect.stringMatching(
        /^hypervigil\.alarms\.off\[0\]: none of HeartbeatMissing, .*, but "Heartbeat"$/,
      ),
    ],
    [
      { alarms: { heartbeatMinutes: 0 } },
      'hypervigil.alarms.heartbeatMinutes: not a whole number from 1 to 60, but 0',
    ],
    [
      { batchesPerHourMax: 6000, alarms: { batchesPerHourMax: 7000 } },
      'hypervigil.batchesPerHourMax: is alarms.batchesPerHourMax too: name one of them',
    ],
    [{ domain: { name: 'ops.example.org' } }, 'hypervigil.domain.certificateArn: is missing'],
    [
      { domain: { name: 'https://ops.example.org', certificateArn: CERTIFICATE } },
      'hypervigil.domain.name: not a domain name in lower case such as ops.example.org, but "https://ops.example.org"',
    ],
    [
      {
        domain: {
          name: 'ops.example.org',
          certificateArn: CERTIFICATE.replace('us-east-1', 'eu-west-1'),
        },
      },
      `hypervigil.domain.certificateArn: not the ARN of a certificate in us-east-1, the one region that CloudFront takes them from, but "${CERTIFICATE.replace('us-east-1', 'eu-west-1')}"`,
    ],
    [
      {
        domain: {
          name: 'ops.example.org',
          certificateArn: CERTIFICATE,
          hostedZone: { id: 'Z0123456789ABC', name: 'ample.org' },
        },
      },
      'hypervigil.domain: the name does not lie in the hosted zone',
    ],
    [
      { vpc: { id: 'vpc-0a1b2c3d', subnetIds: [], securityGroupIds: ['sg-0a1b2c3d'] } },
      'hypervigil.vpc.subnetIds: names nothing, but []',
    ],
    [
      { vpc: { id: 'vpc-0a1b2c3d', subnetIds: ['ours'], securityGroupIds: ['sg-0a1b2c3d'] } },
      'hypervigil.vpc.subnetIds[0]: not the id of a subnet: subnet-..., but "ours"',
    ],
    [
      { vpc: { id: 'vpc-0a1b2c3d' } },
      'hypervigil.vpc.subnetIds: is missing\nhypervigil.vpc.securityGroupIds: is missing',
    ],
    [{ keepData: 'no' }, 'hypervigil.keepData: neither true nor false, but "no"'],
    ['{"shardCount": 4', 'hypervigil: not an object, but "{\\"shardCount\\": 4"'],
  ])('are refused by name: %j', (settings, message) => {
    expect(readConfig(settings)).toEqual(err(message));
  });

  it('name topics and devices in any partition of AWS', () => {
    const publishTo = [
      'arn:aws-cn:sns:cn-north-1:123456789012:pager',
      'arn:aws:sns:eu-central-1:123456789012:endpoint/GCM/on-call.app/5f4d2c7a-3a8e-4b57-9f0e-6d1c2b3a4958',
    ];
    expect(readConfig({ publishTo })).toMatchObject({ ok: true, value: { publishTo } });
  });

  it('tell of all that is wrong at once', () => {
    const config = readConfig({ name: '1st', shardCount: 65 });
    expect(config.ok ? [] : config.error.split('\n')).toEqual([
      expect.stringContaining('hypervigil.name: not a stack name'),
      expect.stringContaining('hypervigil.shardCount: not a whole number'),
    ]);
  });

  it('name only days that CloudWatch keeps logs', () => {
    expect(readConfig({ logRetentionDays: 30 }).ok).toBe(true);
    expect(readConfig({ logRetentionDays: 31 }).ok).toBe(false);
  });
});
