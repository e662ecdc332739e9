import { expect, it } from 'vitest';
import { billOf } from '../../../bench/cost/bill.ts';
import { readDeployment } from '../../../bench/cost/deployment.ts';
import { measureTraffic } from '../../../bench/cost/measure.ts';
import { otherBills } from '../../../bench/cost/others.ts';
import { reportOf } from '../../../bench/cost/report.ts';

it('measures a small fleet for a while and tells what a large one costs', async () => {
  const deployment = readDeployment();
  const profile = await measureTraffic(
    { hosts: 500, vmsPerHost: 1, seriesPerVm: 20, intervalMs: 10_000 },
    deployment.retention,
    { hosts: 1, otherSizes: [2], minutes: 75 },
  );
  expect(profile.runs).toEqual([
    { hosts: 1, minutes: 75 },
    { hosts: 2, minutes: 75 },
  ]);
  expect(profile.batch.writeUnits).toBe(1);
  expect(profile.tick.readUnits.fixed).toBeGreaterThan(0);
  const count = (name: string) => profile.storage.find((one) => one.name === name)?.count.perHost;
  // 7, 30 and 400 days, and the two that DynamoDB takes.
  expect(count('samples')).toBe(1440 * 9);
  expect(count('minute points')).toBe(24 * 32);
  expect(count('hour points of VMs')).toBe(402);
  expect(count('blocks of days')).toBeCloseTo((402 / 32) * 8, 6);
  for (const ms of Object.values(profile.coldStartMs)) expect(ms).toBeGreaterThan(0);

  const bill = billOf(profile, deployment, { viewers: 1 });
  const report = reportOf(profile, bill, otherBills(profile), deployment);
  expect(report).toContain('500 hosts with 1 VMs of 20 series each');
  expect(report).toContain(`$${bill.usdPerHost.toFixed(4)} a host and month`);
  expect(report).toContain('The free tier is not counted');
  expect(report).toContain('Most of it: DynamoDB writes of batches');
  for (const name of ['CloudWatch agent', 'Datadog', 'Amazon Managed Prometheus'])
    expect(report).toContain(name);
}, 180_000);
