import { expect, test } from 'vitest';
import type { Subscriptions, SubscriptionView } from '../../../core/answers/subscriptions.ts';
import { addressFault } from '../../../dashboard/pages/subscriptions/address-fault.ts';
import {
  addressesOf,
  audienceOf,
  pending,
  removable,
} from '../../../dashboard/pages/subscriptions/addresses.ts';

function one(topic: SubscriptionView['topic'], address: string, more = {}): SubscriptionView {
  const protocol = address.startsWith('+') ? 'sms' : 'email';
  return {
    ...{ id: `${topic} ${address}`, topic, protocol, address, state: 'confirmed', from: 'here' },
    ...more,
  };
}

const DATA: Subscriptions = {
  topics: ['critical', 'warning', 'info'],
  names: { critical: 'hv-critical', warning: 'hv-warning', info: 'hv-info' },
  delivery: 'aws',
  subscriptions: [
    one('info', 'b@example.org', { state: 'pending' }),
    one('critical', '+14155550100'),
    one('critical', 'b@example.org'),
    one('critical', 'a@example.org', { from: 'settings' }),
    one('critical', 'arn', { protocol: 'application', from: 'settings' }),
  ],
};

test('an address is one row, with its topics in order; emails come first', () => {
  expect(
    addressesOf(DATA).map(({ address, subscriptions }) => [
      address,
      subscriptions.map(({ topic }) => topic),
    ]),
  ).toEqual([
    ['a@example.org', ['critical']],
    ['b@example.org', ['critical', 'info']],
    ['+14155550100', ['critical']],
    ['arn', ['critical']],
  ]);
});

test('what is confirmed and was added here can be removed, what waits be asked again', () => {
  const [a, b] = addressesOf(DATA);
  if (a === undefined || b === undefined) throw new Error('no rows');
  expect(removable(a)).toEqual([]);
  expect(removable(b).map(({ topic }) => topic)).toEqual(['critical']);
  expect(pending(b).map(({ topic }) => topic)).toEqual(['info']);
});

test('who hears a test is counted, who has not agreed is not', () => {
  expect(audienceOf(DATA, 'critical')).toEqual({ all: 4, phones: 1 });
  expect(audienceOf(DATA, 'info')).toEqual({ all: 0, phones: 0 });
});

test.each([
  ['email', 'ada@example.org', undefined],
  ['email', ' ada@example.org ', undefined],
  ['email', 'ada@example', 'email'],
  ['email', '', 'email'],
  ['sms', '+1 (415) 555-0100', undefined],
  ['sms', '0049 171 1234567', undefined],
  ['sms', '0171 1234567', 'phone'],
  ['sms', '+881612345678', 'costly'],
] as const)('%s %s: %s', (protocol, address, fault) => {
  expect(addressFault(protocol, address)).toBe(fault);
});
