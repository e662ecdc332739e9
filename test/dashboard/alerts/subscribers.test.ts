import { expect, test } from 'vitest';
import type { Subscriptions, SubscriptionView } from '../../../core/answers/subscriptions.ts';
import { subscribersOf } from '../../../dashboard/pages/alerts/subscribers.ts';

let count = 0;

function subscribed(
  topic: SubscriptionView['topic'],
  protocol: string,
  state: SubscriptionView['state'] = 'confirmed',
): SubscriptionView {
  count += 1;
  return { id: `sub-${count}`, topic, protocol, address: '***', state, from: 'settings' };
}

const DATA: Pick<Subscriptions, 'names' | 'subscriptions'> = {
  names: { critical: 'hv-critical', warning: 'hv-warning' },
  subscriptions: [
    subscribed('critical', 'sms'),
    subscribed('critical', 'email'),
    subscribed('critical', 'email'),
    subscribed('critical', 'email', 'pending'),
    subscribed('warning', 'email', 'pending'),
  ],
};

test('those of a topic are counted by how they are reached; who has not agreed hears nothing', () => {
  expect(subscribersOf('hv-critical', DATA)).toEqual({
    ways: [
      { protocol: 'email', count: 2 },
      { protocol: 'sms', count: 1 },
    ],
    pending: 1,
  });
  expect(subscribersOf('hv-warning', DATA)).toEqual({ ways: [], pending: 1 });
});

test("of a topic of somebody else's nothing is said", () => {
  expect(subscribersOf('theirs', DATA)).toBeUndefined();
});
