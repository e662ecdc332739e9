import { readFileSync } from 'node:fs';
import { Template } from 'aws-cdk-lib/assertions';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { SettingsSchema } from '../../infra/aws/config.ts';
import { physicalNames } from './physical-names.ts';
import { synthesized } from './synthesized.ts';

const Settings = v.record(v.string(), v.unknown());
const everything = v.parse(
  Settings,
  JSON.parse(readFileSync(new URL('everything.json', import.meta.url), 'utf8')),
);

/** A table of its own has none of an earlier one's; the others have another name, or change one number alone. */
const LEFT_OUT = ['existingTable', 'batchesPerHourMax', 'queryMaxHostMinutes', 'queryMaxReadUnits'];

describe('all settings at once', () => {
  it('are all there are', () => {
    const all = Object.keys(SettingsSchema.entries).filter((key) => !LEFT_OUT.includes(key));
    expect(Object.keys(everything).sort()).toEqual(all.sort());
  });

  // Synthesis fails where the AWS Solutions checks find something.
  it('pass the AWS Solutions checks', () => {
    expect(synthesized(everything)).toBeInstanceOf(Template);
  });
});

describe('what holds something', () => {
  /** Another name is another resource: an update would begin with an empty one. */
  it('is called as in every release before', () => {
    const holding = /::(?:Table|Topic|Queue|Key|UserPool)$/;
    const resources: Record<string, { Type: string }> =
      synthesized(everything).toJSON()['Resources'];
    const ids = Object.keys(resources).filter((id) => holding.test(resources[id]?.Type ?? ''));
    expect(ids.sort()).toEqual([
      'EvaluatorDeadLettersDD92F139',
      'Key961B73FD',
      'NotificationsCritical45E4AD13',
      'NotificationsInfoA2DB5E7A',
      'NotificationsOperationsC73EB9D2',
      'NotificationsUndelivered3C0CB601',
      'NotificationsWarningDF69F716',
      'SignInPoolFD298EFA',
      'StoreTable0CCFA19B',
    ]);
  });
});

describe('two deployments in one account and region', () => {
  /** A domain leads to one of them; the rest of the settings may well be the same. */
  const { domain: _, ...settings } = everything;

  it.each([
    ['as they come', {}],
    ['with all settings', settings],
  ])('%s have no name in common', (_what, same) => {
    const [one, two] = ['Production', 'Trial'].map((name) =>
      physicalNames(synthesized({ ...same, name })),
    );
    expect(one).toContainEqual(
      expect.stringMatching(/^metric Hypervigil TickCompleted .*Production/),
    );
    expect(one?.filter((name) => two?.includes(name))).toEqual([]);
  });

  it.each([
    ['hypervigil', 1],
    [{ 'Fn::Join': ['-', ['hypervigil', { Ref: 'AWS::AccountId' }]] }, 1],
    [{ 'Fn::Join': ['-', ['hypervigil', { Ref: 'AWS::StackName' }]] }, 0],
  ])('would meet by a name that is the same in both: %j', (BucketName, count) => {
    const Bucket = { Type: 'AWS::S3::Bucket', Properties: { BucketName } };
    expect(physicalNames(Template.fromJSON({ Resources: { Bucket } }))).toHaveLength(count);
  });
});
