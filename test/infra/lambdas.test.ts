import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, it } from 'vitest';
import { newSigningKey, writeRelease } from '../install-function/fake-release.ts';
import { synthesized } from './synthesized.ts';

const template = synthesized({ name: 'Trial' });

describe('the Lambdas', () => {
  it('run Node 24 on arm64 and log JSON, warnings up from the system', () => {
    template.resourceCountIs('AWS::Lambda::Function', 7);
    template.allResourcesProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      LoggingConfig: Match.objectLike({ LogFormat: 'JSON', SystemLogLevel: 'WARN' }),
    });
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 14 });
  });

  it('know table, shards, topics, rules, limits, and where undelivered notifications go', () => {
    const sharded = synthesized({
      name: 'Trial',
      shardCount: 3,
      rawRetentionDays: 30,
      queryMaxHostMinutes: 200_000,
    });
    const table = { Ref: Match.stringLikeRegexp('^StoreTable') };
    const topic = (name: string) => ({ Ref: Match.stringLikeRegexp(`^Notifications${name}`) });
    const routing = {
      TOPIC_ARN_CRITICAL: topic('Critical'),
      TOPIC_ARN_WARNING: topic('Warning'),
      TOPIC_ARN_INFO: topic('Info'),
      RULES_DIR: './rules',
    };
    const url = { 'Fn::GetAtt': [Match.stringLikeRegexp('^ApiHandler'), 'FunctionUrl'] };
    const store = {
      TABLE_NAME: table,
      SHARD_COUNT: '3',
      RAW_RETENTION_DAYS: '30',
      MINUTE_RETENTION_DAYS: '30',
      HOUR_RETENTION_DAYS: '400',
    };
    const handlers: readonly (readonly [string, object])[] = [
      ['Rolls up', store],
      [
        'Answers',
        { ...store, ...routing, QUERY_MAX_HOST_MINUTES: '200000', QUERY_MAX_READ_UNITS: '40000' },
      ],
      [
        'Evaluates',
        {
          ...store,
          ...routing,
          DELIVERY_DLQ_URL: topic('Undelivered'),
          // Of links in messages: the host of the API's address, which alone is known.
          EXTERNAL_URL: {
            'Fn::Join': ['', ['https://', { 'Fn::Select': [2, { 'Fn::Split': ['/', url] }] }]],
          },
          DEPLOYMENT: 'Trial',
        },
      ],
    ];
    for (const [what, variables] of handlers)
      sharded.hasResourceProperties('AWS::Lambda::Function', {
        Description: Match.stringLikeRegexp(`^${what}`),
        Environment: { Variables: Match.objectLike(variables) },
      });
  });

  it('know where the files of the agent lie, when one was built', () => {
    const folder = mkdtempSync(join(tmpdir(), 'hypervigil-release-'));
    const release = writeRelease(folder, { version: '1.2.3', key: newSigningKey() });
    synthesized({}, { folder, release }).hasResourceProperties('AWS::Lambda::Function', {
      Description: Match.stringLikeRegexp('agents'),
      Environment: {
        Variables: {
          FILES_BUCKET: { 'Fn::Sub': Match.stringLikeRegexp('^cdk-hnb659fds-assets-') },
          FILE_KEYS: Match.serializedJson(
            Object.fromEntries(
              [...release.files, ...(release.companions ?? [])].map(({ name }) => [
                name,
                Match.stringLikeRegexp('^[0-9a-f]{64}\\.(gz|exe)$'),
              ]),
            ),
          ),
        },
      },
    });
    rmSync(folder, { recursive: true });
  });

  it('know Alertmanagers, when there are any', () => {
    const alertmanagers = ['https://am-1.example.org', 'https://am-2.example.org/alerts'];
    synthesized({ alertmanagers }).hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { ALERTMANAGER_URLS: alertmanagers.join(',') } },
    });
  });

  it('reserve concurrency only when asked to', () => {
    template.allResourcesProperties('AWS::Lambda::Function', {
      ReservedConcurrentExecutions: Match.absent(),
    });
    synthesized({ ingestConcurrencyMax: 20 }).hasResourceProperties('AWS::Lambda::Function', {
      Description: Match.stringLikeRegexp('batches'),
      ReservedConcurrentExecutions: 20,
    });
    const api = synthesized({ apiConcurrencyMax: 5 });
    const reserved = { ReservedConcurrentExecutions: 5 };
    api.resourcePropertiesCountIs('AWS::Lambda::Function', reserved, 1);
    api.hasResourceProperties('AWS::Lambda::Function', {
      Description: Match.stringLikeRegexp('HTTP APIs'),
      ...reserved,
    });
  });

  it('evaluate a large fleet with the memory they are given', () => {
    const evaluator = { Description: Match.stringLikeRegexp('Evaluates') };
    const ofMemory = (MemorySize: number) => ({ ...evaluator, MemorySize });
    template.hasResourceProperties('AWS::Lambda::Function', ofMemory(1769));
    synthesized({ evaluatorMemoryMb: 10_240 }).hasResourceProperties(
      'AWS::Lambda::Function',
      ofMemory(10_240),
    );
  });

  it('take batches at a Function URL that no browser may call', () => {
    template.hasResourceProperties('AWS::Lambda::Url', { AuthType: 'NONE', Cors: Match.absent() });
    template.hasOutput('IngestUrl', { Value: { 'Fn::GetAtt': Match.arrayWith(['FunctionUrl']) } });
  });
});
