import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { bundle } from '../../infra/aws/bundle.ts';
import { newSigningKey, writeRelease } from '../install-function/fake-release.ts';
import { permissions, synthesized } from './synthesized.ts';

const template = synthesized();
const releaseFolder = mkdtempSync(join(tmpdir(), 'hypervigil-release-'));
afterAll(() => rmSync(releaseFolder, { recursive: true }));
const LOGGING = ['logs:CreateLogStream', 'logs:PutLogEvents'];
const SENDING = ['sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:SendMessage'];

describe('the roles', () => {
  it('let ingest read and write single items of the table, start the evaluator, ask what serves agents, and log', () => {
    expect(permissions(template, 'IngestHandlerRole')).toEqual({
      StoreTable: ['dynamodb:GetItem', 'dynamodb:PutItem'],
      EvaluatorHandler: ['lambda:InvokeFunction'],
      InstallHandler: ['lambda:InvokeFunction'],
      IngestHandlerLogs: LOGGING,
    });
  });

  it('let what serves agents read keys and tokens, get the files of the release and no others, and log', () => {
    const without = {
      'StoreTable within INV#KEY, INV#ENROL': ['dynamodb:GetItem'],
      InstallHandlerLogs: LOGGING,
    };
    expect(permissions(template, 'InstallHandlerRole')).toEqual(without);
    const release = {
      folder: releaseFolder,
      release: writeRelease(releaseFolder, { version: '1.2.3', key: newSigningKey() }),
    };
    expect(permissions(synthesized({}, release), 'InstallHandlerRole')).toEqual({
      ...without,
      // All three platforms have one and the same content here.
      'asset .gz': ['s3:GetObject'],
      'asset .exe': ['s3:GetObject'],
    });
  });

  it('let enrolment read and write keys, names and tokens, tell that a key has ended, put that on record, nothing else of the table, and log', () => {
    expect(permissions(template, 'EnrolHandlerRole')).toEqual({
      'StoreTable within INV#KEY, INV#CLAIM, INV#ENROL': [
        'dynamodb:GetItem',
        'dynamodb:PutItem',
        'dynamodb:UpdateItem',
      ],
      'StoreTable within INV#REVOKED, LOG#AUDIT': ['dynamodb:PutItem'],
      EnrolHandlerLogs: LOGGING,
    });
  });

  it('let the evaluator read and write the table, delete of its own state and of the list of hosts, publish to three topics, leave what it gives up, and log', () => {
    expect(permissions(template, 'EvaluatorHandlerRole')).toEqual({
      StoreTable: [
        'dynamodb:BatchGetItem',
        'dynamodb:GetItem',
        'dynamodb:PutItem',
        'dynamodb:Query',
      ],
      'StoreTable within STATE#tick, INV#HOST': ['dynamodb:DeleteItem'],
      NotificationsCritical: ['sns:Publish'],
      NotificationsWarning: ['sns:Publish'],
      NotificationsInfo: ['sns:Publish'],
      NotificationsUndelivered: ['sqs:SendMessage'],
      EvaluatorDeadLetters: SENDING,
      EvaluatorHandlerLogs: LOGGING,
    });
  });

  it('let the compactor read and write the table, take away marks of late hours, and log', () => {
    const late = Array.from({ length: 64 }, (_, shard) => `LATE#${shard}`);
    expect(permissions(template, 'CompactorHandlerRole')).toEqual({
      StoreTable: [
        'dynamodb:BatchGetItem',
        'dynamodb:GetItem',
        'dynamodb:PutItem',
        'dynamodb:Query',
      ],
      // All there may ever have been: a count of shards that was lowered leaves marks.
      [`StoreTable within ${late.join(', ')}`]: ['dynamodb:DeleteItem'],
      EvaluatorDeadLetters: SENDING,
      CompactorHandlerLogs: LOGGING,
    });
  });

  it('let the evaluator publish further only where the settings say', () => {
    const before = permissions(template, 'EvaluatorHandlerRole');
    const topic = 'arn:aws:sns:eu-central-1:123456789012:pager';
    expect(permissions(synthesized({ publishTo: [topic] }), 'EvaluatorHandlerRole')).toEqual({
      ...before,
      [topic]: ['sns:Publish'],
    });
    // Nothing that has an ARN: phone numbers have none.
    expect(permissions(synthesized({ publishToPhones: true }), 'EvaluatorHandlerRole')).toEqual({
      ...before,
      'not arn:*:sns:*:*:*': ['sns:Publish'],
    });
  });

  it('let the API read the table, write silences and acknowledgements, make and end tokens and sessions, end keys, read how people sign in, and log', () => {
    expect(permissions(template, 'ApiHandlerRole')).toEqual({
      StoreTable: ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:Query'],
      'StoreTable within CONF#SILENCE, CONF#ACK, LOG#AUDIT, INV#TOKEN, INV#ENROL, INV#CLAIM, INV#REVOKED':
        ['dynamodb:PutItem'],
      'StoreTable within INV#TOKEN, INV#ENROL, INV#KEY': ['dynamodb:UpdateItem'],
      'StoreTable within CONF#SESSION': ['dynamodb:DeleteItem', 'dynamodb:PutItem'],
      'parameter of sign-in': ['ssm:GetParameter'],
      ApiHandlerLogs: LOGGING,
    });
  });

  it('let remote write read and write the table, and log', () => {
    expect(permissions(template, 'RemoteWriteHandlerRole')).toEqual({
      StoreTable: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'],
      RemoteWriteHandlerLogs: LOGGING,
    });
  });

  it('let the schedules invoke the evaluator and the compactor, and leave dead letters', () => {
    expect(permissions(template, 'SchedulerRole')).toEqual({
      CompactorHandler: ['lambda:InvokeFunction'],
      EvaluatorHandler: ['lambda:InvokeFunction'],
      EvaluatorDeadLetters: ['sqs:SendMessage', 'sqs:SendMessage'],
    });
  });

  it('are these nine, and none has a policy that AWS may widen', () => {
    const roles = Object.values(template.findResources('AWS::IAM::Role'));
    expect(roles).toHaveLength(9);
    for (const { Properties } of roles) expect(Properties).not.toHaveProperty('ManagedPolicyArns');
  });
});

