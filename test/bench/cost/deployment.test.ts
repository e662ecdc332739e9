import { expect, it } from 'vitest';
import { readDeployment } from '../../../bench/cost/deployment.ts';

it('reads what costs from the stack, in which no function writes a line for each call', () => {
  const deployment = readDeployment();
  expect(deployment.chattyFunctions).toEqual([]);
  expect(deployment.alarmMetrics).toBeGreaterThan(0);
  expect(deployment.dashboards).toBe(0);
  expect(readDeployment({ dashboard: true }).dashboards).toBe(1);
  for (const memoryMb of Object.values(deployment.memoryMb))
    expect(memoryMb).toBeGreaterThanOrEqual(128);
  expect(readDeployment({ rawRetentionDays: 3 }).retention.rawRetentionDays).toBe(3);
}, 60_000);
