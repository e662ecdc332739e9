import { expect, test } from 'vitest';
import { claimOutbox, type OutboxEntry, settleOutbox } from '../../core/alerting/outbox.ts';
import {
  isPush,
  newlyTold,
  PUSH_COUNT_LABEL,
  pushSeverity,
  withPushEntries,
} from '../../core/alerting/push-entries.ts';
import type { Severity } from '../../core/alerting/severity.ts';
import { decodeState, encodeState } from '../../core/alerting/state-encoding.ts';
import { FIRST_STATE } from '../../core/alerting/tick-state.ts';
import type { Notification, NotifiedAlert } from '../../core/alertmanager/notification-types.ts';

const NOW_MS = Date.UTC(2026, 10, 23, 3);
const ALL: ReadonlySet<Severity> = new Set(['critical', 'warning', 'info']);

function alert(fingerprint: string, severity = 'critical'): NotifiedAlert {
  return {
    ...{ status: 'firing', fingerprint, labels: { alertname: 'A', severity }, annotations: {} },
    ...{ value: 1, startsAtMs: NOW_MS, generatorUrl: '' },
  };
}

function notification(id: string, more: Partial<Notification> = {}): Notification {
  return {
    ...{ id, receiver: 'pager', integration: 'sns[0]', groupKey: '{}:{}', groupLabels: {} },
    ...{ status: 'firing', alerts: [alert('a')], atMs: NOW_MS, repeated: false },
    ...more,
  };
}

const entry = (one: Notification): OutboxEntry => ({
  notification: one,
  attempts: 0,
  notBeforeMs: 0,
});

const pushes = (outbox: readonly OutboxEntry[]) =>
  outbox.map(({ notification: one }) => one).filter(isPush);

test('what people are told of browsers are told of too, once', () => {
  const outbox = [
    entry(notification('n1')),
    entry(notification('n2', { receiver: 'mail', groupKey: '{}/{}:{}' })),
    entry(notification('n3', { groupKey: 'other', alerts: [alert('b')] })),
  ];
  const told = newlyTold([], outbox);
  expect(pushes(withPushEntries(outbox, told, ALL)).map(({ id }) => id)).toEqual([
    'n1-push',
    'n3-push',
  ]);
});

test('nothing is added where no browser wants it', () => {
  const outbox = [entry(notification('n1'))];
  expect(withPushEntries(outbox, newlyTold([], outbox), new Set(['info']))).toBe(outbox);
  expect(withPushEntries(outbox, newlyTold([], outbox), new Set())).toBe(outbox);
});

test('what waits in the outbox already is not told again', () => {
  const before = [entry(notification('n1'))];
  const first = withPushEntries(before, newlyTold([], before), ALL);
  expect(newlyTold(first, first)).toEqual([]);
});

test.each([
  ['critical', 'critical'],
  ['error', 'critical'],
  ['warning', 'warning'],
  ['page', 'warning'],
  ['info', 'info'],
  ['none', 'info'],
])('an alert with severity=%s is %s to browsers', (label, severity) => {
  expect(pushSeverity(notification('n', { alerts: [alert('a', label)] }))).toBe(severity);
});

test('what nobody acknowledged is critical', () => {
  const escalated = { alerts: [alert('a', 'info')], escalatedFrom: 'info' };
  expect(pushSeverity(notification('n', escalated))).toBe('critical');
});

test('a huge notification is kept short, and its alerts counted', () => {
  const alerts = Array.from({ length: 1000 }, (_, i) => alert(`${i}`));
  const outbox = [entry(notification('n1', { alerts }))];
  const [push] = pushes(withPushEntries(outbox, newlyTold([], outbox), ALL));
  expect(push?.alerts).toHaveLength(25);
  expect(push?.groupLabels[PUSH_COUNT_LABEL]).toBe('1000');
});

test('a full outbox is left to receivers', () => {
  const outbox = Array.from({ length: 1500 }, (_, i) =>
    entry(notification(`n${i}`, { groupKey: `${i}`, alerts: [alert(`${i}`)] })),
  );
  expect(pushes(withPushEntries(outbox, newlyTold([], outbox), ALL))).toEqual([]);
});

test('who is left to be told survives a restart', () => {
  const told = [entry(notification('n1'))];
  const { outbox } = claimOutbox(withPushEntries([], newlyTold([], told), ALL), NOW_MS);
  const outcome = { kind: 'failed', attempt: 1, remaining: ['b2'] } as const;
  const settled = settleOutbox(outbox, new Map([['n1-push', outcome]]), NOW_MS);
  const state = { ...FIRST_STATE, lastTickMs: NOW_MS, outbox: settled };
  expect(decodeState(encodeState(state)).outbox).toEqual(settled);
  expect(settled[0]).toMatchObject({ remaining: ['b2'], attempts: 1 });
});
