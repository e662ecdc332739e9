import { describe, expect, test } from 'vitest';
import type { EvaluateReport } from '../../functions/evaluate/evaluate.ts';
import { followUp } from '../../functions/evaluate/follow-up.ts';
import { TableCallFailed } from '../../functions/store/errors.ts';
import { withPatience } from '../../functions/store/patience.ts';

const DONE: EvaluateReport = {
  atMs: 0,
  firing: [],
  pending: [],
  hosts: [],
  errors: ['a rule has failed'],
  published: [],
  superseded: false,
  deliveriesFailed: 1,
};
const SOON_MS = 20;

const first = (): EvaluateReport => ({ ...DONE, nextFlushMs: Date.now() + SOON_MS });

describe('a tick that leaves something for seconds', () => {
  test('is followed by one more, and both are told of', async () => {
    const second = { ...DONE, atMs: 1, errors: ['another'], deliveriesFailed: 2 };
    const both = await followUp({ urgent: async () => second }, first());
    expect(both).toMatchObject({
      atMs: 1,
      errors: ['a rule has failed', 'another'],
      deliveriesFailed: 3,
    });
  });

  test('is done, though the one that follows fails', async () => {
    const urgent = () => Promise.reject(new TableCallFailed('TimeoutError', 'no answer'));
    const report = await followUp({ urgent }, first());
    expect(report).toMatchObject({ atMs: 0, superseded: false, deliveriesFailed: 1 });
    expect(report.errors).toEqual([
      'a rule has failed',
      'the tick that was to follow at once: no answer',
    ]);
  });

  test('is all there is where too little time is left for another', async () => {
    const urgent = () => Promise.reject(new Error('begun'));
    expect(await withPatience(10_000, () => followUp({ urgent }, first()))).toMatchObject(DONE);
  });
});
