import { expect, test } from 'vitest';
import type { OutboxEntry } from '../../core/alerting/outbox.ts';
import { deliverAll } from '../../functions/evaluate/deliveries.ts';
import { plainDelivery } from './routing.ts';

const NOW_MS = Date.UTC(2026, 10, 23, 12);

function entry(claimedUntilMs: number): OutboxEntry {
  const notification = {
    id: 'n1',
    receiver: 'pager',
    integration: 'webhook[0]',
    groupKey: '{}:{}',
    groupLabels: {},
    status: 'firing',
    alerts: [],
    atMs: NOW_MS,
    repeated: false,
  } as const;
  return { notification, attempts: 3, notBeforeMs: claimedUntilMs };
}

test('a tick that was held up until its claims end leaves them to the next', async () => {
  const sent: string[] = [];
  const { delivery } = plainDelivery(async ({ id }) => {
    sent.push(id);
    return { ok: true };
  });
  const late = await deliverAll([entry(NOW_MS + 5000)], delivery, () => NOW_MS);
  expect(sent).toEqual([]);
  expect(late.outcomes.size).toBe(0);
  expect(late.errors).toEqual([expect.stringContaining('held up')]);
  await deliverAll([entry(NOW_MS + 60_000)], delivery, () => NOW_MS);
  expect(sent).toEqual(['n1']);
  // What is left of a tick is no whole number of ms.
  await deliverAll([entry(NOW_MS + 60_000)], delivery, () => NOW_MS, 4321.5);
  expect(sent).toEqual(['n1', 'n1']);
});

test('a failure is said to be of this attempt, with the rest its receiver asks for', async () => {
  const { delivery } = plainDelivery(async () => ({
    ok: false,
    retry: true,
    reason: 'busy',
    retryAfterMs: 30_000,
  }));
  const { outcomes, failed } = await deliverAll([entry(NOW_MS + 60_000)], delivery, () => NOW_MS);
  expect([...outcomes]).toEqual([['n1', { kind: 'failed', attempt: 3, retryAfterMs: 30_000 }]]);
  expect(failed).toBe(1);
});
