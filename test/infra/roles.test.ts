import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bundle } from '../../infra/aws/bundle.ts';
import { permissions, synthesized } from './synthesized.ts';

const template = synthesized();
const LOGGING = ['logs:CreateLogStream', 'logs:PutLogEvents'];
const SENDING = ['sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:SendMessage'];

describe('the roles', () => {
  it('let ingest read and write single items of the table, and log', () => {
    expect(permissions(template, 'IngestHandlerRole')).toEqual({
      StoreTable: ['dynamodb:GetItem', 'dynamodb:PutItem'],
      IngestHandlerLogs: LOGGING,
    });
  });

  it('let the evaluator read and write the table, publish to three topics, and log', () => {
    expect(permissions(template, 'EvaluatorHandlerRole')).toEqual({
      StoreTable: [
        'dynamodb:BatchGetItem',
        'dynamodb:GetItem',
        'dynamodb:PutItem',
        'dynamodb:Query',
        'dynamodb:UpdateItem',
      ],
      NotificationsCritical: ['sns:Publish'],
      NotificationsWarning: ['sns:Publish'],
      NotificationsInfo: ['sns:Publish'],
      EvaluatorDeadLetters: SENDING,
      EvaluatorHandlerLogs: LOGGING,
    });
  });

  it('let the schedule invoke the evaluator and leave dead letters', () => {
    expect(permissions(template, 'SchedulerRole')).toEqual({
      EvaluatorHandler: ['lambda:InvokeFunction'],
      EvaluatorDeadLetters: ['sqs:SendMessage'],
    });
  });

  it('are these three, and none has a policy that AWS may widen', () => {
    const roles = Object.values(template.findResources('AWS::IAM::Role'));
    expect(roles).toHaveLength(3);
    for (const { Properties } of roles) expect(Properties).not.toHaveProperty('ManagedPolicyArns');
  });
});

/** A call the code makes and the role forbids would show only in the cloud, so it is looked for here. */
describe('every AWS call that is in the code', () => {
  it.each([
    ['ingest', 'IngestHandlerRole'],
    ['evaluate', 'EvaluatorHandlerRole'],
  ])('of %s is allowed to %s', (name, role) => {
    const allowed = Object.values(permissions(template, role)).flat();
    const calls = callsIn(`functions/${name}/handler.ts`);
    expect(calls).not.toEqual([]);
    expect(allowed).toEqual(expect.arrayContaining(calls));
  });
});

/** `dynamodb:PutItem` and so on: the SDK commands that are left in the bundle. */
function callsIn(entry: string): string[] {
  const files = Object.values(bundle(entry).metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([file, { bytesInOutput }]) =>
      bytesInOutput > 0 ? [file] : [],
    ),
  );
  return files.flatMap((file) => {
    const service = /@aws-sdk\/client-([a-z]+)\/.*\/commands\//.exec(file)?.[1];
    return service === undefined ? [] : [`${service}:${basename(file, 'Command.js')}`];
  });
}
