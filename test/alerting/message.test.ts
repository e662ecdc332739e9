import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toGsm7 } from '../../core/alerting/gsm7.ts';
import { writeMessage } from '../../core/alerting/message.ts';
import type { Notification, NotifiedAlert } from '../../core/alerting/notification.ts';
import { isoTime } from '../../core/time.ts';

const CRASH: NotifiedAlert = {
  status: 'firing',
  labels: {
    alertname: 'VmDown',
    host: 'hv-1',
    vm: 'db',
    uuid: 'u-1',
    reason: 'crashed',
    severity: 'critical',
  },
  annotations: {
    summary: 'VM db on hv-1 is down: crashed',
    description: 'Its process is gone. Start it with: virsh start db',
  },
  value: 5,
  startsAtMs: Date.UTC(2026, 0, 2, 3, 4, 5),
};

function notification(...alerts: NotifiedAlert[]): Notification {
  const [first] = alerts;
  return { id: 'n1', status: first?.status ?? 'firing', severity: 'critical', alerts };
}

function crashed(count: number): NotifiedAlert[] {
  return Array.from({ length: count }, (_, i) => ({
    ...CRASH,
    labels: { ...CRASH.labels, vm: `vm${i}` },
  }));
}

describe('what a person gets', () => {
  test('by email names VM, host, reason, since when, and what to do', () => {
    const { subject, email } = writeMessage(notification(CRASH));
    expect(subject).toBe('[FIRING] VmDown: VM db on hv-1 is down: crashed');
    expect(email).toBe(`VM db on hv-1 is down: crashed

Its process is gone. Start it with: virsh start db

What       VmDown (critical), firing
Where      db on hv-1
Since      2026-01-02 03:04:05 UTC
Value      5
Labels     host=hv-1 reason=crashed severity=critical uuid=u-1 vm=db

--
Hypervigil, notification n1
`);
  });

  test('when it is over says so first, and how long it lasted', () => {
    const { subject, email, sms } = writeMessage(
      notification({ ...CRASH, status: 'resolved', endsAtMs: CRASH.startsAtMs + 200_000 }),
    );
    expect(subject).toMatch(/^\[RESOLVED\] VmDown/);
    expect(email).toMatch(/^RESOLVED: VM db/);
    expect(email).toContain('Until      2026-01-02 03:07:25 UTC, after 3 min 20 s');
    expect(sms).toBe('RESOLVED VmDown: VM db on hv-1 is down: crashed');
  });

  test('by SMS has the important words first', () => {
    expect(writeMessage(notification(CRASH)).sms).toBe('VmDown: VM db on hv-1 is down: crashed');
  });

  test('for fifty VMs at once is one message that counts them', () => {
    const { subject, sms, email } = writeMessage(notification(...crashed(50)));
    expect(subject).toMatch(/^\[FIRING\] 50x VmDown: vm0 on hv-1, vm1 on hv-1/);
    expect(sms).toMatch(/^50x VmDown: vm0 on hv-1, .*\.\.\.$/);
    expect(email).toContain('... and 25 more.');
  });

  test('fits what SNS takes for all forms together, however many alerts and however long', () => {
    const description = 'Ein langer Text über "Speicher" und 日本語. '.repeat(200);
    for (const annotations of [CRASH.annotations, { ...CRASH.annotations, description }]) {
      const alerts = crashed(1000).map((alert) => ({ ...alert, annotations }));
      const { json, email, sms } = writeMessage(notification(...alerts));
      const sent = JSON.stringify({ default: json, email, sms, 'email-json': json });
      expect(Buffer.byteLength(sent)).toBeLessThan(256 * 1024);
      const { alerts: kept, truncatedAlerts } = JSON.parse(json);
      expect(kept.length).toBeGreaterThan(0);
      expect(kept.length + truncatedAlerts).toBe(1000);
    }
  });

  test('as JSON for programs keeps numbers that JSON has not', () => {
    const { json } = writeMessage(notification({ ...CRASH, value: Number.NaN }));
    expect(JSON.parse(json)).toMatchObject({
      alerts: [{ value: 'NaN', startsAt: '2026-01-02T03:04:05.000Z' }],
    });
  });

  test('stays within what SNS and an SMS take, whatever the names', () => {
    const names = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(names, names, (vm, summary) => {
        const { subject, sms } = writeMessage(
          notification({ ...CRASH, labels: { ...CRASH.labels, vm }, annotations: { summary } }),
        );
        expect(subject).toMatch(/^[\x20-\x7e]{1,100}$/);
        expect([...sms].length).toBeLessThanOrEqual(140);
      }),
    );
  });
});

test('an SMS is written in the GSM alphabet: base letters, "?" for the rest, extended signs count twice', () => {
  expect(toGsm7('Ünïcode ☃ ő [a]', 140)).toBe('Ünicode ? o [a]');
  expect(toGsm7('[[[[', 6)).toBe('[...');
});

test('isoTime agrees with the calendar everybody uses', () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
      (date) => {
        expect(isoTime(date.getTime())).toBe(date.toISOString());
      },
    ),
  );
});
