import { expect, test } from 'vitest';
import { runMetricLine } from '../../functions/compact/run-metrics.ts';

const NOW_MS = Date.UTC(2026, 10, 23, 12);
const report = (errors: readonly string[]) => {
  return { shard: 0, busy: false, hours: 1, writers: 2, late: 0, left: 0, errors };
};

test('what a run could not roll up is one metric of all shards, and none costs nothing', () => {
  const reports = [report([]), report(['a', 'b']), report(['c'])];
  expect(JSON.parse(runMetricLine(reports, 'Trial', NOW_MS) ?? '')).toMatchObject({
    _aws: {
      Timestamp: NOW_MS,
      CloudWatchMetrics: [
        {
          Namespace: 'Hypervigil',
          Dimensions: [['Deployment']],
          Metrics: [{ Name: 'NotRolledUp', Unit: 'Count' }],
        },
      ],
    },
    Deployment: 'Trial',
    NotRolledUp: 3,
  });
  expect(runMetricLine([report([])], 'Trial', NOW_MS)).toBeUndefined();
  expect(runMetricLine(reports, undefined, NOW_MS)).toBeUndefined();
});