/**
 * A call the code makes and the role forbids would show only in the cloud, so the SDK's commands are
 * looked for in the bundles. A command that is there and never sent is listed with the reason.
 */
describe('the AWS calls in the code', () => {
  const CLIENT = 'dynamodb:DescribeEndpoints'; // The client's own, for endpoint discovery; it is off.
  // Parts of the chunk store: ingest has no port that reads a minute, and neither it nor remote write reads by list.
  const STORE = 'dynamodb:Query';
  const LIST = 'dynamodb:BatchGetItem';
  // Of those that make keys and tokens.
  const WRITES = ['dynamodb:PutItem', 'dynamodb:UpdateItem'];
  it.each([
    ['ingest', 'IngestHandlerRole', [CLIENT, STORE, LIST]],
    ['enroll', 'EnrolHandlerRole', [CLIENT]],
    ['install', 'InstallHandlerRole', [CLIENT, ...WRITES]],
    ['evaluate', 'EvaluatorHandlerRole', [CLIENT]],
    ['api', 'ApiHandlerRole', [CLIENT]],
    ['remote-write', 'RemoteWriteHandlerRole', [CLIENT, LIST]],
  ])('of %s are those that %s allows', (name, role, neverSent) => {
    const allowed = Object.values(permissions(template, role)).flat();
    const calls = callsIn(`functions/${name}/handler.ts`).filter(
      (call) => !neverSent.includes(call),
    );
    expect(allowed).toEqual(expect.arrayContaining(calls));
    expect(calls).toEqual(expect.arrayContaining(allowed.filter(isCall)));
  });
});

/** Logs and ticks' dead letters are written by Lambda itself, with the function's role. */
function isCall(action: string): boolean {
  return !/^(logs|sqs):/.test(action);
}

/** `dynamodb:PutItem` and so on: the SDK commands that are left in the bundle. */
function callsIn(entry: string): string[] {
  const files = Object.values(bundle(entry).metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([file, { bytesInOutput }]) =>
      bytesInOutput > 0 ? [file] : [],
    ),
  );
  return files.flatMap((file) => {
    const service = /@aws-sdk\/client-([a-z]+)\/.*\/commands\//.exec(file)?.[1];
    return service === undefined ? [] : [actionOf(`${service}:${basename(file, 'Command.js')}`)];
  });
}

/** The one command here whose right has another name. */
function actionOf(call: string): string {
  return call === 'lambda:Invoke' ? 'lambda:InvokeFunction' : call;
}
